import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Type } from 'typebox';
import { WebSocket } from 'ws';
import { nobody, scopesUpTo } from '../core/access.ts';
import { type AccessGate, type Caller, type Route, route, WithHeaders } from '../core/feature.ts';
import { FakeClock } from '../testing/fakes/clock.ts';
import { RateLimit, rateLimits } from './rate-limit.ts';
import { ask, startTestServer } from './testing.ts';

const scopes = ['open', 'read', 'run', 'write', 'admin', 'account', 'owner'] as const;
const scopeRoutes: Route[] = scopes.flatMap((scope) =>
  (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method) =>
    route({
      method,
      path: `/api/${scope}`,
      scope,
      tag: 'test',
      summary: scope,
      response: Type.Object({ caller: Type.String() }),
      handle: ({ caller }) => ({ caller: caller.kind }),
    }),
  ),
);

/** Takes everybody for this caller. */
const known = (caller: Partial<Caller>): AccessGate => ({
  name: 'known',
  check: () => ({ ...nobody, ...caller }),
});
const session = known({
  kind: 'session',
  sessionId: 's',
  accountId: 'a',
  scopes: [...scopesUpTo('admin'), 'account', 'owner'],
});

test('without a gate that knows who calls, only what is open answers over TCP', async (context) => {
  const { port } = await startTestServer(context, { routes: scopeRoutes, gates: [] });
  for (const scope of scopes) {
    const { status, headers, json } = await ask({ port, path: `/api/${scope}` });
    if (scope === 'open') {
      assert.equal(status, 200);
      continue;
    }
    assert.deepEqual([status, json.error?.code], [401, 'SIGN_IN_NEEDED'], scope);
    assert.equal(headers['www-authenticate'], 'Bearer realm="ist"');
  }
  assert.equal((await ask({ port, path: '/api/live' })).status, 401);
  assert.equal((await ask({ port, path: '/metrics' })).status, 401);
  assert.equal((await ask({ port, path: '/metrics', method: 'HEAD' })).status, 401);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/ws/live`);
  const [refused] = await once(socket, 'unexpected-response').then(([, response]) => [response]);
  socket.on('error', () => undefined);
  assert.equal(refused.statusCode, 401);
  socket.terminate();
});

test('each scope opens itself and those before it, and no key opens what belongs to a person', async (context) => {
  for (const [position, scope] of (['read', 'run', 'write', 'admin'] as const).entries()) {
    const gates = [known({ kind: 'key', name: 'robot', keyId: 'k', scopes: scopesUpTo(scope) })];
    const { port } = await startTestServer(context, { routes: scopeRoutes, gates });
    const found = await Promise.all(
      scopes.map(async (asked) => (await ask({ port, path: `/api/${asked}` })).status),
    );
    const opened = position + 2;
    assert.deepEqual(found, [...Array(opened).fill(200), ...Array(scopes.length - opened).fill(403)], scope);
  }
  const { port } = await startTestServer(context, {
    routes: scopeRoutes,
    gates: [known({ kind: 'key', name: 'robot', scopes: scopesUpTo('read') })],
  });
  const { json } = await ask({ port, path: '/api/write' });
  assert.deepEqual(json.error, {
    code: 'SCOPE_MISSING',
    message: 'The key "robot" may not do this: it needs the scope "write"',
    details: { scope: 'write' },
  });
});

test('a change made with a cookie must say that it comes from our page, and must be JSON', async (context) => {
  const { port } = await startTestServer(context, { routes: scopeRoutes, gates: [session] });
  const change = async (headers: Record<string, string>, body?: string, method = 'POST') => {
    const { status, json } = await ask(
      { port, path: '/api/write', method, headers: { host: `localhost:${port}`, ...headers } },
      body,
    );
    return [status, json.error?.code];
  };
  const origin = `http://localhost:${port}`;
  const type = (text: string) => ({ origin, 'content-type': text });
  assert.deepEqual(await change({ origin }), [200, undefined]);
  assert.deepEqual(await change({ origin }, undefined, 'DELETE'), [200, undefined]);
  assert.deepEqual(await change(type('application/json'), '{}'), [200, undefined]);
  assert.deepEqual(await change(type('Application/JSON; charset=utf-8'), '{}'), [200, undefined]);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    assert.deepEqual(await change({}, undefined, method), [403, 'ORIGIN_MISSING'], method);
    // Of itself the client gives no length for the body of a DELETE.
    const plain = { ...type('text/plain'), 'content-length': '2' };
    assert.deepEqual(await change(plain, '{}', method), [403, 'BODY_NOT_JSON'], method);
  }
  for (const text of [
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json-seq',
    'text/json',
    'application/jsonx',
    '',
  ]) {
    assert.deepEqual(await change(type(text), '{}'), [403, 'BODY_NOT_JSON'], text);
  }
  assert.deepEqual(await change({ origin }, '{}'), [403, 'BODY_NOT_JSON'], 'a body without a type');
});

test('a page on another port cannot make the cookie do work by a GET', async (context) => {
  const { port } = await startTestServer(context, { routes: scopeRoutes, gates: [session] });
  const get = async (scope: string, headers: Record<string, string>, method = 'GET') => {
    const answer = await ask({
      port,
      path: `/api/${scope}`,
      method,
      headers: { host: `localhost:${port}`, ...headers },
    });
    return answer.json.error?.code ?? answer.status;
  };
  for (const scope of scopes) {
    const isHarmless = scope === 'open' || scope === 'read';
    // Over plain HTTP an image or a frame of http://localhost:9999 looks like this: nothing says where it comes from.
    assert.equal(await get(scope, {}), isHarmless ? 200 : 'ORIGIN_MISSING', scope);
    assert.equal(await get(scope, {}, 'HEAD'), isHarmless ? 200 : 403, scope);
    // Followed from a mail or typed: nobody of ours has asked for it.
    const typed = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    assert.equal(await get(scope, typed), isHarmless ? 200 : 'ORIGIN_MISSING', scope);
    for (const ours of [
      { 'x-ist-page': '1' },
      { 'sec-fetch-site': 'same-origin' },
      { origin: `http://localhost:${port}` },
    ])
      assert.equal(await get(scope, ours), 200, `${scope} ${JSON.stringify(ours)}`);
  }
  assert.equal(await get('run', { 'x-ist-page': '1', origin: 'http://localhost:9999' }), 'ORIGIN_FOREIGN');
  assert.equal(await get('run', { 'x-ist-page': '1', 'sec-fetch-site': 'same-site' }), 'CROSS_SITE');
});

test('no answer allows a foreign page to send the header of our pages', async (context) => {
  const { port } = await startTestServer(context, { routes: scopeRoutes, gates: [session] });
  const { headers, status } = await ask({
    port,
    path: '/api/run',
    method: 'OPTIONS',
    headers: {
      host: `localhost:${port}`,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'x-ist-page',
    },
  });
  assert.ok(status >= 400);
  assert.deepEqual(
    Object.keys(headers).filter((name) => name.startsWith('access-control')),
    [],
  );
});

test('a program with a key needs no Origin', async (context) => {
  const gates = [known({ kind: 'key', keyId: 'k', scopes: scopesUpTo('write') })];
  const { port } = await startTestServer(context, { routes: scopeRoutes, gates });
  assert.equal((await ask({ port, path: '/api/write', method: 'POST' })).status, 200);
});

test('too many requests are told when to come back; others and the local socket are served', async (context) => {
  const clock = new FakeClock();
  const bench = await startTestServer(context, { routes: scopeRoutes, gates: [], clock });
  const get = (localAddress: string) =>
    ask({ port: bench.port, host: '127.0.0.1', localAddress, path: '/api/open' });
  for (let sent = 0; sent < rateLimits.burst; sent += 1) assert.equal((await get('127.0.0.1')).status, 200);
  const refused = await get('127.0.0.1');
  assert.deepEqual([refused.status, refused.json.error?.code], [429, 'TOO_MANY_REQUESTS']);
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal((await get('127.0.0.2')).status, 200);
  clock.advance(1000);
  for (let sent = 0; sent < rateLimits.perSecond; sent += 1)
    assert.equal((await get('127.0.0.1')).status, 200);
  assert.equal((await get('127.0.0.1')).status, 429);
});

test('the limit follows a key or session from address to address', async (context) => {
  const clock = new FakeClock();
  const limit = new RateLimit(clock);
  for (let sent = 0; sent < rateLimits.burst; sent += 1) assert.equal(limit.take('k'), 0);
  assert.equal(limit.take('k'), 1);
  const gates = [known({ kind: 'key', keyId: 'k', scopes: scopesUpTo('read') })];
  const { port } = await startTestServer(context, { routes: scopeRoutes, gates, clock });
  for (let sent = 0; sent < rateLimits.burst; sent += 1) {
    const localAddress = `127.0.${sent % 200}.1`;
    const { status } = await ask({ port, host: '127.0.0.1', localAddress, path: '/api/read' });
    assert.equal(status, 200);
  }
  assert.equal((await ask({ port, path: '/api/read' })).status, 429);
});

test('a flood from many addresses takes bounded memory and leaves who is there alone', () => {
  const limit = new RateLimit(new FakeClock());
  for (let sent = 0; sent < rateLimits.burst; sent += 1) limit.take('busy');
  for (let address = 0; address < 100_000; address += 1) {
    limit.take(`address ${address}`);
    if (address % 100 === 0) limit.take('busy');
  }
  assert.equal(limit.size, rateLimits.callers);
  assert.ok(limit.take('busy') > 0, 'what asks on is not forgotten');
});

test('an answer may bring headers of its own', async (context) => {
  const withCookie: Route = {
    method: 'POST',
    path: '/api/cookie',
    scope: 'open',
    tag: 'test',
    summary: 'test',
    response: Type.Object({ name: Type.String() }, { additionalProperties: false }),
    handle: () => new WithHeaders({ name: 'a', extra: 1 }, { 'set-cookie': 'x=1; HttpOnly' }),
  };
  const { port } = await startTestServer(context, { routes: [withCookie] });
  const answer = await ask({ port, path: '/api/cookie', method: 'POST' });
  assert.deepEqual(
    [answer.status, answer.json, answer.headers['set-cookie']],
    [200, { name: 'a' }, ['x=1; HttpOnly']],
  );
});

test('events for administrators reach nobody else, live or replayed, and strangers get their own view', async (context) => {
  const { openStream } = await import('./testing.ts');
  const everybody = {
    admin: known({ kind: 'session', scopes: scopesUpTo('admin') }),
    viewer: known({ kind: 'session', scopes: scopesUpTo('read') }),
    stranger: known({ kind: 'nobody', scopes: scopesUpTo('read') }),
  };
  const gate: AccessGate = {
    name: 'by header',
    check: (request, caller) => {
      const who = request.headers['x-who'];
      if (who === 'admin' || who === 'viewer' || who === 'stranger')
        return everybody[who].check(request, caller);
      return caller;
    },
  };
  const bench = await startTestServer(context, {
    gates: [gate],
    streams: ['stream.tested'],
    adminStreams: ['stream.secret'],
    strangerViews: { 'stream.tested': ({ number }) => ({ number }) },
  });
  const open = (who: string, headers = {}) =>
    openStream(`${bench.url}/api/live`, { 'x-who': who, ...headers });
  const streams = {
    admin: await open('admin'),
    viewer: await open('viewer'),
    stranger: await open('stranger'),
  };
  const hello = await streams.admin.next();
  await Promise.all([streams.viewer.next(), streams.stranger.next()]);
  bench.bus.emit('stream.secret', { word: 'x' });
  bench.bus.emit('stream.tested', { number: 1, text: 'of the house' });
  assert.deepEqual((await streams.admin.next())?.data, { word: 'x' });
  assert.deepEqual((await streams.admin.next())?.data, { number: 1, text: 'of the house' });
  assert.deepEqual((await streams.viewer.next())?.data, { number: 1, text: 'of the house' });
  assert.deepEqual((await streams.stranger.next())?.data, { number: 1 });
  for (const [who, expected] of [
    ['admin', { word: 'x' }],
    ['viewer', { number: 1, text: 'of the house' }],
    ['stranger', { number: 1 }],
  ] as const) {
    const again = await open(who, { 'last-event-id': String(hello?.id) });
    assert.equal((await again.next())?.event, 'hello');
    assert.deepEqual((await again.next())?.data, expected, who);
  }
});
