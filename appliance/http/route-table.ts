import type { FastifyInstance, FastifyReply } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { JsonBytes, RawReply, type Route, type Scope, WithHeaders } from '../core/feature.ts';
import { isSecure, plainAddress } from './gates.ts';
import { asDocument } from './headers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call; every route carries one, see `requireScopes`. */
    scope?: Scope;
    isBeforeClaim?: boolean;
    asksPassword?: boolean;
    isAlsoPlain?: boolean;
    takesStream?: boolean;
  }
}

/** What the OpenAPI document says of a path; a Route is one. */
export type RouteDocument = Omit<Route, 'handle'>;

export interface RouteRow {
  method: string;
  path: string;
  scope: Scope;
}

const nothing = Type.Object({}, { additionalProperties: false });

/** Registers a feature's route, and its aliases, as declared. */
export function registerRoute(fastify: FastifyInstance, route: Route): void {
  const { query, params, body } = requestSchemas(route);
  const raw = rawTypeOf(route);
  const schema = {
    querystring: query,
    ...(params === undefined ? {} : { params }),
    ...(body === undefined ? {} : { body }),
    ...(raw === null ? { response: { 200: route.response } } : {}),
  };
  for (const url of [route.path, ...(route.aliases ?? [])]) {
    fastify.route({
      method: route.method,
      url,
      schema,
      config: {
        scope: route.scope,
        isBeforeClaim: route.isBeforeClaim ?? false,
        asksPassword: route.asksPassword ?? false,
        isAlsoPlain: route.isAlsoPlain ?? false,
        takesStream: route.takesStream ?? false,
      },
      handler: async (request, reply) => {
        const { query, params, body, caller } = request;
        const given = await route.handle({
          query,
          params,
          body,
          caller,
          address: plainAddress(request.raw.socket.remoteAddress ?? ''),
          isSecure: isSecure(request),
          userAgent: request.headers['user-agent'] ?? '',
          headers: request.headers,
          signal: goneSignal(reply),
        });
        return answer(given, reply);
      },
    });
  }
}

/** Aborts when the client leaves before its answer; fastify's own `request.signal` also fires once a body is read. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** A request may carry only what the route names: no query where none is declared, no unknown keys. */
export function requestSchemas(route: RouteDocument): { query: TSchema; params?: TSchema; body?: TSchema } {
  return {
    query: route.query === undefined ? nothing : closed(route.query),
    ...(route.params === undefined ? {} : { params: route.params }),
    ...(route.body === undefined ? {} : { body: closed(route.body) }),
  };
}

/** The content type of a route that does not answer with JSON. */
export function rawTypeOf(route: RouteDocument): string | null {
  return 'contentType' in route.response && typeof route.response.contentType === 'string'
    ? route.response.contentType
    : null;
}

/** Refuses, at start, a route without a scope; keeps the table of what is really routed. */
export function collectRoutes(fastify: FastifyInstance): RouteRow[] {
  const table: RouteRow[] = [];
  fastify.addHook('onRoute', ({ method, url, config }) => {
    const scope = config?.scope;
    if (scope === undefined) throw new Error(`the route ${String(method)} ${url} declares no scope`);
    for (const one of [method].flat()) table.push({ method: one, path: url, scope });
  });
  return table;
}

/** The methods that some route offers at a concrete path; used only to explain a refusal. */
export function methodsAt(table: readonly RouteRow[], path: string): string[] {
  const segments = path.split('/');
  const fits = (pattern: string) => {
    const parts = pattern.split('/');
    return (
      parts.length === segments.length &&
      parts.every((part, i) => part.startsWith(':') || part === segments[i])
    );
  };
  return [...new Set(table.filter((row) => fits(row.path)).map((row) => row.method))].sort();
}

function answer(result: unknown, reply: FastifyReply): unknown {
  if (result instanceof WithHeaders) {
    reply.headers(result.headers);
    return answer(result.answer, reply);
  }
  if (result instanceof RawReply) {
    reply.type(result.contentType);
    if (result.contentType.startsWith('text/html')) asDocument(reply);
    if (result.fileName !== null) {
      const name = result.fileName.replace(/[^\w.-]/g, '_'); // RFC 6266 §4.1 without the need to escape
      reply.header('content-disposition', `attachment; filename="${name}"`);
    }
    const { body } = result;
    return reply.send(body instanceof Uint8Array ? bufferOf(body) : body);
  }
  if (result instanceof JsonBytes)
    return reply.type('application/json; charset=utf-8').send(bufferOf(result.bytes));
  return result === undefined ? reply.code(204).send() : reply.send(result);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The same object schema with unknown keys refused, unless it says otherwise. TypeBox's hidden marks are kept. */
function closed(schema: TSchema): TSchema {
  if (!('properties' in schema) || 'additionalProperties' in schema) return schema;
  const copy = Object.create(Object.getPrototypeOf(schema), Object.getOwnPropertyDescriptors(schema));
  return Object.assign(copy, { additionalProperties: false });
}
