import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import Value from 'typebox/value';
import { toIso } from '../../../core/clock.ts';
import { openTest, temporaryFolder } from '../../../store/test-store.ts';
import { failedResult, speedResult } from '../../../testing/fakes/speedtests.ts';
import { SpeedTest } from './schema.ts';
import { TestStore, testMigrations } from './store.ts';

const noon = Date.UTC(2026, 10, 22, 12);
const minuteMs = 60_000;
const all = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 100 };

async function stored(t: TestContext) {
  const { store } = await openTest(t, { dataFolder: temporaryFolder(t), migrations: testMigrations });
  return { store, tests: new TestStore(store.state) };
}

const at = (minutes: number) => ({ at: toIso(noon + minutes * minuteMs) });

test('a test is read back as it was measured, with its details where they are asked for', async (t) => {
  const { tests } = await stored(t);
  const result = speedResult({ downloadMbps: 95.437, idleMs: 11.532, flags: ['burst', 'lossy'] });
  const added = await tests.add({ ...result, downloadMbps: 95.4371 });
  const { id } = added;
  const read = await tests.byId(id);
  assert.deepEqual(read, { id, ...result });
  assert.deepEqual(read, added);
  assert.ok(Value.Check(SpeedTest, read));
  const { details, ...without } = result;
  assert.deepEqual((await tests.list(all)).tests, [{ id, ...without }]);
  assert.deepEqual((await tests.list({ ...all, hasDetails: true })).tests[0]?.details, details);
  assert.equal(await tests.byId('999'), null);
  assert.equal(await tests.byId('x'), null);
});

test('a failure has a reason and no number', async (t) => {
  const { tests } = await stored(t);
  const { id } = await tests.add(failedResult('stalled'));
  const read = await tests.byId(id);
  assert.deepEqual(
    [read?.outcome, read?.downloadMbps, read?.uploadMbps, read?.idleMs],
    ['failed', null, null, null],
  );
  assert.equal(read?.details?.failure?.reason, 'stalled');
});

test('pages follow each other without a gap or a double, also where moments are the same', async (t) => {
  const { tests } = await stored(t);
  const minutes = [5, 1, 1, 1, 3, 2, 4];
  await tests.addAll(minutes.map((minute) => speedResult(at(minute))));
  const seen: string[] = [];
  let before: string | undefined;
  do {
    const page = await tests.list({ ...all, limit: 2, before });
    seen.push(...page.tests.map((one) => `${one.at} ${one.id}`));
    before = page.next ?? undefined;
  } while (before !== undefined);
  assert.equal(seen.length, minutes.length);
  assert.deepEqual(
    seen,
    [...seen].sort((one, other) => (one < other ? 1 : -1)),
  );
  assert.equal(new Set(seen).size, minutes.length);
  await assert.rejects(tests.list({ ...all, before: 'yesterday' }), { code: 'CURSOR_INVALID', status: 400 });
});

test('tests are chosen by time, line, engine, family and outcome', async (t) => {
  const { tests } = await stored(t);
  await tests.addAll([
    speedResult(at(0)),
    speedResult({ ...at(1), line: 'lte', engine: 'mlab', family: 'ipv6' }),
    failedResult('tls', 'failed', { ...at(2), family: null }),
  ]);
  const count = async (change: object) => (await tests.list({ ...all, ...change })).tests.length;
  assert.equal(await count({}), 3);
  assert.equal(await count({ fromMs: noon + minuteMs }), 2);
  assert.equal(await count({ toMs: noon }), 1);
  assert.equal(await count({ line: 'lte' }), 1);
  assert.equal(await count({ engine: 'peer' }), 2);
  assert.equal(await count({ family: 'ipv6' }), 1);
  assert.equal(await count({ outcome: 'failed', line: 'main' }), 1);
  assert.equal(await count({ skip: 2 }), 1);
});

test('the facts that the schedule needs come from tests that measured something', async (t) => {
  const { tests } = await stored(t);
  await tests.addAll([
    speedResult({ ...at(0), bytes: 1000, details: { kind: 'full' } }),
    speedResult({ ...at(1), bytes: 200 }),
    speedResult({ ...at(2), bytes: 300, family: 'ipv6' }),
    failedResult('reset', 'failed', { ...at(3), bytes: 7 }),
    failedResult('line-wanted', 'busy', at(4)),
    speedResult({ ...at(5), line: 'lte' }),
  ]);
  const cost = (kind: string, bytes: number) => ({ engine: 'peer', kind, bytes });
  assert.deepEqual(await tests.costs('main', 5), [
    cost('quick', 300),
    cost('quick', 200),
    cost('full', 1000),
  ]);
  assert.deepEqual(await tests.costs('main', 1), [cost('quick', 300), cost('full', 1000)]);
  assert.equal(await tests.loadedAtMs('main'), noon + 3 * minuteMs);
  assert.equal(await tests.loadedAtMs('none'), null);
  assert.equal((await tests.latest('main', 'full'))?.bytes, 1000);
  assert.equal(await tests.latest('main', 'estimate'), null);
  assert.equal((await tests.latest('main'))?.family, 'ipv6');
  assert.equal((await tests.alike({ line: 'main', engine: 'peer', family: 'ipv4' }, 9)).length, 2);
  assert.equal((await tests.alike({ line: 'main', engine: 'peer' }, 9)).length, 3);
  assert.equal((await tests.alike({ line: 'main', engine: 'peer', family: null }, 9)).length, 0);
});

test('the list is bounded: old tests lose their details, then themselves', { timeout: 60_000 }, async (t) => {
  const { tests, store } = await stored(t);
  await tests.add(speedResult(at(0)));
  await store.state.write([
    {
      sql: `insert into speed_tests select 20000, at_ms + 1, line, family, engine, server, outcome, kind, download_kbps,
              upload_kbps, idle_us, loaded_down_us, loaded_up_us, grade, rpm, bytes, flags, details from speed_tests`,
    },
    {
      sql: `insert into speed_tests select 17500, at_ms + 1, line, family, engine, server, outcome, kind, download_kbps,
              upload_kbps, idle_us, loaded_down_us, loaded_up_us, grade, rpm, bytes, flags, details from speed_tests
              where id = 1`,
    },
  ]);
  await tests.add(speedResult(at(1)));
  assert.equal(await tests.byId('1'), null);
  assert.ok((await tests.byId('17500'))?.details);
  await store.state.write([{ sql: 'update speed_tests set id = 20600 where id = 20001' }]);
  await tests.add(speedResult(at(2)));
  assert.equal((await tests.byId('17500'))?.details, undefined);
  assert.equal((await tests.byId('17500'))?.downloadMbps, 95);
});
