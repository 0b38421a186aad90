import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { BoxFacts } from './discovery.ts';

/** Boards say it in the first, machines with a BIOS in the second. */
const modelFiles = ['/sys/firmware/devicetree/base/model', '/sys/class/dmi/id/product_name'];
const maxMacs = 4;

/** What the machine under the box calls itself; null where it does not. */
export async function readModel(): Promise<string | null> {
  for (const file of modelFiles) {
    const text = (await readFile(file, 'utf8').catch(() => '')).replace(/[^\x20-\x7e]/g, '').trim();
    if (text !== '') return text.slice(0, 64);
  }
  return null;
}

/** Burnt-in addresses only: made-up ones (containers, bridges) are the same on many machines. */
export function hardwareAddresses(interfaces = networkInterfaces()): string[] {
  const macs = Object.values(interfaces).flatMap((entries) =>
    (entries ?? []).map(({ mac }) => mac.toLowerCase()),
  );
  const burntIn = macs.filter(
    (mac) => mac !== '00:00:00:00:00:00' && (Number.parseInt(mac.slice(0, 2), 16) & 2) === 0,
  );
  return [...new Set(burntIn)].slice(0, maxMacs);
}

/** From the fingerprint of the box's own key: as long-lived as its data, and nobody else's. */
export function serialOf(fingerprint: string): string {
  return fingerprint.replaceAll('-', '').slice(0, 12).toLowerCase();
}

export interface BoxNaming {
  fingerprint: string;
  site: string;
  model: string | null;
  version: string;
  /** Names and addresses that it answers to. */
  ownNames: readonly string[];
  /** Those that the owner gave. */
  givenNames: readonly string[];
  port: number;
  isTls: boolean;
}

/** What the box says of itself; null while it has no key to take its serial from. */
export function boxFacts(naming: BoxNaming): BoxFacts | null {
  const { fingerprint, site, model, version, port, isTls } = naming;
  if (fingerprint === '') return null;
  const { ownNames, givenNames } = naming;
  const isAddress = (name: string) => /^\d+(\.\d+){3}$/.test(name) && !name.startsWith('127.');
  const host = givenNames[0] ?? ownNames.find((name) => name.endsWith('.local')) ?? ownNames.find(isAddress);
  const isUsual = port === (isTls ? 443 : 80);
  return {
    serial: serialOf(fingerprint),
    name: `Internet ${site}`,
    model,
    version,
    url: host === undefined ? null : `${isTls ? 'https' : 'http'}://${host}${isUsual ? '' : `:${port}`}`,
    macs: hardwareAddresses(),
  };
}
