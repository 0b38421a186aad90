/**
 * The few values we need of what a router says in XML, found by their tags. Nothing is expanded or included, so that
 * entity bombs and external entities are only text; every value is checked by whoever uses it.
 */

import { cleanText } from '../core/clean-text.ts';

/** UPnP Device Architecture 2.0 §2.3 asks for less than 64 characters. */
const maxName = 64;
/** More services than any router has. */
const maxServices = 64;

export interface IgdService {
  type: string;
  controlUrl: string;
}

export interface IgdDescription {
  name: string;
  /** Base of relative addresses where the description gives one (UPnP 1.0). */
  urlBase: string | null;
  services: IgdService[];
}

const opening = (name: string) => `<(?:[\\w.-]{1,32}:)?${name}(?:\\s[^<>]{0,256})?>`;
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text of the first element of this name, whatever its namespace prefix; null without one, or with children. */
export function tagText(xml: string, name: string): string | null {
  const text = new RegExp(`${opening(name)}([^<]{0,1024})</`).exec(xml)?.[1];
  if (text === undefined) return null;
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => entities[entity] ?? '').trim();
}

/** A counter: decimal digits and nothing else, at most 64 bits of them. */
export function tagCounter(xml: string, name: string): number | null {
  const text = tagText(xml, name);
  return text !== null && /^\d{1,20}$/.test(text) ? Number(text) : null;
}

/** A word such as "Up" or "Connected"; null when it is anything else. */
export function tagWord(xml: string, name: string): string | null {
  const text = tagText(xml, name);
  return text !== null && /^[\w-]{1,32}$/.test(text) ? text : null;
}

/** Device descriptions nest devices in devices; where a service stands does not matter to us. */
export function parseDescription(xml: string): IgdDescription {
  const services: IgdService[] = [];
  let seen = 0;
  for (const found of xml.matchAll(new RegExp(opening('service'), 'g'))) {
    seen += 1;
    if (seen > maxServices) break;
    const start = found.index + found[0].length;
    const block = xml.slice(start, start + 4096).split(/<\/(?:[\w.-]{1,32}:)?service>/, 1)[0] ?? '';
    const type = tagText(block, 'serviceType');
    const controlUrl = tagText(block, 'controlURL');
    if (type !== null && controlUrl !== null) services.push({ type, controlUrl });
  }
  const name = tagText(xml, 'friendlyName') ?? tagText(xml, 'modelName') ?? '';
  return { name: cleanText(name, maxName) || 'Router', urlBase: tagText(xml, 'URLBase'), services };
}
