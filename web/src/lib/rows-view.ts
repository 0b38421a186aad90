/** A list of maps of the configuration as rows of fields, drawn from its JSON Schema. */
import { mapOf, type Shape, titleOf } from './settings-view.ts';

export interface Column {
  key: string;
  title: string;
  description: string;
  kind: 'number' | 'choice' | 'text';
  choices: readonly string[];
  isRequired: boolean;
  /** What stands in a new row. */
  usual: string;
  range: string;
}

/** What is typed in each field, by the key of its column. */
export type Row = Readonly<Record<string, string>>;

/** The key of the map for which a plain text may stand. */
function shorthandOf(items: Shape): string | null {
  const hasText = items.anyOf?.some((one) => one.type === 'string') ?? false;
  const [key, ...others] = mapOf(items)?.required ?? [];
  return hasText && key !== undefined && others.length === 0 ? key : null;
}

export function columnsOf(items: Shape): Column[] {
  const map = mapOf(items);
  return Object.entries(map?.properties ?? {}).map(([key, shape]) => {
    const members = shape.anyOf ?? [shape];
    const isFree = members.some((one) => one.const === undefined);
    const isNumber = members.some((one) => one.type === 'integer' || one.type === 'number');
    const { minimum, maximum } = members.find((one) => one.minimum !== undefined) ?? shape;
    return {
      key,
      title: shape.title ?? titleOf(key),
      description: shape.description ?? '',
      kind: isNumber ? 'number' : isFree ? 'text' : 'choice',
      choices: members.flatMap((one) => (typeof one.const === 'string' ? [one.const] : [])),
      isRequired: map?.required?.includes(key) ?? false,
      usual: shape.default === undefined ? '' : String(shape.default),
      range: minimum === undefined || maximum === undefined ? '' : `${minimum} – ${maximum}`,
    };
  });
}

export function rowsOf(items: Shape, value: unknown): Row[] {
  const shorthand = shorthandOf(items);
  return (Array.isArray(value) ? value : []).map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null)
      return shorthand === null ? {} : { [shorthand]: String(entry) };
    return Object.fromEntries(Object.entries(entry).map(([key, inner]) => [key, String(inner)]));
  });
}

/** What was meant: empty fields are left out, and what is no number is sent as it is, so that the appliance says so. */
export function entriesOf(items: Shape, rows: readonly Row[]): unknown[] {
  const columns = columnsOf(items);
  const shorthand = shorthandOf(items);
  return rows.map((row) => {
    const filled = columns.flatMap(({ key, kind, isRequired }) => {
      const text = (row[key] ?? '').trim();
      if (text === '' && !isRequired) return [];
      const isNumber = kind === 'number' && text !== '' && !Number.isNaN(Number(text));
      return [[key, isNumber ? Number(text) : text] as const];
    });
    const [[key, text] = ['', ''], ...others] = filled;
    return key === shorthand && others.length === 0 ? text : Object.fromEntries(filled);
  });
}

export function newRow(items: Shape): Row {
  return Object.fromEntries(
    columnsOf(items).map(({ key, isRequired, usual }) => [key, isRequired ? usual : '']),
  );
}

/** Which field a refusal is about: "targets[1].intervalMs …". The row alone where it names no field. */
export function placeIn(message: string, path: string): { row: number; key: string | null } | null {
  const at = message.indexOf(`${path}[`);
  if (at < 0) return null;
  const found = /^\[(\d+)\](?:\.(\w+))?/.exec(message.slice(at + path.length));
  return found ? { row: Number(found[1]), key: found[2] ?? null } : null;
}

/** The same rows with one of them moved; an unchanged list where it cannot move. */
export function moved<Item>(list: readonly Item[], from: number, to: number): readonly Item[] {
  const item = list[from];
  if (item === undefined || to < 0 || to >= list.length) return list;
  const others = list.filter((_, index) => index !== from);
  return [...others.slice(0, to), item, ...others.slice(to)];
}
