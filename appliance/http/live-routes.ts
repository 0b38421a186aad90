import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { EventName } from '../core/bus.ts';
import { AppError } from '../core/errors.ts';
import type { Caller } from '../core/feature.ts';
import type { LiveClient, LiveStream } from './live-stream.ts';
import { type RouteDocument, requestSchemas } from './route-table.ts';

/** How long a browser waits before it comes back. */
const retryMs = 2_000;

const LiveQuery = Type.Object(
  {
    lastEventId: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Resume after this event; the header Last-Event-ID means the same and wins',
      }),
    ),
  },
  { additionalProperties: false },
);

const words = (events: readonly EventName[], adminEvents: readonly EventName[]) =>
  `Starts with "hello" {at, version, isResumed}; "reset" {at, reason} follows when too much was missed to be replayed, ` +
  `and then the state must be loaded again; "heartbeat" {at, connectedClients} every 10 s. Events: ${list(events)}. With the scope admin also: ${list(adminEvents)}.`;

const list = (events: readonly EventName[]) => [...events].sort().join(', ') || 'none';

/** What the OpenAPI document says of the live connections. */
export function liveDocuments(
  events: readonly EventName[],
  adminEvents: readonly EventName[] = [],
): [RouteDocument, RouteDocument] {
  const common = { method: 'GET', scope: 'read', tag: 'live', query: LiveQuery } as const;
  return [
    {
      ...common,
      path: '/api/live',
      summary: `Everything that happens, as server-sent events. ${words(events, adminEvents)}`,
      response: { contentType: 'text/event-stream' },
    },
    {
      ...common,
      path: '/api/ws/live',
      summary: `The same over WebSocket, as JSON {id, event, data}; answers {"type":"pong"} to the text "ping". ${words(events, adminEvents)}`,
      response: { contentType: 'application/json' },
    },
  ];
}

/** Registers both transports of the live stream. */
export function registerLive(fastify: FastifyInstance, live: LiveStream, documents: RouteDocument[]): void {
  const [stream, socket] = documents;
  if (stream === undefined || socket === undefined) return;
  fastify.route({
    method: 'GET',
    url: stream.path,
    exposeHeadRoute: false,
    schema: { querystring: requestSchemas(stream).query },
    config: { scope: stream.scope },
    handler: (request, reply) => {
      live.assertRoom();
      const lastEventId = lastEventIdOf(request);
      reply.hijack();
      const response = reply.raw;
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) response.setHeader(name, value);
      }
      response.setHeader('x-accel-buffering', 'no'); // nginx would hold the events back otherwise
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      const client = streamClient(response, request.caller);
      response.on('close', () => live.remove(client));
      response.on('error', () => live.remove(client));
      response.write(`retry: ${retryMs}\n\n`);
      live.add(client, lastEventId);
    },
  });
  fastify.route({
    method: 'GET',
    url: socket.path,
    exposeHeadRoute: false,
    schema: { querystring: requestSchemas(socket).query },
    config: { scope: socket.scope },
    preHandler: async () => live.assertRoom(),
    handler: (_request, reply) => {
      reply.header('upgrade', 'websocket');
      throw new AppError('UPGRADE_REQUIRED', `${socket.path} speaks WebSocket; use ${stream.path} without`, {
        status: 426,
      });
    },
    wsHandler: (connection, request) => {
      const client = socketClient(connection, request.caller);
      connection.on('message', (data, isBinary) => {
        if (!isBinary && String(data) === 'ping') connection.send('{"type":"pong"}');
      });
      connection.on('close', () => live.remove(client));
      live.add(client, lastEventIdOf(request));
    },
  });
}

function lastEventIdOf(request: FastifyRequest): number | null {
  const header = request.headers['last-event-id'];
  const { lastEventId } = request.query as { lastEventId?: number }; // checked against LiveQuery
  const fromHeader = typeof header === 'string' && /^\d{1,16}$/.test(header) ? Number(header) : null;
  return fromHeader ?? lastEventId ?? null;
}

function streamClient(response: ServerResponse, caller: Caller): LiveClient {
  return {
    caller,
    sendEvent: (_event, shared) => void response.write(shared.stream),
    sendNotice(name, data, id) {
      response.write(`${id === null ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    pendingBytes: () => response.writableLength,
    end: () => void response.end(),
    cut: () => void response.destroy(),
  };
}

/** The part of a WebSocket connection that is used. */
interface Connection {
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

function socketClient(connection: Connection, caller: Caller): LiveClient {
  return {
    caller,
    sendEvent: (_event, shared) => connection.send(shared.message),
    sendNotice(name, data, id) {
      // The reference's heartbeat has a type and no event; both readers find what they look for.
      const heartbeat =
        name === 'heartbeat' ? { type: name, ts: data.at, connected_clients: data.connectedClients } : {};
      connection.send(JSON.stringify({ ...heartbeat, id, event: name, data }));
    },
    pendingBytes: () => connection.bufferedAmount,
    end: (reason) => connection.close(1001, reason),
    cut: () => connection.terminate(),
  };
}
