import { isDeepStrictEqual } from 'node:util';
import { type TSchema, Type } from 'typebox';
import Value from 'typebox/value';
import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { diagnose, withoutUserInfo } from './diagnose.ts';
import {
  asJsonSchema,
  branchFor,
  isPlainObject,
  isSecret,
  type JsonSchema,
  memberSchema,
} from './json-schema.ts';
import { type ConfigPath, formatPath } from './path.ts';

export interface ComposedConfig {
  schema: TSchema;
  defaults: Readonly<Record<string, unknown>>;
  /** Paths whose change takes effect at the next start (`restart: true`); list items stand as `[*]`. */
  restartPaths: readonly string[];
  /** The value with every absent key at its default. The input is not changed. */
  complete(value: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** One schema from the sections of rooms and features. Throws when a section has no complete defaults: our mistake. */
export function composeConfig(sections: Readonly<Record<string, TSchema>>): ComposedConfig {
  const schema = Type.Object(sections, { additionalProperties: false });
  const complete = (value: Readonly<Record<string, unknown>>): Record<string, unknown> => {
    const open = openMaps(asJsonSchema(schema), structuredClone(value));
    const filled = Value.Default(schema, open) as Record<string, unknown>; // a map in, the same map out
    const order = new Set([...Object.keys(sections), ...Object.keys(filled)]);
    return Object.fromEntries(
      [...order].filter((key) => Object.hasOwn(filled, key)).map((key) => [key, filled[key]]),
    );
  };
  const defaults = complete({});
  const gaps = diagnose(schema, defaults);
  if (gaps.length > 0) {
    const list = gaps.map((gap) => `${formatPath(gap.path)} (found ${gap.found}, allowed: ${gap.allowed})`);
    throw new AppError('CONFIG_DEFAULTS_INVALID', `The defaults do not fit the schema: ${list.join('; ')}`);
  }
  return {
    schema,
    defaults: freeze(defaults),
    restartPaths: restartPathsOf(asJsonSchema(schema), ''),
    complete,
  };
}

/** Makes absent maps that are required (and those left empty, `http:` with nothing below) into empty ones to be filled. */
function openMaps(schema: JsonSchema, value: unknown): unknown {
  if (Array.isArray(value) && schema.items) {
    const items = schema.items;
    return value.map((item) => openMaps(branchFor(items, item), item));
  }
  if (!isPlainObject(value)) return value;
  for (const [key, declared] of Object.entries(schema.properties ?? {})) {
    const isAbsent = !Object.hasOwn(value, key);
    if (declared.type === 'object' && !isAbsent && value[key] === null) value[key] = {};
    if (declared.type === 'object' && isAbsent && declared.default === undefined && isRequired(schema, key)) {
      value[key] = {};
    }
    if (Object.hasOwn(value, key)) value[key] = openMaps(branchFor(declared, value[key]), value[key]);
  }
  return value;
}

function isRequired(schema: JsonSchema, key: string): boolean {
  return schema.required?.includes(key) ?? false;
}

function restartPathsOf(schema: JsonSchema, path: string): string[] {
  if (schema.restart) return [path];
  const found: string[] = [];
  for (const member of schema.anyOf ?? []) found.push(...restartPathsOf(member, path));
  if (schema.items) found.push(...restartPathsOf(schema.items, `${path}[*]`));
  for (const [key, member] of Object.entries(schema.properties ?? {})) {
    found.push(...restartPathsOf(member, path === '' ? key : `${path}.${key}`));
  }
  return [...new Set(found)];
}

/** Which of the keys that need a restart differ. */
export function restartsNeeded(schema: TSchema, before: unknown, after: unknown): string[] {
  const found: string[] = [];
  const visit = (node: JsonSchema, left: unknown, right: unknown, path: ConfigPath): void => {
    if (isDeepStrictEqual(left, right)) return;
    if (node.restart) found.push(formatPath(path));
    else if (isPlainObject(left) && isPlainObject(right)) {
      for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
        visit(memberSchema(branchFor(node, right), key) ?? {}, left[key], right[key], [...path, key]);
      }
    } else if (Array.isArray(left) && Array.isArray(right)) {
      const items = branchFor(node, right).items ?? {};
      for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
        visit(items, left[index], right[index], [...path, index]);
      }
    }
  };
  visit(asJsonSchema(schema), before, after, []);
  return found;
}

/** Stands for a secret that is set; a secret that is null or empty shows as it is. */
export const hiddenSecret = '********';

/** A copy that may be shown: secrets and passwords in URLs are hidden. */
export function withoutSecrets(schema: TSchema, value: unknown): unknown {
  return hide(asJsonSchema(schema), value);
}

function hide(schema: JsonSchema, value: unknown): unknown {
  if (isSecret(schema)) return value === null || value === '' || value === undefined ? value : hiddenSecret;
  const branch = branchFor(schema, value);
  if (branch !== schema) return hide(branch, value);
  if (typeof value === 'string') return withoutUserInfo(value);
  if (Array.isArray(value)) return value.map((item) => hide(schema.items ?? {}, item));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, hide(memberSchema(schema, key) ?? {}, member)]),
  );
}

/** A copy for those who use it: what the schema calls secret is a `Secret` from here on. */
export function sealSecrets(schema: TSchema, value: unknown): unknown {
  return seal(asJsonSchema(schema), value);
}

function seal(schema: JsonSchema, value: unknown): unknown {
  if (isSecret(schema) && typeof value === 'string') return new Secret(value);
  const branch = branchFor(schema, value);
  if (Array.isArray(value)) return value.map((item) => seal(branch.items ?? {}, item));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, seal(memberSchema(branch, key) ?? {}, member)]),
  );
}

/** Freezes all levels: the configuration in force is replaced, never changed. */
export function freeze<Value>(value: Value): Readonly<Value> {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
