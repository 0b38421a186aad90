import type { FastifySchema } from 'fastify';
import type { TSchema } from 'typebox';
import { ErrorReply } from './error-replies.ts';
import { type RouteDocument, rawTypeOf, requestSchemas } from './route-table.ts';
import { schemaController } from './validation.ts';

type Json = Record<string, unknown>;

/**
 * The OpenAPI 3.1 document, from the same route objects that are served. It is made when somebody asks, in a scratch
 * instance that is thrown away, so that it costs nothing at start and nothing in memory.
 */
export async function buildOpenApi(routes: readonly RouteDocument[], version: string): Promise<object> {
  const [{ default: fastify }, { default: swagger }] = await Promise.all([
    import('fastify'),
    import('@fastify/swagger'),
  ]);
  const scratch = fastify({
    // Nothing is ever sent through it
    schemaController: schemaController(
      () => () => true,
      () => () => '',
    ),
    exposeHeadRoutes: false,
  });
  await scratch.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Internet Stability Tracker',
        version,
        description: 'Times are ISO 8601 UTC; units are part of the names.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes },
      tags: [...new Set(routes.map((route) => route.tag))].sort().map((name) => ({ name })),
    },
    // Components carry the name of the shape instead of a running number.
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `Shape${i}`) },
  });
  const components = new Components();
  for (const route of routes) {
    for (const [position, url] of [route.path, ...(route.aliases ?? [])].entries()) {
      scratch.route({
        method: route.method,
        url,
        schema: describe(route, url, position > 0, components),
        handler: () => null,
      });
    }
  }
  for (const schema of components.all()) scratch.addSchema(schema);
  await scratch.ready();
  const document = scratch.swagger();
  await scratch.close();
  return document;
}

function describe(
  route: RouteDocument,
  url: string,
  isAlias: boolean,
  components: Components,
): FastifySchema {
  const { query, params, body } = requestSchemas(route);
  const raw = rawTypeOf(route);
  const success =
    raw === null
      ? { description: 'Success', ...components.lift(route.response as TSchema) } // not raw, so a schema
      : { description: 'Success', content: { [raw]: { schema: { type: 'string' } } } };
  const error = { description: 'Refused or failed', ...components.lift(ErrorReply) };
  return {
    operationId: operationId(route.method, url, isAlias),
    tags: [route.tag],
    summary: isAlias ? `${route.summary} (same as ${route.path})` : route.summary,
    description: sayAccess(route),
    security: securityOf(route),
    querystring: components.inline(query),
    ...(params === undefined ? {} : { params: components.inline(params) }),
    ...(body === undefined ? {} : { body: components.lift(hasName(route.body) ? route.body : body) }),
    response: { 200: success, '4xx': error, '5xx': error },
  } as FastifySchema; // the plugin adds keys that fastify's own type does not know
}

const securitySchemes = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'ist_session',
    description: 'Of a person; over TLS __Host-ist_session',
  },
  key: { type: 'http', scheme: 'bearer', description: 'Of a program; the header X-Api-Key means the same' },
} as const;

/** One of the schemes is enough; keys never do what belongs to a person. */
function securityOf({ scope, asksPassword }: RouteDocument): Record<string, string[]>[] {
  if (scope === 'open') return [];
  const isPersons = scope === 'account' || scope === 'owner' || asksPassword === true;
  return isPersons ? [{ session: [] }] : [{ session: [] }, { key: [] }];
}

function sayAccess({ scope, asksPassword }: RouteDocument): string {
  return `Scope: ${scope}${asksPassword === true ? '; asks for the password again' : ''}`;
}

/** A named shape is described as it was written, because an answer may use the same name. */
function hasName(schema: TSchema | undefined): schema is TSchema {
  return schema !== undefined && '$id' in schema;
}

/** Unique: an alias keeps the "api" that a route's own path leaves out, so /metrics and /api/metrics differ. */
function operationId(method: string, url: string, isAlias: boolean): string {
  const words = url.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && (isAlias || word !== 'api'));
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('');
}

/** Moves every shape with an `$id` into the components and leaves a reference in its place. */
class Components {
  readonly #shapes = new Map<string, Json>();

  /** A copy as plain JSON Schema; the outermost object stays when it has no `$id`. */
  lift(schema: TSchema): Json {
    return this.#walk(this.#copy(schema)) as Json; // an object stays one
  }

  /** For query and path, whose properties become single parameters and so cannot stand behind a reference. */
  inline(schema: TSchema): Json {
    const { $id: _name, ...rest } = this.#copy(schema);
    return this.#walk(rest) as Json; // an object stays one
  }

  all(): Json[] {
    return [...this.#shapes.values()];
  }

  #copy(schema: TSchema): Json {
    return JSON.parse(JSON.stringify(schema)) as Json; // a schema is an object
  }

  #walk(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((item) => this.#walk(item));
    if (typeof node !== 'object' || node === null) return node;
    const { $id, ...rest } = node as Json;
    const inside = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, this.#walk(value)]));
    if (typeof $id !== 'string') return inside;
    const known = this.#shapes.get($id);
    const shape = { $id, ...inside };
    if (known === undefined) this.#shapes.set($id, shape);
    else if (JSON.stringify(known) !== JSON.stringify(shape)) {
      throw new Error(`two different shapes are called ${$id}`);
    }
    return { $ref: `${$id}#` };
  }
}
