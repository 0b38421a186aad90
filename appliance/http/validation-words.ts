/** Words for schemas and values in messages about wrong input. */
import type { TSchema } from 'typebox';

/** The keywords we speak of; a JSON Schema may have any. */
interface Keywords {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: TSchema[];
  properties?: Record<string, TSchema>;
  items?: TSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  format?: string;
  pattern?: string;
}

const maxShown = 60;

/** What a schema allows, as the end of the sentence "it must be …". */
export function allowedBy(schema: TSchema | undefined): string {
  if (schema === undefined) return 'something else';
  const words = schema as Keywords;
  if (words.const !== undefined) return shown(words.const);
  if (words.enum !== undefined) return `one of ${words.enum.map(shown).join(', ')}`;
  if (words.anyOf !== undefined) {
    const isList = words.anyOf.every((part) => (part as Keywords).const !== undefined);
    const parts = words.anyOf.map(allowedBy);
    return isList ? `one of ${parts.join(', ')}` : parts.join(' or ');
  }
  switch (words.type) {
    case 'integer':
      return `a whole number${range(words)}`;
    case 'number':
      return `a number${range(words)}`;
    case 'string':
      return `text${textRules(words)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${bounds(words.minItems, words.maxItems, 'entries')}`;
    case 'object':
      return 'an object';
    case 'null':
      return 'null';
    default:
      return 'something else';
  }
}

/** A value as a message may show it: bounded, without control characters. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  const plain = text.replace(/[^\x20-\x7e\u00a0-\u1fff]/g, '?');
  return plain.length > maxShown ? `${plain.slice(0, maxShown)}…` : plain;
}

export function schemaAt(schema: TSchema, path: string): TSchema | undefined {
  let here: TSchema | undefined = schema;
  for (const key of keysOf(path)) {
    const words: Keywords | undefined = here as Keywords | undefined;
    here = words?.properties?.[key] ?? words?.items;
  }
  return here;
}

export function valueAt(value: unknown, path: string): unknown {
  let here = value;
  for (const key of keysOf(path)) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string, unknown>)[key]; // an array answers to its indices as well
  }
  return here;
}

// RFC 6901 §3
function keysOf(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Keywords): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  if (maximum !== undefined) return ` of at most ${maximum}`;
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  if (exclusiveMaximum !== undefined) return ` below ${exclusiveMaximum}`;
  return '';
}

function textRules({ format, pattern, minLength, maxLength }: Keywords): string {
  if (format === 'date-time') return ' with a time like 2030-01-31T12:00:00Z (ISO 8601, UTC)';
  if (format !== undefined) return ` in the form "${format}"`;
  if (pattern !== undefined) return ` that matches ${pattern}`;
  return bounds(minLength, maxLength, 'characters');
}

function bounds(min: number | undefined, max: number | undefined, unit: string): string {
  if (min !== undefined && max !== undefined) return ` of ${min} to ${max} ${unit}`;
  if (min !== undefined) return ` of at least ${min} ${unit}`;
  return max === undefined ? '' : ` of at most ${max} ${unit}`;
}
