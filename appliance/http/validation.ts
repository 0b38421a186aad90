import type { FastifySchemaCompiler, FastifySerializerCompiler, FastifyServerOptions } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { AppError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { readTexts } from './text-values.ts';
import { allowedBy, schemaAt, shown, valueAt } from './validation-words.ts';

type Part = 'body' | 'querystring' | 'params' | 'headers';
type Compiled = ReturnType<typeof Compile>;

const partNames: Readonly<Record<Part, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'headers',
};

/**
 * Checks one part of a request. Schemas are compiled at their first use: compiling all of them would be most of the
 * start-up time (7 ms for a chart's schema). Only query and path are converted, because text is all they can hold.
 */
export function buildValidator(): FastifySchemaCompiler<TSchema> {
  return ({ schema, httpPart }) => {
    const part = (httpPart ?? 'body') as Part; // fastify types it as string
    let compiled: Compiled | undefined;
    return (input: unknown) => {
      compiled ??= Compile(schema);
      const value = Value.Default(schema, part === 'body' ? input : readTexts(schema, input));
      return compiled.Check(value) ? { value } : { error: invalid(schema, partNames[part], value, compiled) };
    };
  };
}

/**
 * Writes answers. An answer that does not match its schema is our mistake: it is logged, and what the schema does not
 * name is left out. Checking and JSON.stringify take 2.5 ms for a day's chart, a generated serialiser 2.7 ms.
 */
export function buildSerializer(
  log: Log,
  rarely: (key: string) => boolean,
): FastifySerializerCompiler<TSchema> {
  return ({ schema, method, url }) => {
    let compiled: Compiled | undefined;
    return (answer: unknown) => {
      compiled ??= Compile(schema);
      if (compiled.Check(answer)) return JSON.stringify(answer);
      const { field, allowed } = findProblem(schema, 'answer', answer, compiled); // the value may be a secret
      if (rarely(`${method} ${url} answer`)) {
        log.error({ method, url, field, allowed }, 'an answer does not match its schema');
      }
      return JSON.stringify(Value.Clean(schema, structuredClone(answer)));
    };
  };
}

type Controller = NonNullable<FastifyServerOptions['schemaController']>;

/**
 * Makes fastify use these compilers from its construction on; set later, it would first load its own (5 MB, 50 ms).
 */
export function schemaController(
  validator: FastifySchemaCompiler<TSchema>,
  serializer: FastifySerializerCompiler<TSchema>,
): Controller {
  const factory = { buildValidator: () => validator, buildSerializer: () => serializer };
  return { compilersFactory: factory } as unknown as Controller; // typed for Ajv only, called as documented
}

interface Problem {
  field: string;
  found: string;
  allowed: string;
  message: string;
}

/** What such a field holds is never repeated, not even to its sender. */
const secretNames = /pass|secret|token|key|code|hash/i;

function invalid(schema: TSchema, where: string, value: unknown, compiled: Compiled): AppError {
  const { message, ...details } = findProblem(schema, where, value, compiled);
  return new AppError('REQUEST_INVALID', message, { status: 400, details });
}

/** The first thing that is wrong, in words: where, what was found, what is allowed. */
function findProblem(schema: TSchema, where: string, value: unknown, compiled: Compiled): Problem {
  const errors = compiled.Errors(value);
  const at = (path: string) => [where, ...path.split('/').filter(Boolean)].join('.');
  const unknown = errors.find((error) => error.keyword === 'additionalProperties');
  if (unknown !== undefined) {
    const { properties } = (schemaAt(schema, unknown.instancePath) ?? {}) as { properties?: object };
    const allowed = Object.keys(properties ?? {}).join(', ') || 'nothing';
    const name = unknown.params.additionalProperties[0] ?? '';
    const field = at(`${unknown.instancePath}/${name.slice(0, 80)}`);
    return { field, found: 'a key', allowed, message: `${field} is not known; allowed here: ${allowed}` };
  }
  const missing = errors.find((error) => error.keyword === 'required');
  if (missing !== undefined) {
    const path = `${missing.instancePath}/${missing.params.requiredProperties[0] ?? ''}`;
    const [field, allowed] = [at(path), allowedBy(schemaAt(schema, path))];
    return { field, found: 'nothing', allowed, message: `${field} is missing; it must be ${allowed}` };
  }
  const path = errors[0]?.instancePath ?? '';
  const [field, allowed] = [at(path), allowedBy(schemaAt(schema, path))];
  const found = secretNames.test(field) ? 'something else' : shown(valueAt(value, path));
  return { field, found, allowed, message: `${field} must be ${allowed}, but is ${found}` };
}
