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
export function buildSerializer(log: Log): FastifySerializerCompiler<TSchema> {
  return ({ schema, method, url }) => {
    let compiled: Compiled | undefined;
    return (answer: unknown) => {
      compiled ??= Compile(schema);
      if (compiled.Check(answer)) return JSON.stringify(answer);
      const problem = invalid(schema, 'answer', answer, compiled);
      log.error({ method, url, problem: problem.message }, 'an answer does not match its schema');
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

/** The first thing that is wrong, in words: where, what was found, what is allowed. */
function invalid(schema: TSchema, where: string, value: unknown, compiled: Compiled): AppError {
  const errors = compiled.Errors(value);
  const unknown = errors.find((error) => error.keyword === 'additionalProperties');
  const missing = errors.find((error) => error.keyword === 'required');
  const first = unknown ?? missing ?? errors[0];
  const base = first?.instancePath ?? '';
  const at = (path: string) => [where, ...path.split('/').filter(Boolean)].join('.');
  let field = at(base);
  let found = shown(valueAt(value, base));
  let allowed = allowedBy(schemaAt(schema, base));
  let message = `${field} must be ${allowed}, but is ${found}`;
  if (first?.keyword === 'additionalProperties') {
    const names = Object.keys(
      (schemaAt(schema, base) as { properties?: object } | undefined)?.properties ?? {},
    );
    const extra = first.params.additionalProperties[0] ?? '';
    field = at(`${base}/${extra.slice(0, 80)}`);
    found = shown(valueAt(value, `${base}/${extra}`));
    allowed = names.length === 0 ? 'nothing' : names.join(', ');
    message = `${field} is not known; allowed here: ${allowed}`;
  } else if (first?.keyword === 'required') {
    const name = first.params.requiredProperties[0] ?? '';
    field = at(`${base}/${name}`);
    found = 'nothing';
    allowed = allowedBy(schemaAt(schema, `${base}/${name}`));
    message = `${field} is missing; it must be ${allowed}`;
  }
  return new AppError('REQUEST_INVALID', message, { status: 400, details: { field, found, allowed } });
}
