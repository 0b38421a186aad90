import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { StateStore } from '../../../core/storing.ts';
import { openJudgedLine } from '../../../testing/fakes/judged-line.ts';
import { OutageHistory } from './history.ts';
import { OutageKeeper } from './keeper.ts';
import type { OutageRecord } from './records.ts';
import { OutageStore, outageMigrations } from './records-store.ts';

const record = (key: number, startMs: number, endMs: number | null = null): OutageRecord => ({
  key,
  line: 'main',
  families: ['ipv4'],
  kind: 'outage',
  symptom: 'no-answer',
  target: null,
  startMs,
  lastMs: endMs ?? startMs + 1000,
  endMs,
  endedBy: endMs === null ? null : 'recovery',
  announcedMs: startMs + 1500,
  decidedMs: startMs + 3000,
  verdict: 'access',
  candidates: ['access'],
  confidence: 0.9,
  segment: 'access',
  cause: null,
  rule: 'no-answer/access',
  nodes: [],
  facts: [],
  phases: [],
});

async function open(t: TestContext) {
  const world = await openJudgedLine(t, outageMigrations);
  const disk = { isFull: false };
  const { state } = world.store;
  const watched: StateStore = {
    all: (...words) => state.all(...words),
    write: (statements) =>
      disk.isFull ? Promise.reject(new Error('database or disk is full')) : state.write(statements),
  };
  const store = new OutageStore(watched, 'this-boot');
  const history = new OutageHistory(world.context, store);
  const seen: string[] = [];
  const keeper = new OutageKeeper(world.context, store, history, {
    opened: ({ key }) => seen.push(`opened ${key}`),
    closed: ({ key }) => seen.push(`closed ${key}`),
    save: () => seen.push('save'),
  });
  const offsetMs = world.timeline.anchor.offsetMs;
  const stored = async () => (await store.between(0, 1e15, 100)).map((one) => one.record);
  return { ...world, disk, keeper, store, seen, stored, offsetMs };
}

test('events are told once the record is on disk, in order', async (t) => {
  const { keeper, bus, store, seen } = await open(t);
  const told: string[] = [];
  for (const event of ['outage.opened', 'outage.updated', 'outage.closed'] as const)
    bus.on(event, async ({ id }) => told.push(`${event} ${(await store.byId(id))?.record.key}`));
  keeper.follow({ type: 'opened', record: record(1, 1000) });
  keeper.follow({ type: 'updated', record: { ...record(1, 1000), verdict: 'isp' } });
  keeper.follow({ type: 'closed', record: record(1, 1000, 9000) });
  await keeper.settled();
  await store.between(0, 1, 1);
  assert.deepEqual(told, ['outage.opened 1', 'outage.updated 1', 'outage.closed 1']);
  assert.deepEqual(seen, ['opened 1', 'closed 1']);
  assert.deepEqual(keeper.counts(), [{ kind: 'outage', verdict: 'access', count: 1 }]);
  assert.equal(keeper.openCount, 0);
});

test('a record that met a full disk is written when there is room again', async (t) => {
  const { keeper, disk, stored, log } = await open(t);
  disk.isFull = true;
  keeper.follow({ type: 'opened', record: record(1, 1000) });
  keeper.follow({ type: 'updated', record: record(1, 1000) });
  await keeper.settled();
  assert.deepEqual(await stored(), []);
  assert.ok(log.lines.some(({ message }) => message.includes('could not be written')));
  disk.isFull = false;
  keeper.follow({ type: 'closed', record: record(1, 1000, 9000) });
  await keeper.settled();
  assert.deepEqual(
    (await stored()).map(({ key, endMs }) => [key, endMs]),
    [[1, 9000]],
  );
});

test('the end of a record may still move after others have ended', async (t) => {
  const { keeper, stored } = await open(t);
  for (const key of [1, 2, 3]) {
    keeper.follow({ type: 'opened', record: record(key, key * 10_000) });
    keeper.follow({ type: 'closed', record: record(key, key * 10_000, key * 10_000 + 2000) });
  }
  keeper.follow({ type: 'updated', record: record(1, 10_000, 12_500) });
  await keeper.settled();
  assert.deepEqual((await stored()).map(({ endMs }) => endMs).sort(), [12_500, 22_000, 32_000]);
});

test('how far an open record has come is written only when it has', async (t) => {
  const { keeper, stored } = await open(t);
  keeper.follow({ type: 'opened', record: record(1, 1000) });
  keeper.keep([{ ...record(1, 1000), lastMs: 61_000 }]);
  keeper.keep([{ ...record(1, 1000), lastMs: 61_000 }]);
  await keeper.settled();
  assert.deepEqual(
    (await stored()).map(({ lastMs, endMs }) => [lastMs, endMs]),
    [[61_000, null]],
  );
});

test('what an earlier run left open ends where that run was last alive', async (t) => {
  const { keeper, stored, store } = await open(t);
  await store.insert(record(7, 5000), 0);
  await keeper.closeLeftOpen();
  const [left] = await stored();
  assert.deepEqual([left?.endMs, left?.endedBy], [6000, 'gap']);
});

test('spans tell the same times as the records they leave out', async (t) => {
  const { keeper, store, offsetMs } = await open(t);
  keeper.follow({ type: 'opened', record: record(1, 1000) });
  keeper.follow({ type: 'closed', record: record(1, 1000, 9000) });
  keeper.follow({ type: 'opened', record: record(2, 20_000) });
  await keeper.settled();
  const from = Math.round(offsetMs);
  assert.deepEqual(await store.spans(from, from + 60_000), [
    { line: 'main', kind: 'outage', verdict: 'access', startMs: from + 1000, endMs: from + 9000 },
    { line: 'main', kind: 'outage', verdict: 'access', startMs: from + 20_000, endMs: null },
  ]);
});
