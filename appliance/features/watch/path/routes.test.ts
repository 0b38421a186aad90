import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Route } from '../../../core/feature.ts';
import { openTest, temporaryFolder } from '../../../store/test-store.ts';
import { localRequest } from '../../../testing/fakes/request.ts';
import { stations, tracedLine } from '../../../testing/fakes/traced-line.ts';
import { networkMigrations } from './network-table.ts';
import { pathRoutes } from './routes.ts';
import type { MtuResult, PathTrace, PathTraceList, TraceResult } from './schema.ts';
import { PathService } from './service.ts';
import { pathMigrations } from './store.ts';

async function scene(t: TestContext) {
  const { store } = await openTest(t, {
    dataFolder: temporaryFolder(t),
    migrations: [...pathMigrations, ...networkMigrations],
  });
  const line = tracedLine({ store });
  line.internet.paths['192.0.2.77'] = [stations.gateway, stations.isp];
  line.names.addresses['far.example'] = ['192.0.2.77'];
  const service = new PathService(line.context);
  t.after(() => service.stop());
  await service.start();
  await line.pass(3000);
  const routes = pathRoutes(line.context, service);
  /** Calls a route as the server does once it has checked the request. */
  async function call<Result>(
    name: string,
    { query = {}, params = {}, body = {} }: Partial<Record<'query' | 'params' | 'body', unknown>> = {},
  ): Promise<Result> {
    const route = routes.find(({ method, path }: Route) => `${method} ${path}` === name);
    assert.ok(route, name);
    const answer = Promise.resolve(route.handle(localRequest({ query, params, body })));
    return (await line.done(answer)) as Result; // what its schema says
  }
  return { ...line, service, call };
}

test('the newest traces, the stored ones and a single one are told', async (t) => {
  const { call } = await scene(t);
  const { traces } = await call<PathTraceList>('GET /api/paths');
  assert.deepEqual(
    traces.map(({ target }) => target),
    ['a1-ipv4', 'a2-ipv4'],
  );
  assert.deepEqual(await call('GET /api/paths', { query: { line: 'other' } }), { traces: [] });
  const list = await call<PathTraceList>('GET /api/traces', { query: { limit: 10 } });
  assert.equal(list.traces.length, 2);
  const one = list.traces[0];
  assert.deepEqual(await call<PathTrace>('GET /api/traces/:id', { params: { id: one?.id } }), one);
  await assert.rejects(call('GET /api/traces/:id', { params: { id: 4711 } }), {
    code: 'TRACE_UNKNOWN',
    status: 404,
  });
});

test('a trace by hand goes to the first anchor, a named target or any host', async (t) => {
  const { call, service } = await scene(t);
  const trace = (body: object) => call<TraceResult>('POST /api/trace', { body: { maxHops: 30, ...body } });
  const first = await trace({});
  assert.deepEqual([first.target, first.isReached, first.hops.length], ['a1-ipv4', true, 4]);
  assert.equal((await service.byId(first.id ?? 0))?.reason, 'manual');
  assert.equal((await trace({ host: 'two' })).target, 'a2-ipv4');
  assert.equal((await trace({ target: 'isp-ipv4' })).target, 'isp-ipv4');
  const far = await trace({ host: 'far.example' });
  assert.deepEqual(
    [far.target, far.id, far.address, far.hops.at(-1)?.addresses],
    [null, null, '192.0.2.77', ['192.0.2.77']],
  );
  const short = await trace({ host: '192.0.2.77', maxHops: 2, protocol: 'udp' });
  assert.deepEqual([short.end, short.protocol, short.hops.length], ['max-hops', 'udp', 2]);
});

test('what cannot be traced is refused in words', async (t) => {
  const { call } = await scene(t);
  const trace = (body: object) => call('POST /api/trace', { body: { maxHops: 30, ...body } });
  await assert.rejects(trace({ target: 'nobody' }), { code: 'TARGET_UNKNOWN', status: 404 });
  await assert.rejects(trace({ host: 'nowhere.example' }), {
    code: 'HOST_INVALID',
    message: /has no address/,
  });
  await assert.rejects(trace({ host: 'a b' }), { code: 'HOST_INVALID', message: /neither an address/ });
  await assert.rejects(trace({ host: '192.0.2.77', family: 'ipv6' }), { message: /is not an IPv6 address/ });
});

test('only a few traces run at the same time', async (t) => {
  const { call, net } = await scene(t);
  net.trace = () => new Promise(() => undefined);
  for (let i = 0; i < 3; i += 1)
    call('POST /api/trace', { body: { host: '192.0.2.77', maxHops: 5 } }).catch(() => undefined);
  await assert.rejects(call('POST /api/trace', { body: { host: '192.0.2.77', maxHops: 5 } }), {
    code: 'TRACE_BUSY',
    status: 429,
  });
});

test('the path MTU by hand comes with advice', async (t) => {
  const { call, internet } = await scene(t);
  const mtu = (body: object) => call<MtuResult>('POST /api/mtu', { body });
  const full = await mtu({});
  assert.deepEqual(
    [full.target, full.mtu, full.verdict, full.mssBytes, full.standardMtu],
    ['a1-ipv4', 1500, 'full', 1460, 1500],
  );
  internet.limit = { behind: stations.isp, mtu: 1400, isTold: false };
  const hole = await mtu({ host: 'far.example' });
  assert.deepEqual([hole.verdict, hole.mtu], ['black-hole', 1400]);
  assert.match(hole.advice, /vanish without a word/);
});

test('where large packets pass to others, the host itself is suspected', async (t) => {
  const { call, internet, service, pass } = await scene(t);
  service.mtu.refresh();
  await pass(6000);
  internet.smallOnly.set('192.0.2.77', 1000);
  const found = await call<MtuResult>('GET /api/diagnostics/mtu', { query: { host: '192.0.2.77' } });
  assert.match(found.advice, /may not answer large pings/);
});
