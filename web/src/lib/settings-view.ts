/** The settings page as plain data, drawn from the configuration's own JSON Schema. */
import type { Configuration } from '../../../appliance/features/keep/settings/schema.ts';

/** What of JSON Schema the configuration uses, with its own annotations. */
export interface Shape {
  type?: string;
  title?: string;
  description?: string;
  const?: unknown;
  anyOf?: readonly Shape[];
  default?: unknown;
  properties?: Readonly<Record<string, Shape>>;
  required?: readonly string[];
  items?: Shape;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  secret?: boolean;
  expected?: string;
}

/** `lines`: a list of texts, one a line; `rows`: a list of maps; `json`: what has no fields of its own. */
export type Kind = 'switch' | 'choice' | 'number' | 'text' | 'lines' | 'rows' | 'json' | 'secret';

export interface Setting {
  path: string;
  title: string;
  description: string;
  kind: Kind;
  value: unknown;
  usual: unknown;
  isChanged: boolean;
  /** Takes effect at the next start. */
  needsRestart: boolean;
  /** Was changed since the start and waits for the next one. */
  isWaiting: boolean;
  /** What decides it instead of the file; then it cannot be changed here. */
  decidedBy: string | null;
  /** For a choice: everything that can be chosen. */
  choices: readonly string[];
  mayBeEmpty: boolean;
  range: string;
  /** For rows: what an entry is. */
  items: Shape | null;
}

export interface Section {
  name: string;
  title: string;
  description: string;
  settings: readonly Setting[];
}

/** Has a list of its own, which says what each switch means. */
const leftOut = 'consent';

export function sectionsOf(config: Configuration): Section[] {
  const schema = config.schema as Shape; // JSON Schema, written by the same build
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== leftOut)
    .map(([name, shape]) => ({
      name,
      title: shape.title ?? titleOf(name),
      description: shape.description ?? '',
      settings: settingsOf(shape, name, config),
    }));
}

function settingsOf(shape: Shape, path: string, config: Configuration): Setting[] {
  if (shape.properties && !shape.secret)
    return Object.entries(shape.properties).flatMap(([key, member]) =>
      settingsOf(member, `${path}.${key}`, config),
    );
  const value = at(config.values, path);
  const usual = at(config.defaults, path);
  const isUnder = (other: string) => path === other || path.startsWith(`${other}.`);
  const { overrides, restartPaths, waitingForRestart } = config;
  const override = overrides.find((one) => isUnder(one.path) || one.path.startsWith(`${path}.`));
  return [
    {
      path,
      title: shape.title ?? titleOf(path.slice(path.lastIndexOf('.') + 1)),
      description: shape.description ?? '',
      kind: kindOf(shape),
      value,
      usual,
      isChanged: JSON.stringify(value) !== JSON.stringify(usual),
      needsRestart: restartPaths.some(isUnder),
      isWaiting: waitingForRestart.some(isUnder),
      decidedBy: override?.source ?? null,
      choices: (shape.anyOf ?? []).flatMap((one) => (typeof one.const === 'string' ? [one.const] : [])),
      mayBeEmpty: (shape.anyOf ?? []).some((one) => one.type === 'null'),
      range: rangeOf(shape),
      items: listOf(shape)?.items ?? null,
    },
  ];
}

export function kindOf(shape: Shape): Kind {
  const members = shape.anyOf ?? [shape];
  if (shape.secret || members.some((one) => one.secret)) return 'secret';
  const types = new Set(members.map((one) => one.type).filter((type) => type !== 'null'));
  const list = listOf(shape);
  if (list) return list.items?.type === 'string' ? 'lines' : mapOf(list.items) ? 'rows' : 'json';
  if (types.has('object')) return 'json';
  if (members.every((one) => one.const !== undefined)) return 'choice';
  if (types.size === 1 && types.has('boolean')) return 'switch';
  return types.size === 1 && (types.has('integer') || types.has('number')) ? 'number' : 'text';
}

/** The map among what an entry of a list may be; a text may stand for it. */
export function mapOf(items: Shape | undefined): Shape | null {
  return (items?.anyOf ?? [items]).find((one) => one?.properties !== undefined) ?? null;
}

const listOf = (shape: Shape) => (shape.anyOf ?? [shape]).find((one) => one.type === 'array');

function rangeOf(shape: Shape): string {
  if (shape.expected) return shape.expected;
  const { minimum, maximum } = shape.anyOf?.find((one) => one.minimum !== undefined) ?? shape;
  return minimum === undefined || maximum === undefined ? '' : `${minimum} – ${maximum}`;
}

function at(values: unknown, path: string): unknown {
  let value = values;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key]; // a map, as was just found
  }
  return value;
}

const units: readonly [RegExp, string][] = [
  [/Ms$/, 'ms'],
  [/Minutes$/, 'min'],
  [/Percent$/, '%'],
  [/Bytes$/, 'bytes'],
];

/** "intervalMs" → "Interval (ms)": for keys whose schema gives them no title. */
export function titleOf(key: string): string {
  const [sign, unit] = units.find(([one]) => one.test(key)) ?? [null, ''];
  const plain = (sign ? key.replace(sign, '') : key).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const title = plain.charAt(0).toUpperCase() + plain.slice(1);
  return unit === '' ? title : `${title} (${unit})`;
}

/** A value as it stands in its field. */
export function showSetting({ kind }: Pick<Setting, 'kind'>, value: unknown): string {
  if (value === null || value === undefined || kind === 'secret') return '';
  if (kind === 'lines' && Array.isArray(value)) return value.join('\n');
  if (kind === 'json' || kind === 'rows')
    return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return String(value);
}

/** What was meant by what stands in a field. What is wrong is sent as it is: the appliance says what it allows. */
export function readSetting({ kind, choices, mayBeEmpty }: Setting, text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '' && mayBeEmpty) return null;
  switch (kind) {
    case 'number':
      return trimmed === '' || Number.isNaN(Number(trimmed)) ? text : Number(trimmed);
    case 'lines': {
      const lines = text.split('\n').flatMap((line) => line.trim() || []);
      return lines.length === 1 && choices.includes(lines[0] ?? '') ? lines[0] : lines;
    }
    case 'json':
    case 'rows':
      return jsonOf(trimmed);
    default:
      return text;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function isFound({ path, title, description }: Setting, sought: string): boolean {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${path} ${title} ${description}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
