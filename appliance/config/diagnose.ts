import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import {
  asJsonSchema,
  branchFor,
  describeAllowed,
  isPlainObject,
  isSecret,
  type JsonSchema,
  memberSchema,
} from './json-schema.ts';
import { nearest } from './nearest.ts';
import type { ConfigPath } from './path.ts';

/** One thing wrong with a value. `found` never contains what a secret key holds, nor the value of an unknown key. */
export interface Finding {
  path: ConfigPath;
  /** `key`: point at the key; `value`: point at the value. */
  at: 'key' | 'value';
  found: string;
  allowed: string;
  hint: string | null;
}

/** A list longer than this helps nobody; fixing the first ones shows the rest. */
const maxFindings = 50;

/** Everything wrong with `value`, each with its exact place. Empty means that it fits the schema. */
export function diagnose(schema: TSchema, value: unknown): Finding[] {
  const findings: Finding[] = [];
  visit(asJsonSchema(schema), value, [], findings);
  return findings.slice(0, maxFindings);
}

function visit(schema: JsonSchema, value: unknown, path: ConfigPath, findings: Finding[]): void {
  const isRight: boolean = Value.Check(schema as TSchema, value); // the same document
  if (isRight || findings.length >= maxFindings) return;
  const before = findings.length;
  const branch = branchFor(schema, value);
  if (branch.type === 'object' && isPlainObject(value)) visitMap(branch, value, path, findings);
  else if (branch.type === 'array' && Array.isArray(value) && branch.items) {
    for (const [index, item] of value.entries()) visit(branch.items, item, [...path, index], findings);
  }
  // Nothing inside is wrong: it is the value itself (its type, its range, a rule over several of its keys).
  if (findings.length === before) findings.push(wrongValue(branch, value, path));
}

function visitMap(
  schema: JsonSchema,
  value: Record<string, unknown>,
  path: ConfigPath,
  findings: Finding[],
): void {
  for (const [key, member] of Object.entries(value)) {
    const inner = memberSchema(schema, key);
    if (inner !== null) visit(inner, member, [...path, key], findings);
    else if (schema.additionalProperties === false) findings.push(unknownKey(schema, key, path));
  }
  for (const key of schema.required ?? []) {
    if (Object.hasOwn(value, key)) continue;
    const inner = memberSchema(schema, key);
    const allowed = inner === null ? 'a value' : describeAllowed(inner);
    findings.push({ path: [...path, key], at: 'value', found: 'nothing', allowed, hint: null });
  }
}

function unknownKey(schema: JsonSchema, key: string, path: ConfigPath): Finding {
  const keys = Object.keys(schema.properties ?? {});
  const meant = nearest(key, keys);
  return {
    path: [...path, key],
    at: 'key',
    found: `the unknown key "${key}"`,
    allowed: keys.join(', '),
    hint: meant === null ? null : `did you mean "${meant}"?`,
  };
}

function wrongValue(schema: JsonSchema, value: unknown, path: ConfigPath): Finding {
  return {
    path,
    at: 'value',
    found: isSecret(schema) ? 'a value (secret, not shown)' : describeFound(value),
    allowed: ruleBroken(schema, value) ?? describeAllowed(schema),
    hint: isSecret(schema) ? null : hintFor(schema, value),
  };
}

/** The words of a rule that is more than the shape (a refinement), which only the checker knows. */
function ruleBroken(schema: JsonSchema, value: unknown): string | null {
  if (schema.expected) return schema.expected;
  const refinement = Value.Errors(schema as TSchema, value).find((error) => error.keyword === '~refine'); // the same document
  return refinement?.message ?? null;
}

function hintFor(schema: JsonSchema, value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if (schema.type === 'boolean') {
    if (/^(yes|on)$/i.test(value)) return 'YAML 1.2 reads this as text; write true';
    if (/^(no|off)$/i.test(value)) return 'YAML 1.2 reads this as text; write false';
  }
  if (/^(integer|number)$/.test(schema.type ?? '') && value.trim() !== '' && Number.isFinite(Number(value))) {
    return `write it without quotes: ${value}`;
  }
  const words = (schema.anyOf ?? []).map((member) => member.const).filter((word) => typeof word === 'string');
  const meant = nearest(value, words);
  return meant === null ? null : `did you mean "${meant}"?`;
}

function describeFound(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return String(value);
  const shown = withoutUserInfo(value);
  return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 60)}…` : shown);
}

/** A URL may carry a password (RFC 3986 §3.2.1); the rest of it is worth showing. */
export function withoutUserInfo(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/i, '$1********@');
}
