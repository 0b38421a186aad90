import type { TSchema } from 'typebox';

/** The keywords that decide what a text stands for. */
interface Keywords {
  type?: string;
  const?: unknown;
  anyOf?: TSchema[];
  items?: TSchema;
  properties?: Record<string, TSchema>;
}

const number = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const words: Readonly<Record<string, unknown>> = { true: true, '1': true, false: false, '0': false };

/**
 * Reads query and path values as what their schema asks for. Strict on purpose: TypeBox's Value.Convert makes 1 of
 * "1.5" and 0 of "", which would answer a question nobody asked. What does not fit stays text and fails the check.
 */
export function readTexts(schema: TSchema, input: unknown): Record<string, unknown> {
  const { properties = {} } = schema as Keywords;
  // fromEntries makes an own "__proto__" of a hostile key, which the check then refuses; assignment would lose it.
  return Object.fromEntries(
    Object.entries(input ?? {}).map(([key, text]) => {
      const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
      return [key, property === undefined ? text : readText(property, text)];
    }),
  );
}

function readText(schema: TSchema, text: unknown): unknown {
  const { type, anyOf, items } = schema as Keywords;
  if (type === 'array')
    return [text].flat().map((item) => (items === undefined ? item : readText(items, item)));
  if (typeof text !== 'string') return text; // repeated where one value is allowed
  for (const part of anyOf ?? []) {
    const value = readText(part, text);
    if (fits(part, value)) return value;
  }
  if (type === 'integer' || type === 'number') return number.test(text) ? Number(text) : text;
  if (type === 'boolean') return words[text] ?? text;
  return type === 'null' && text === 'null' ? null : text;
}

function fits(schema: TSchema, value: unknown): boolean {
  const keywords = schema as Keywords;
  if (keywords.const !== undefined) return keywords.const === value;
  if (keywords.type === 'integer') return Number.isInteger(value);
  return keywords.type === (value === null ? 'null' : typeof value);
}
