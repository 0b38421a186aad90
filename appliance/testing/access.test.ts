/** Every route that the product has, behind the real gates: who gets in and who does not. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { openConfig } from '../config/load.ts';
import type { Route, Scope } from '../core/feature.ts';
import { setUpFeatures } from '../core/wiring.ts';
import { LogRing } from '../features/keep/system/log-ring.ts';
import { features } from '../features.ts';
import { httpConfig } from '../http/config.ts';
import { ask } from '../http/testing.ts';
import { storeConfig } from '../store/config.ts';
import { createServiceClient } from '../terminal/service-client.ts';
import { accessWorld, claimedWorld, viewerPassword } from './fakes/access-world.ts';
import { fakeContext } from './fakes/context.ts';
import { signInAt } from './sign-in.ts';

/** What the features declare, with handlers that do nothing: whoever gets as far as that is in. */
async function allRoutes(): Promise<Route[]> {
  const { context, clock, log } = fakeContext({
    services: features.flatMap(({ services }) => services ?? []),
  });
  const sections = Object.assign({}, httpConfig, storeConfig, ...features.map(({ config }) => config ?? {}));
  const config = await openConfig({
    sections,
    file: null,
    candidates: ['/nonexistent/ist.yaml'],
    lastGoodFile: null,
    log,
    clock,
  });
  const { routes } = setUpFeatures(features, { ...context, config: config.port, logs: new LogRing() });
  config.stop();
  return routes
    .filter(({ tag }) => tag !== 'Access')
    .map(({ query: _query, params: _params, body: _body, ...route }) => ({
      ...route,
      handle: () => undefined,
    }));
}

const concrete = (path: string) => path.replace(/:\w+/g, '1').replace('*', '');
const isIn = (status: number) => status < 400 || status === 503; // 503: the dashboard is not built here

async function house(t: TestContext) {
  const routes = await allRoutes();
  const world = await claimedWorld(t, { routes });
  mkdirSync(`${world.dataFolder}/web`);
  writeFileSync(`${world.dataFolder}/web/packages.json`, '{}');
  const viewer = world.browser();
  await world.owner.post('/api/accounts', { name: 'viewer', password: viewerPassword });
  await viewer.post('/api/login', { name: 'viewer', password: viewerPassword });
  const keys = new Map<string, string>();
  for (const scope of ['read', 'run', 'write', 'admin']) {
    const made = await world.local('POST', '/api/keys', { name: scope, scope });
    keys.set(scope, String(made.json.key));
  }
  const left =
    /^\/api\/(live|ws\/live|claim|login|logout|sessions?|password|accounts|second-factor|(api-)?keys)(\/|$)/;
  const table = world.server.routeTable().filter(({ path }) => !left.test(path));
  return { world, viewer, keys, table, routes };
}

test('every route lets in exactly those who carry its scope', async (t) => {
  const { world, viewer, keys, table, routes } = await house(t);
  const grave = new Set(
    routes.flatMap(({ method, path, asksPassword }) => (asksPassword ? [`${method} ${path}`] : [])),
  );
  assert.ok(grave.has('POST /api/restore'));
  const carried: Readonly<Record<string, readonly Scope[]>> = {
    nobody: ['open'],
    read: ['open', 'read'],
    run: ['open', 'read', 'run'],
    write: ['open', 'read', 'run', 'write'],
    admin: ['open', 'read', 'run', 'write', 'admin'],
    viewer: ['open', 'read', 'account'],
    owner: ['open', 'read', 'run', 'write', 'admin', 'account', 'owner'],
  };
  const browsers = { nobody: world.browser(), viewer, owner: world.owner };
  const askAs = (who: string, method: string, path: string) => {
    if (who === 'nobody' || who === 'viewer' || who === 'owner') return browsers[who].send(method, path);
    return world.program({ authorization: `Bearer ${keys.get(who)}` })(method, path);
  };
  const wrong: string[] = [];
  for (const [who, scopes] of Object.entries(carried)) {
    for (const { method, path, scope } of table) {
      world.clock.advance(100); // or the limit of requests would answer
      const { status } = await askAs(who, method, concrete(path));
      const isGrave = grave.has(`${method} ${path}`);
      const isMeant = scopes.includes(scope) && (!isGrave || who === 'owner');
      if (isIn(status) !== isMeant) wrong.push(`${who}: ${method} ${path} (${scope}) answers ${status}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(table.length > 60, `${table.length} routes`);
});

test('no request that another site could make a browser send gets in, with whatever credentials', async (t) => {
  const { world, keys, table } = await house(t);
  const own = `127.0.0.1:${world.port}`;
  const foreign: Record<string, string>[] = [
    // DNS rebinding: the page's own name, which resolves to us. A rebound GET carries no Origin.
    { host: 'evil.example' },
    { host: `evil.example:${world.port}` },
    { host: `127.0.0.1.evil.example:${world.port}` },
    { host: `localhost.evil.example` },
    { host: `0x7f000001:${world.port}` },
    { host: `2130706433:${world.port}` },
    { host: `127.1:${world.port}` },
    { host: `0.0.0.0:${world.port}` },
    { host: `evil.example:${world.port}`, origin: `http://evil.example:${world.port}` },
    // Requests across sites
    { host: own, origin: 'http://evil.example' },
    { host: own, origin: 'null' },
    { host: own, origin: 'http://127.0.0.1:1' },
    { host: own, origin: 'http://127.0.0.1' },
    { host: own, origin: `http://127.0.0.1:${world.port}.evil.example` },
    { host: own, origin: `http://evil.example#127.0.0.1:${world.port}` },
    { host: own, 'sec-fetch-site': 'cross-site' },
    { host: own, 'sec-fetch-site': 'same-site' },
    { host: own, origin: `http://${own}`, 'sec-fetch-site': 'cross-site' },
  ];
  const letIn: string[] = [];
  let asked = 0;
  for (const credentials of [
    { cookie: world.owner.cookie },
    { authorization: `Bearer ${keys.get('admin')}` },
  ]) {
    for (const headers of foreign) {
      for (const { method, path } of table) {
        asked += 1;
        const { status } = await ask({
          port: world.port,
          method,
          path: concrete(path),
          headers: { ...headers, ...credentials },
          setHost: false,
        });
        if (isIn(status)) letIn.push(`${method} ${path} ${JSON.stringify(headers)}`);
      }
    }
  }
  assert.deepEqual(letIn, []);
  t.diagnostic(`${asked} requests, none let in`);
});

test('no form and no plain request of another page changes anything, cookie or not', async (t) => {
  const { world, table } = await house(t);
  const own = `127.0.0.1:${world.port}`;
  const changes = table.filter(({ method }) => method === 'POST');
  assert.ok(changes.length > 10);
  const letIn: string[] = [];
  for (const { method, path, scope } of changes) {
    if (scope === 'open') continue;
    // What a browser sends for a form, should an old one send neither Origin nor Sec-Fetch-Site.
    for (const type of [
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
    ]) {
      for (const origin of [{}, { origin: `http://${own}` }]) {
        world.clock.advance(100);
        const { status } = await ask(
          {
            port: world.port,
            method,
            path: concrete(path),
            headers: { host: own, cookie: world.owner.cookie, 'content-type': type, ...origin },
          },
          '{"a":1}',
        );
        if (isIn(status)) letIn.push(`${method} ${path} ${type}`);
      }
    }
  }
  assert.deepEqual(letIn, []);
});

test('an image on a page of another port makes nothing happen: only what everybody may read answers a bare GET', async (t) => {
  const { world, table } = await house(t);
  const looks = table.filter(
    ({ method, scope }) => (method === 'GET' || method === 'HEAD') && scope !== 'open' && scope !== 'read',
  );
  assert.ok(looks.some(({ scope }) => scope === 'run'));
  for (const { method, path } of looks) {
    world.clock.advance(100);
    const headers = { host: `127.0.0.1:${world.port}`, cookie: world.owner.cookie };
    const { status } = await ask({ port: world.port, method, path: concrete(path), headers });
    assert.equal(status, 403, `${method} ${path}`);
  }
});

test('a WebSocket opens for our own page alone, and only for who is signed in', async (t) => {
  const { world } = await house(t);
  const url = `ws://127.0.0.1:${world.port}/api/ws/live`;
  const statusOf = async (headers: Record<string, string>) => {
    const socket = new WebSocket(url, { headers });
    socket.on('error', () => undefined);
    const status = await Promise.race([
      once(socket, 'open').then(() => 101),
      once(socket, 'unexpected-response').then(([, response]) => response.statusCode as number),
    ]);
    socket.terminate();
    return status;
  };
  const cookie = world.owner.cookie;
  const origin = `http://127.0.0.1:${world.port}`;
  assert.equal(await statusOf({ cookie, origin }), 101);
  assert.equal(await statusOf({ origin }), 401);
  assert.equal(await statusOf({ cookie: 'ist_session=x', origin }), 401);
  for (const foreign of [
    'http://evil.example',
    'null',
    'http://127.0.0.1:1',
    `https://127.0.0.1.evil.example`,
  ]) {
    assert.equal(await statusOf({ cookie, origin: foreign }), 403, foreign);
  }
  assert.equal(await statusOf({ cookie, host: 'evil.example', origin: 'http://evil.example' }), 421);
});

test('tests of the dashboard come in as a person does: with the code of the box, then with the password', async (t) => {
  const world = await accessWorld(t, { routes: [] });
  const client = createServiceClient({ dataFolder: world.dataFolder });
  for (const round of ['claim', 'sign-in']) {
    const { name, value } = await signInAt(client, world.url);
    const { json } = await world.program({ cookie: `${name}=${value}` })('GET', '/api/session');
    assert.equal(json.isOwner, true, round);
  }
});
