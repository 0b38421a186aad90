import { createServer, type Server } from 'node:http';
import fastifyWebsocket from '@fastify/websocket';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Bus, EventName } from '../core/bus.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { AccessGate, Metric, Route, StrangerViews, UpgradeRoute } from '../core/feature.ts';
import type { IdentitySource } from '../core/identity.ts';
import type { Log } from '../core/log.ts';
import { forgeryGate, rateGate, scopeGate } from './caller-gates.ts';
import { packLongAnswers } from './compression.ts';
import type { HttpConfig } from './config.ts';
import { limitConnections } from './connections.ts';
import { answerClientError, installErrorReplies, sendFrameworkError } from './error-replies.ts';
import { isSecure, networkGates, passGates, toGateRequest } from './gates.ts';
import { insistOnTls, setSecurityHeaders } from './headers.ts';
import { readStrictJson } from './json-bodies.ts';
import { listenTcp, listenUnix } from './listeners.ts';
import { liveDocuments, registerLive } from './live-routes.ts';
import { LiveStream } from './live-stream.ts';
import { createMetricsPage } from './metrics.ts';
import { buildOpenApi } from './openapi.ts';
import { OwnNames } from './own-names.ts';
import { platformRoutes } from './platform-routes.ts';
import { createRarely } from './rarely.ts';
import { RateLimit } from './rate-limit.ts';
import { collectRoutes, methodsAt, type RouteRow, registerRoute } from './route-table.ts';
import { takeStreams } from './stream-bodies.ts';
import { TlsDoor } from './tls/door.ts';
import { leadToTls } from './tls/plain-requests.ts';
import { registerUpgrade, UpgradeHeads, upgradeDocument } from './upgrades.ts';
import { buildSerializer, buildValidator, schemaController } from './validation.ts';
import { registerWebFiles } from './web-files.ts';

export const httpLimits = {
  bodyBytes: 64 * 1024,
  queryBytes: 2 * 1024,
  /** Sockets at once; a flood of idle ones must not use up our descriptors. */
  connections: 1_024,
  /** Open answers get this long when the service stops. */
  stopMs: 1_500,
};

export interface HttpServerOptions {
  config: Readonly<Pick<HttpConfig, 'host' | 'port'> & Partial<HttpConfig>>;
  /** What it shows over TLS; without it, and while it has none, the port speaks plain HTTP. */
  identity?: IdentitySource;
  /** Second door for the command line; only our own user may open it. */
  socketPath: string | null;
  routes: readonly Route[];
  upgrades?: readonly UpgradeRoute[];
  metrics: readonly Metric[];
  /** Bus events that go onto the live stream as they are. */
  streams: readonly EventName[];
  /** The same, for callers with the scope `admin`. */
  adminStreams?: readonly EventName[];
  strangerViews?: StrangerViews;
  /** They tell who calls, after Host and Origin and in this order. Without any, only what is open answers over TCP. */
  gates?: readonly AccessGate[];
  bus: Bus;
  clock: Clock;
  log: Log;
  /** The built dashboard; may be missing. */
  webFolder: string;
  version: string;
  /** Added to the answer of /health. */
  health: () => object;
}

export interface HttpServer {
  /** Listens; throws AppError naming address, port and what to do. */
  start(): Promise<{ port: number; isTls: boolean }>;
  /** Ends open streams and stops within two seconds; safe after a failed start. */
  stop(): Promise<void>;
  openApi(): Promise<object>;
  routeTable(): readonly RouteRow[];
  /** Applies a changed http.allowedHosts without a restart. */
  setAllowedHosts(names: readonly string[]): void;
  /** For tests: `fastify.inject` asks without a socket. */
  fastify: FastifyInstance;
}

/** Builds the server; nothing listens and nothing is subscribed until `start`. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const {
    config,
    clock,
    log,
    bus,
    streams,
    adminStreams = [],
    strangerViews = {},
    version,
    gates = [],
  } = options;
  const names = new OwnNames(clock, config.allowedHosts ?? []);
  const live = new LiveStream({
    bus,
    events: streams,
    adminEvents: adminStreams,
    strangerViews,
    mayStay: (caller) => gates.every((gate) => gate.mayStay?.(caller) ?? true),
    clock,
    log,
    version,
  });
  const rarely = createRarely(clock);
  const app = createFastify(log, rarely);
  const door = new TlsDoor(app.server, clock);
  limitConnections(app.server, httpLimits.connections); // also who has not said yet whether he speaks TLS
  const table = collectRoutes(app);
  const locals = new WeakSet<object>();
  const isLocal = (request: FastifyRequest) => locals.has(request.raw.socket);
  let forgetIdentity = (): void => undefined;
  installErrorReplies(app, log, rarely, (path) => methodsAt(table, path));

  let openApiText: Promise<string> | null = null;
  const routes: readonly Route[] = [
    ...platformRoutes({
      clock,
      version,
      health: options.health,
      openApiText: () => {
        openApiText ??= openApi().then((document) => JSON.stringify(document));
        return openApiText;
      },
      metricsPage: createMetricsPage([...options.metrics, ...live.metrics(), ...door.metrics()]),
    }),
    ...options.routes,
  ];
  const documents = liveDocuments(streams, adminStreams);
  const upgrades = options.upgrades ?? [];
  const heads = new UpgradeHeads(app.server);
  const openApi = () => buildOpenApi([...routes, ...documents, ...upgrades.map(upgradeDocument)], version);

  app.register(fastifyWebsocket, { options: { maxPayload: 1_024 } });
  // After the plugin, whose own first hook must have seen an upgrade that a gate then refuses.
  app.after(() => {
    const all = [...networkGates(names), ...gates, scopeGate, forgeryGate, rateGate(new RateLimit(clock))];
    leadToTls(app, { isTlsOn: () => door.isOn, isLocal, names });
    installGates(app, all, isLocal, () => door.isOwn);
  });
  app.register(async (inner) => {
    for (const route of routes) registerRoute(inner, route);
    for (const upgrade of upgrades) registerUpgrade(inner, upgrade, heads);
    registerLive(inner, live, documents);
  });
  registerWebFiles(app, options.webFolder);

  const local = createServer((request, response) => app.routing(request, response));
  local.on('connection', (socket) => locals.add(socket));

  return {
    fastify: app,
    openApi,
    routeTable: () => table,
    setAllowedHosts: (added) => names.setAdded(added),
    async start() {
      await app.ready();
      try {
        await openIdentity();
        const port = await listenTcp(app.server, config.host, config.port, log);
        if (options.socketPath !== null) await listenUnix(local, options.socketPath, log);
        live.start();
        return { port, isTls: door.isOn };
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
  };

  async function openIdentity(): Promise<void> {
    const { identity } = options;
    if (identity === undefined) return;
    await identity.open();
    door.setIdentity(identity.current);
    forgetIdentity = identity.onChange(() => door.setIdentity(identity.current));
  }

  async function stop(): Promise<void> {
    live.stop();
    forgetIdentity();
    door.closeSilent();
    const servers = [app.server, local];
    const giveUp = clock.after(httpLimits.stopMs, () => {
      for (const server of servers) server.closeAllConnections();
      door.closeAll();
      for (const client of app.websocketServer?.clients ?? []) client.terminate();
    });
    await Promise.all([...servers.map(closeServer), app.close()]);
    giveUp();
  }
}

function createFastify(log: Log, rarely: (key: string) => boolean): FastifyInstance {
  const app = fastify({
    bodyLimit: httpLimits.bodyBytes,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    frameworkErrors: (error, _request, reply) => sendFrameworkError(reply, error),
    clientErrorHandler: answerClientError,
    // A client that is slow to send its request holds a connection this long, not longer.
    http: { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2_000 },
    schemaController: schemaController(buildValidator(), buildSerializer(log, rarely)),
  });
  app.removeContentTypeParser('text/plain'); // a body is JSON; web forms can send plain text across sites
  readStrictJson(app);
  takeStreams(app);
  packLongAnswers(app);
  return app;
}

function installGates(
  app: FastifyInstance,
  gates: readonly AccessGate[],
  isLocal: (request: FastifyRequest) => boolean,
  isPinned: () => boolean,
): void {
  app.decorateRequest('caller'); // not a value: every request gets its own from the gates
  app.addHook('onRequest', async (request, reply) => {
    setSecurityHeaders(reply);
    if (isPinned() && isSecure(request)) insistOnTls(reply);
    const query = request.url.length - (request.url.indexOf('?') + 1 || request.url.length);
    request.caller = await passGates(gates, toGateRequest(request, isLocal(request)));
    if (query > httpLimits.queryBytes) {
      throw new AppError(
        'QUERY_TOO_LONG',
        `The query is ${query} bytes long; ${httpLimits.queryBytes} are allowed`,
        {
          status: 414,
        },
      );
    }
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Also called for a server that never listened: there is nothing to wait for then.
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
