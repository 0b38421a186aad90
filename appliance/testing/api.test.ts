import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { type OpenedConfig, openConfig } from '../config/load.ts';
import type { Scope } from '../core/feature.ts';
import { setUpFeatures } from '../core/wiring.ts';
import { LogRing } from '../features/keep/system/log-ring.ts';
import { features } from '../features.ts';
import { httpConfig } from '../http/config.ts';
import { createHttpServer } from '../http/server.ts';
import { storeConfig } from '../store/config.ts';
import { fakeContext } from './fakes/context.ts';

let folder: string;
let config: OpenedConfig;

before(async () => {
  const { clock, log } = fakeContext();
  folder = await mkdtemp(`${tmpdir()}/ist-api-`);
  const sections = Object.assign(
    {},
    httpConfig,
    storeConfig,
    ...features.map((feature) => feature.config ?? {}),
  );
  config = await openConfig({
    sections,
    file: null,
    candidates: [`${folder}/ist.yaml`],
    lastGoodFile: null,
    log,
    clock,
  });
});
after(async () => {
  config.stop();
  await rm(folder, { recursive: true });
});

async function serverOfAllFeatures() {
  const { context, bus, clock, log } = fakeContext({
    services: features.flatMap(({ services }) => services ?? []),
  });
  const wired = setUpFeatures(features, { ...context, config: config.port, logs: new LogRing() });
  const server = createHttpServer({
    config: { host: '127.0.0.1', port: 0, allowedHosts: [] },
    socketPath: null,
    routes: wired.routes,
    upgrades: wired.upgrades,
    metrics: wired.metrics,
    streams: wired.streams,
    bus,
    clock,
    log,
    webFolder: '/nonexistent',
    version: '0.0.0',
    health: () => ({}),
  });
  await server.fastify.ready();
  return server;
}

/** The reviewed list: a new route is added here together with the scope that it needs. */
const reviewed: Readonly<Record<string, Scope>> = {
  'DELETE /api/accounts/:id': 'owner',
  'DELETE /api/api-keys/:id': 'owner',
  'DELETE /api/claim': 'owner',
  'DELETE /api/incidents/:id/notes/:noteId': 'write',
  'DELETE /api/keys/:id': 'owner',
  'DELETE /api/push/devices/:id': 'account',
  'DELETE /api/second-factor': 'account',
  'DELETE /api/sessions': 'account',
  'DELETE /api/sessions/:id': 'account',
  'DELETE /api/snapshots/:id': 'write',
  'DELETE /api/schedules/:id': 'write',
  'DELETE /api/speedtest/schedules/:id': 'write',
  'DELETE /api/test-now': 'run',
  'GET /api/export/csv': 'read',
  'GET /api/export/json': 'read',
  'GET /api/measurements': 'read',
  'GET /api/measurements/latest': 'read',
  'GET /api/measurements/recent': 'read',
  'GET /api/schedules': 'read',
  'GET /api/speedtest/advice': 'read',
  'GET /api/speedtest/plan': 'read',
  'GET /api/speedtest/schedules': 'read',
  'GET /api/speedtests': 'read',
  'GET /api/speedtests/:id': 'read',
  'GET /api/speedtests/compare': 'read',
  'GET /api/speedtests/csv': 'read',
  'GET /api/speedtests/json': 'read',
  'GET /api/speedtests/latest': 'read',
  'GET /api/speedtests/trends': 'read',
  'GET /down': 'open',
  'GET /ndt/v7/download': 'open',
  'GET /ndt/v7/upload': 'open',
  'GET /ping': 'open',
  'POST /api/schedules': 'write',
  'POST /api/speedtest/run': 'run',
  'POST /api/speedtest/schedules': 'write',
  'POST /api/test-now': 'run',
  'POST /up': 'open',
  'PUT /api/schedules/:id': 'write',
  'PUT /api/speedtest/schedules/:id': 'write',
  'GET /*': 'open',
  'GET /api/accounts': 'owner',
  'GET /api/alerts': 'read',
  'GET /api/api-keys': 'owner',
  'GET /api/backups': 'admin',
  'GET /api/captures': 'read',
  'GET /api/claim': 'open',
  'GET /api/config': 'admin',
  'GET /api/config/docs': 'read',
  'GET /api/diagnostics/mtu': 'run',
  'GET /api/dns-test': 'run',
  'GET /api/dns-timing': 'run',
  'GET /api/dns/answers': 'read',
  'GET /api/dns/servers': 'read',
  'GET /api/consent': 'read',
  'GET /api/doctor': 'admin',
  'GET /api/events': 'read',
  'GET /api/gaps': 'read',
  'GET /api/http-checks': 'read',
  'GET /api/incidents': 'read',
  'GET /api/incidents/:id': 'read',
  'GET /api/incidents/now': 'read',
  'GET /api/is-it-just-me': 'read',
  'GET /api/is-it-me': 'read',
  'GET /api/evidence': 'read',
  'GET /api/evidence/chain': 'read',
  'GET /api/incidents/:id/report': 'read',
  'GET /api/keys': 'owner',
  'GET /api/latency': 'read',
  'GET /api/latency/extent': 'read',
  'GET /api/latency/heatmap': 'read',
  'GET /api/latency/live': 'read',
  'GET /api/latency/samples': 'read',
  'GET /api/latency/statistics': 'read',
  'GET /api/link': 'admin',
  'GET /api/live': 'read',
  'GET /api/logs': 'admin',
  'GET /api/metrics': 'read',
  'GET /api/mqtt': 'read',
  'GET /api/mtu': 'read',
  'GET /api/openapi.json': 'open',
  'GET /api/outage-confidence': 'read',
  'GET /api/outage-events': 'read',
  'GET /api/outage-status': 'read',
  'GET /api/outages': 'read',
  'GET /api/outages/:id': 'read',
  'GET /api/outages/calendar': 'read',
  'GET /api/paths': 'read',
  'GET /api/push': 'account',
  'GET /api/reboots': 'read',
  'GET /api/session': 'open',
  'GET /api/sessions': 'account',
  'GET /api/snapshots': 'read',
  'GET /api/snapshots/:id': 'read',
  'GET /api/status': 'read',
  'GET /api/system': 'read',
  'GET /api/targets': 'read',
  'GET /api/timeline': 'read',
  'GET /api/tls': 'read',
  'GET /api/tls/ca.crt': 'open',
  'GET /api/tls/ca.der': 'open',
  'GET /api/tls/ca.pem': 'open',
  'GET /api/traceroute': 'run',
  'GET /api/traceroute/enriched': 'run',
  'GET /api/traces': 'read',
  'GET /api/traces/:id': 'read',
  'GET /api/uptime': 'read',
  'GET /api/uptime-calendar': 'read',
  'GET /api/ws/live': 'read',
  'GET /health': 'open',
  'GET /metrics': 'read',
  'GET /packages.json': 'read',
  'PATCH /api/config': 'admin',
  'POST /api/accounts': 'owner',
  'POST /api/accounts/:id/password': 'owner',
  'POST /api/api-keys': 'owner',
  'POST /api/backup': 'admin',
  'POST /api/claim': 'open',
  'POST /api/config/check': 'admin',
  'POST /api/dns/ask': 'run',
  'POST /api/http-checks/run': 'run',
  'POST /api/incidents/:id/acknowledge': 'write',
  'POST /api/incidents/:id/notes': 'write',
  'POST /api/incidents/:id/split': 'write',
  'POST /api/incidents/merge': 'write',
  'POST /api/keys': 'owner',
  'POST /api/login': 'open',
  'POST /api/logout': 'open',
  'POST /api/mtu': 'run',
  'POST /api/password': 'account',
  'POST /api/evidence/verify': 'run',
  'POST /api/ping': 'run',
  'POST /api/push/devices': 'account',
  'POST /api/push/test': 'account',
  'POST /api/reboots': 'write',
  'POST /api/restore': 'admin',
  'POST /api/second-factor': 'account',
  'POST /api/second-factor/recovery-codes': 'account',
  'POST /api/session/confirm': 'account',
  'POST /api/snapshots': 'write',
  'POST /api/tls/ca': 'admin',
  'POST /api/trace': 'run',
  'PUT /api/consent/:id': 'admin',
  'PUT /api/incidents/:id/tags': 'write',
  'PUT /api/second-factor': 'account',
};

test('the OpenAPI document covers every route of every feature', async () => {
  const server = await serverOfAllFeatures();
  const document = (await server.openApi()) as {
    openapi: string;
    paths: Record<string, Record<string, unknown>>;
  };
  assert.match(document.openapi, /^3\.1/);
  const missing = server
    .routeTable()
    .filter(
      ({ method, path }) =>
        method !== 'HEAD' &&
        path.startsWith('/api') &&
        !document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()],
    );
  assert.deepEqual(missing, []);
  assert.ok(Object.keys(document.paths).length > 20);
});

test('every route has the scope that was reviewed for it', async () => {
  const server = await serverOfAllFeatures();
  const scopes = Object.fromEntries(
    server.routeTable().map(({ method, path, scope }) => [`${method} ${path}`, scope]),
  );
  const heads = Object.entries(scopes).filter(([name]) => name.startsWith('HEAD '));
  for (const [name, scope] of heads) {
    assert.equal(scope, scopes[name.replace('HEAD', 'GET')], `${name} must need what GET needs`);
    delete scopes[name];
  }
  assert.deepEqual(scopes, reviewed);
});

test('docs/api.md names every route by its own path, and none that is gone', async () => {
  const text = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const named = new Set(
    [...text.matchAll(/\b(GET|POST|PUT|PATCH|DELETE) (\/[\w/:.-]*)/g)].map(
      ([, method, path]) => `${method} ${path}`,
    ),
  );
  const routes = Object.keys(reviewed).filter((name) => name !== 'GET /*');
  assert.deepEqual(
    routes.filter((name) => !named.has(name)),
    [],
    'not described',
  );
  assert.deepEqual(
    [...named].filter((name) => !(name in reviewed)),
    [],
    'described and not there',
  );
});
