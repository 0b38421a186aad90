import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { toIso } from '../../../core/clock.ts';
import { beginMs, openTest, temporaryFolder } from '../../../store/test-store.ts';
import { NetworkTable, networkMigrations } from './network-table.ts';
import type { PathTrace } from './schema.ts';
import { type NewTrace, PathStore, pathMigrations } from './store.ts';

const dayMs = 86_400_000;

async function open(t: TestContext, dataFolder = temporaryFolder(t)) {
  const { store } = await openTest(t, { dataFolder, migrations: [...pathMigrations, ...networkMigrations] });
  return { paths: new PathStore(store.state), networks: new NetworkTable(store.state), store, dataFolder };
}

function newTrace(change: Partial<PathTrace> = {}, atMs = beginMs, hasPath = true): NewTrace {
  const hop = { name: null, network: null };
  const silent = { addresses: [], segment: null, sent: 2, lost: 2, rttMs: null, bestMs: null, worstMs: null };
  const trace: PathTrace = {
    id: 0,
    line: 'main',
    family: 'ipv4',
    target: 'one-ipv4',
    address: '203.0.113.10',
    at: toIso(atMs),
    reason: 'scheduled',
    fingerprint: 'abc',
    isReached: true,
    end: 'reached',
    hops: [
      {
        ...hop,
        ttl: 1,
        addresses: ['192.168.1.1'],
        segment: 'gateway',
        sent: 2,
        lost: 0,
        rttMs: 0.8,
        bestMs: 0.7,
        worstMs: 0.901,
      },
      { ...hop, ttl: 2, ...silent },
      {
        ...hop,
        ttl: 3,
        addresses: ['198.51.100.2', '198.51.100.6'],
        segment: 'transit',
        sent: 2,
        lost: 0,
        rttMs: 12,
        bestMs: 11.5,
        worstMs: 12.5,
      },
      {
        ...hop,
        ttl: 4,
        addresses: ['203.0.113.10'],
        segment: 'anchor',
        sent: 2,
        lost: 1,
        rttMs: 14.25,
        bestMs: 14.25,
        worstMs: 14.25,
      },
    ],
    ...change,
  };
  const hops = [['192.168.1.1'], ['100.64.0.1'], ['198.51.100.2'], ['203.0.113.10']];
  return { trace, path: hasPath ? { fingerprint: 'abc', hops } : null, atMs, startedMonoMs: 0 };
}

test('a trace comes back as it was, with and without a path it fits', async (t) => {
  const { paths } = await open(t);
  const on = newTrace();
  const off = newTrace({ target: 'two-ipv4', end: 'silent', isReached: false }, beginMs + 1000, false);
  const [first, second] = await paths.add([on, off]);
  assert.ok(first !== undefined && second !== undefined && second > first);
  assert.deepEqual(await paths.byId(first), { ...on.trace, id: first });
  assert.deepEqual(await paths.byId(second), { ...off.trace, id: second });
  assert.equal(await paths.byId(999), null);
});

test('what a path learns later does not change what a trace had seen', async (t) => {
  const { paths } = await open(t);
  const [id] = await paths.add([newTrace()]);
  const later = newTrace({}, beginMs + 1000);
  later.path?.hops[0]?.push('192.168.1.254');
  await paths.add([later]);
  assert.deepEqual((await paths.byId(id ?? 0))?.hops[0]?.addresses, ['192.168.1.1']);
  assert.deepEqual(
    (await paths.paths()).map(({ hops }) => hops[0]),
    [['192.168.1.1', '192.168.1.254']],
  );
});

test('traces are listed newest first, by time and target, and the newest of each target', async (t) => {
  const { paths } = await open(t);
  for (let i = 0; i < 6; i += 1)
    await paths.add([newTrace({ target: i % 2 === 0 ? 'one-ipv4' : 'two-ipv4' }, beginMs + i * 1000)]);
  const list = async (fromMs: number, toMs: number, target: string | null, limit = 100) =>
    (await paths.list({ fromMs, toMs, target, limit })).map(({ at }) => (Date.parse(at) - beginMs) / 1000);
  assert.deepEqual(await list(beginMs, beginMs + 10_000, null), [5, 4, 3, 2, 1, 0]);
  assert.deepEqual(await list(beginMs + 1000, beginMs + 4000, null), [3, 2, 1]);
  assert.deepEqual(await list(beginMs, beginMs + 10_000, 'two-ipv4', 2), [5, 3]);
  const newest = (await paths.newest()).map(({ target, at }) => [target, (Date.parse(at) - beginMs) / 1000]);
  assert.deepEqual(newest.sort(), [
    ['one-ipv4', 4],
    ['two-ipv4', 5],
  ]);
});

test('times that were not known yet are corrected', async (t) => {
  const { paths } = await open(t);
  const [id = 0] = await paths.add([newTrace()]);
  await paths.relabel([{ id, atMs: beginMs + 7 * dayMs }]);
  assert.equal((await paths.byId(id))?.at, toIso(beginMs + 7 * dayMs));
});

test('old traces, unused paths and old owners go; what is in use stays', async (t) => {
  const { paths, networks, store } = await open(t);
  await paths.add([newTrace({}, beginMs - 400 * dayMs), newTrace({ fingerprint: 'new' }, beginMs - dayMs)]);
  const gone = newTrace({}, beginMs - 400 * dayMs);
  await paths.add([{ ...gone, path: { fingerprint: 'gone', hops: [['x']] } }]);
  await networks.add(
    new Map([['192.0.2.1', { asn: 64500, owner: 'Old', prefix: '192.0.2.0/24' }]]),
    beginMs - 31 * dayMs,
  );
  await networks.add(new Map([['192.0.2.2', null]]), beginMs);
  await paths.prune(beginMs);
  await networks.prune(beginMs);
  const count = async (table: string) =>
    (await store.state.all<{ n: number }>(`select count(*) as n from ${table}`))[0]?.n;
  assert.equal(await count('path_traces'), 1);
  assert.deepEqual(
    (await paths.paths()).map(({ fingerprint }) => fingerprint),
    ['abc'],
  );
  assert.deepEqual([...(await networks.all(0)).keys()], ['192.0.2.2']);
});

test('routers that were found survive a restart', async (t) => {
  const { paths, store, dataFolder } = await open(t);
  await paths.setTransit('main', 'ipv4', ['198.51.100.2', '198.51.100.9']);
  await paths.setTransit('main', 'ipv6', ['2001:db8::2']);
  await paths.setTransit('main', 'ipv4', ['198.51.100.3']);
  await store.close();
  const again = await open(t, dataFolder);
  assert.deepEqual(
    (await again.paths.transit()).map(({ family, position, address }) => [family, position, address]),
    [
      ['ipv4', 1, '198.51.100.3'],
      ['ipv6', 1, '2001:db8::2'],
    ],
  );
});
