import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Type } from 'typebox';
import { AppError } from '../core/errors.ts';
import { RawReply, type Route, route } from '../core/feature.ts';
import { ask, startTestServer } from './testing.ts';

const Thing = Type.Object({ name: Type.String() }, { $id: 'TestThing', additionalProperties: false });

const echo = route({
  method: 'POST',
  path: '/api/things/:id',
  aliases: ['/api/items/:id'],
  scope: 'write',
  tag: 'test',
  summary: 'Gives back what it was given',
  params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
  query: Type.Object({
    step: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600, default: 60 })),
    kind: Type.Optional(Type.Union([Type.Literal('icmp'), Type.Literal('dns')])),
    from: Type.Optional(Type.String({ format: 'date-time' })),
  }),
  body: Thing,
  response: Type.Object({ id: Type.Integer(), step: Type.Optional(Type.Integer()), name: Type.String() }),
  handle: ({ params, query, body }) => ({ id: params.id, step: query.step ?? 0, name: body.name }),
});

const get = (path: string, handle: Route['handle'], response: Route['response'] = Thing): Route => ({
  method: 'GET',
  path,
  scope: 'read',
  tag: 'test',
  summary: 'Test',
  response,
  handle,
});

const json = { 'content-type': 'application/json' };

test('query and path are converted by their schema, the body is not, and defaults are filled in', async (context) => {
  const { port } = await startTestServer(context, { routes: [echo] });
  const post = (path: string, body: string) => ask({ port, path, method: 'POST', headers: json }, body);
  const good = await post('/api/things/7', '{"name":"a"}');
  assert.deepEqual([good.status, good.json], [200, { id: 7, step: 60, name: 'a' }]);
  const alias = await post('/api/items/7?step=5', '{"name":"a"}');
  assert.deepEqual([alias.status, alias.json], [200, { id: 7, step: 5, name: 'a' }]);
  assert.equal((await post('/api/things/7', '{"name":5}')).status, 400);
});

test('a refused request names the field, what was found and what is allowed', async (context) => {
  const { port } = await startTestServer(context, { routes: [echo] });
  const refuse = async (path: string, body = '{"name":"a"}') => {
    const answer = await ask({ port, path, method: 'POST', headers: json }, body);
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.json.error?.code, 'REQUEST_INVALID');
    return [answer.json.error?.message, answer.json.error?.details];
  };
  assert.deepEqual(await refuse('/api/things/7?step=9999'), [
    'query.step must be a whole number from 1 to 3600, but is 9999',
    { field: 'query.step', found: '9999', allowed: 'a whole number from 1 to 3600' },
  ]);
  assert.deepEqual(await refuse('/api/things/7?kind=smtp'), [
    'query.kind must be one of "icmp", "dns", but is "smtp"',
    { field: 'query.kind', found: '"smtp"', allowed: 'one of "icmp", "dns"' },
  ]);
  assert.match(
    String((await refuse('/api/things/7?from=yesterday'))[0]),
    /^query\.from must be text with a time like/,
  );
  assert.match(
    String((await refuse('/api/things/0'))[0]),
    /^path\.id must be a whole number of at least 1, but is 0$/,
  );
  assert.equal(
    (await refuse('/api/things/7?stepp=5'))[0],
    'query.stepp is not known; allowed here: step, kind, from',
  );
  assert.equal(
    (await refuse('/api/things/7', '{"name":"a","x":1}'))[0],
    'body.x is not known; allowed here: name',
  );
  assert.equal((await refuse('/api/things/7', '{}'))[0], 'body.name is missing; it must be text');
  assert.equal((await refuse('/api/things/7', '[]'))[0], 'body must be an object, but is []');
});

test('a secret is not repeated in the refusal', async (context) => {
  const login: Route = {
    ...get('/api/login', () => assert.fail('not called')),
    method: 'POST',
    body: Type.Object({ password: Type.String({ minLength: 12 }) }),
  };
  const { port } = await startTestServer(context, { routes: [login] });
  const answer = await ask(
    { port, path: '/api/login', method: 'POST', headers: json },
    '{"password":"hunter2"}',
  );
  assert.equal(
    answer.json.error?.message,
    'body.password must be text of at least 12 characters, but is something else',
  );
  assert.doesNotMatch(answer.text, /hunter2/);
  const empty = await ask({ port, path: '/api/login', method: 'POST' });
  assert.deepEqual([empty.status, empty.json.error?.code], [400, 'REQUEST_INVALID']);
});

test('a query is refused where none is declared', async (context) => {
  const { port } = await startTestServer(context);
  const answer = await ask({ port, path: '/health?x=1' });
  assert.equal(answer.json.error?.message, 'query.x is not known; allowed here: nothing');
  for (const key of ['__proto__', 'constructor', 'hasOwnProperty']) {
    assert.equal((await ask({ port, path: `/health?${key}=1` })).status, 400, key);
  }
});

test('bodies and queries that are too long, and bodies that are not JSON, are refused', async (context) => {
  const { port } = await startTestServer(context, { routes: [echo] });
  const post = async (body: string, type = 'application/json', path = '/api/things/7') => {
    const answer = await ask({ port, path, method: 'POST', headers: { 'content-type': type } }, body);
    return [answer.status, answer.json.error?.code];
  };
  assert.deepEqual(await post(JSON.stringify({ name: 'x'.repeat(70_000) })), [413, 'BODY_TOO_LARGE']);
  assert.deepEqual(await post('{"name":'), [400, 'BODY_INVALID']);
  assert.deepEqual(await post(''), [400, 'BODY_INVALID']);
  assert.deepEqual(await post('{"__proto__":{"a":1},"name":"a"}'), [400, 'BODY_INVALID']);
  assert.deepEqual(await post('name=a', 'application/x-www-form-urlencoded'), [
    415,
    'MEDIA_TYPE_UNSUPPORTED',
  ]);
  assert.deepEqual(await post('{"name":"a"}', 'text/plain'), [415, 'MEDIA_TYPE_UNSUPPORTED']);
  assert.deepEqual(
    await post('{"name":"a"}', 'application/json', `/api/things/7?kind=${'x'.repeat(2_100)}`),
    [414, 'QUERY_TOO_LONG'],
  );
});

test('errors keep their code, status and details; what is not ours is logged and told without internals', async (context) => {
  const busy = new AppError('TEST_BUSY', 'The test is busy', { status: 409, details: { since: 1 } });
  const { port, log } = await startTestServer(context, {
    routes: [
      get('/api/busy', () => Promise.reject(busy)),
      get('/api/broken', () => {
        throw new TypeError('secret path /etc/shadow');
      }),
    ],
  });
  const known = await ask({ port, path: '/api/busy' });
  assert.deepEqual(
    [known.status, known.json],
    [409, { error: { code: 'TEST_BUSY', message: 'The test is busy', details: { since: 1 } } }],
  );
  const unknown = await ask({ port, path: '/api/broken' });
  assert.deepEqual([unknown.status, unknown.json.error?.code], [500, 'INTERNAL']);
  assert.doesNotMatch(unknown.text, /shadow/);
  await ask({ port, path: '/api/broken' });
  assert.deepEqual(
    log.lines.map((line) => [line.level, line.message]),
    [['error', 'a request failed']],
    'logged once, not with every request',
  );
});

test('an answer that does not match its schema is logged, and what the schema does not name is left out', async (context) => {
  const answer = { name: 'a', password: 'hunter2' };
  const { port, log } = await startTestServer(context, { routes: [get('/api/thing', () => answer)] });
  assert.deepEqual((await ask({ port, path: '/api/thing' })).json, { name: 'a' });
  assert.deepEqual(answer, { name: 'a', password: 'hunter2' });
  assert.equal(log.lines.length, 1);
  assert.doesNotMatch(JSON.stringify(log.lines), /hunter2/);
  assert.match(JSON.stringify(log.lines[0]), /"field":"answer\.password","allowed":"name"/);
});

test('raw answers carry their type and file name; no answer is 204', async (context) => {
  const raw = { contentType: 'text/csv' };
  const { port } = await startTestServer(context, {
    routes: [
      get('/api/csv', () => new RawReply('text/csv', Readable.from(['a,', 'b']), 'speed "tests".csv'), raw),
      get('/api/bytes', () => new RawReply('application/zip', new Uint8Array([80, 75])), raw),
      get('/api/none', () => undefined),
    ],
  });
  const csv = await ask({ port, path: '/api/csv' });
  assert.deepEqual([csv.text, csv.headers['content-type']], ['a,b', 'text/csv']);
  assert.equal(csv.headers['content-disposition'], 'attachment; filename="speed__tests_.csv"');
  assert.equal((await ask({ port, path: '/api/bytes' })).text, 'PK');
  assert.equal((await ask({ port, path: '/api/none' })).status, 204);
});

test('a document may look as it was made, and still runs and loads nothing', async (context) => {
  const { port } = await startTestServer(context, {
    routes: [
      get('/api/page', () => new RawReply('text/html; charset=utf-8', '<p>'), { contentType: 'text/html' }),
      get('/api/thing', () => ({ name: 'thing' })),
    ],
  });
  const policyOf = async (path: string) =>
    String((await ask({ port, path })).headers['content-security-policy']);
  assert.match(await policyOf('/api/page'), /default-src 'none'.*style-src 'unsafe-inline'/);
  assert.doesNotMatch(await policyOf('/api/page'), /script-src/);
  assert.doesNotMatch(await policyOf('/api/thing'), /style-src/);
});

test('the handler is told when the client goes away', async (context) => {
  const entered = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const { url } = await startTestServer(context, {
    routes: [
      get('/api/slow', async ({ signal }) => {
        signal.addEventListener('abort', () => aborted.resolve());
        entered.resolve();
        await aborted.promise;
        return { name: 'late' };
      }),
    ],
  });
  const leave = new AbortController();
  const asking = fetch(`${url}/api/slow`, { signal: leave.signal });
  await entered.promise;
  leave.abort();
  await assert.rejects(asking, { name: 'AbortError' });
  await aborted.promise;
});

test('a body that was read does not count as a client that left', async (context) => {
  const waited = route({
    method: 'POST',
    path: '/api/waited',
    scope: 'run',
    tag: 'test',
    summary: 'test',
    body: Type.Object({ name: Type.String() }),
    response: Type.Object({ isAborted: Type.Boolean() }),
    async handle({ signal }) {
      await new Promise((done) => setImmediate(done));
      return { isAborted: signal.aborted };
    },
  });
  const { url } = await startTestServer(context, { routes: [waited] });
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(`${url}/api/waited`, { method: 'POST', headers, body: '{"name":"a"}' });
  assert.deepEqual(await reply.json(), { isAborted: false });
});

test('an unknown path is 404, a known one with another method 405 with the methods that work', async (context) => {
  const { port } = await startTestServer(context, { routes: [echo] });
  const missing = await ask({ port, path: '/api/nothing' });
  assert.deepEqual([missing.status, missing.json.error?.code], [404, 'NOT_FOUND']);
  const wrong = await ask({ port, path: '/api/things/7' });
  assert.deepEqual(
    [wrong.status, wrong.json.error?.code, wrong.headers.allow],
    [405, 'METHOD_NOT_ALLOWED', 'POST'],
  );
  const broken = await ask({ port, path: '/api/%zz' });
  assert.deepEqual([broken.status, broken.json.error?.code], [400, 'REQUEST_INVALID']);
});

test('health is open, short and without internals', async (context) => {
  const { port } = await startTestServer(context, {
    health: () => ({ status: 'degraded', store: 'read-only' }),
  });
  const { json: health } = await ask({ port, path: '/health' });
  assert.deepEqual(Object.keys(health).sort(), ['status', 'store', 'timestamp', 'version']);
  assert.deepEqual([health.status, health.version], ['degraded', '1.2.3']);
  const head = await ask({ port, path: '/health', method: 'HEAD' });
  assert.deepEqual([head.status, head.text], [200, '']);
});

test('every route in the table has a scope, and a route without one cannot be registered', async (context) => {
  const { server } = await startTestServer(context, { routes: [echo] });
  const table = server.routeTable().map((row) => `${row.method} ${row.path} ${row.scope}`);
  assert.deepEqual(table.sort(), [
    'GET /* open',
    'GET /api/live read',
    'GET /api/metrics read',
    'GET /api/openapi.json open',
    'GET /api/ws/live read',
    'GET /health open',
    'GET /metrics read',
    'GET /packages.json read',
    'HEAD /* open',
    'HEAD /api/metrics read',
    'HEAD /api/openapi.json open',
    'HEAD /health open',
    'HEAD /metrics read',
    'HEAD /packages.json read',
    'POST /api/items/:id write',
    'POST /api/things/:id write',
  ]);
});
