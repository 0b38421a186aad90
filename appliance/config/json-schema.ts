import type { TSchema } from 'typebox';

/**
 * The part of JSON Schema our shapes use, plus our own annotations:
 * `secret` (never shown), `restart` (takes effect at the next start), `expected` (what is allowed, in words).
 */
export interface JsonSchema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  anyOf?: readonly JsonSchema[];
  properties?: Readonly<Record<string, JsonSchema>>;
  patternProperties?: Readonly<Record<string, JsonSchema>>;
  additionalProperties?: boolean | JsonSchema;
  required?: readonly string[];
  items?: JsonSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  pattern?: string;
  format?: string;
  secret?: boolean;
  restart?: boolean;
  expected?: string;
}

/** TypeBox schemas are JSON Schema documents; their static type does not show it. */
export function asJsonSchema(schema: TSchema): JsonSchema {
  return schema as JsonSchema; // see above
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Marked as secret, also where only one of its alternatives is: text or null. */
export function isSecret(schema: JsonSchema): boolean {
  return schema.secret === true || (schema.anyOf?.some((member) => member.secret === true) ?? false);
}

/** The schema of what stands under `key`, if such a key may stand there. */
export function memberSchema(schema: JsonSchema, key: string): JsonSchema | null {
  const property = schema.properties;
  if (property && Object.hasOwn(property, key)) return property[key] ?? null;
  for (const [pattern, member] of Object.entries(schema.patternProperties ?? {})) {
    if (new RegExp(pattern).test(key)) return member;
  }
  const additional = schema.additionalProperties;
  return typeof additional === 'object' ? additional : null;
}

/** The alternative of a union a value was meant to be: the only one of its kind, if it is a map or a list. */
export function branchFor(schema: JsonSchema, value: unknown): JsonSchema {
  if (!schema.anyOf) return schema;
  const kind = Array.isArray(value) ? 'array' : isPlainObject(value) ? 'object' : null;
  const fitting = schema.anyOf.filter((member) => member.type === kind);
  return fitting.length === 1 && fitting[0] ? fitting[0] : schema;
}

/** What a schema allows, in words. */
export function describeAllowed(schema: JsonSchema): string {
  if (schema.expected) return schema.expected;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return joinOr([...new Set(schema.anyOf.map(describeAllowed))]);
  switch (schema.type) {
    case 'integer':
      return `a whole number${describeRange(schema)}`;
    case 'number':
      return `a number${describeRange(schema)}`;
    case 'string':
      return describeText(schema);
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return `a list${describeCount(schema)} of ${schema.items ? describeAllowed(schema.items) : 'values'}`;
    case 'object':
      return describeMap(schema);
    default:
      return 'any value';
  }
}

function describeMap(schema: JsonSchema): string {
  const keys = Object.keys(schema.properties ?? {});
  return keys.length > 0 ? `a map with the keys ${keys.join(', ')}` : 'a map';
}

function describeText(schema: JsonSchema): string {
  if (schema.format) return `text in the form of ${schema.format}`;
  if (schema.pattern) return `text that matches ${schema.pattern}`;
  if (schema.maxLength !== undefined && schema.minLength !== undefined) {
    return `text of ${schema.minLength} to ${schema.maxLength} characters`;
  }
  if (schema.maxLength !== undefined) return `text of at most ${schema.maxLength} characters`;
  if (schema.minLength === 1) return 'text that is not empty';
  if (schema.minLength !== undefined) return `text of at least ${schema.minLength} characters`;
  return 'text';
}

function describeRange(schema: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  if (maximum !== undefined) return ` of at most ${maximum}`;
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  if (exclusiveMaximum !== undefined) return ` below ${exclusiveMaximum}`;
  return '';
}

function describeCount(schema: JsonSchema): string {
  const { minItems, maxItems } = schema;
  if (minItems !== undefined && maxItems !== undefined) return ` (${minItems} to ${maxItems})`;
  if (minItems !== undefined) return ` (at least ${minItems})`;
  if (maxItems !== undefined) return ` (at most ${maxItems})`;
  return '';
}

function joinOr(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
