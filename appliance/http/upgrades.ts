/** Connections that a feature takes over, behind the same gates as every other request. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../core/errors.ts';
import type { UpgradeRoute } from '../core/feature.ts';
import { plainAddress } from './gates.ts';
import { type RouteDocument, requestSchemas } from './route-table.ts';

/** What was read behind a request to upgrade; the framework keeps it to itself. */
export class UpgradeHeads {
  readonly #heads = new WeakMap<IncomingMessage, Uint8Array>();

  constructor(server: Server) {
    server.on('upgrade', (request: IncomingMessage, _socket: Duplex, head: Buffer) =>
      this.#heads.set(request, head),
    );
  }

  of(request: IncomingMessage): Uint8Array {
    return this.#heads.get(request) ?? new Uint8Array(0);
  }
}

/** What the OpenAPI document says of it. */
export const upgradeDocument = (route: UpgradeRoute): RouteDocument => ({
  ...route,
  method: 'GET',
  response: { contentType: 'application/octet-stream' },
});

export function registerUpgrade(fastify: FastifyInstance, route: UpgradeRoute, heads: UpgradeHeads): void {
  fastify.route({
    method: 'GET',
    url: route.path,
    exposeHeadRoute: false,
    schema: { querystring: requestSchemas(upgradeDocument(route)).query },
    config: {
      scope: route.scope,
      isBeforeClaim: route.isBeforeClaim ?? false,
      isAlsoPlain: route.isAlsoPlain ?? false,
    },
    // Before the handler, which the WebSocket plugin has replaced by its own.
    preHandler: async (request, reply) => {
      if (!request.ws) return;
      const { query, caller, headers, raw } = request;
      const address = plainAddress(raw.socket.remoteAddress ?? '');
      const take = route.upgrade({ query, caller, address, headers });
      const { socket } = raw;
      reply.hijack();
      reply.raw.detachSocket(socket);
      take(socket as Socket, heads.of(raw)); // what is upgraded came over TCP or TLS
    },
    handler: (_request, reply) => {
      reply.header('upgrade', 'websocket');
      throw new AppError('UPGRADE_REQUIRED', `${route.path} speaks WebSocket`, { status: 426 });
    },
  });
}
