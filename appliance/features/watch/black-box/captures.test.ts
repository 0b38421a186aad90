import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../core/errors.ts';
import { Timeline } from '../../../core/timeline.ts';
import { openTest, temporaryFolder } from '../../../store/test-store.ts';
import { fakeContext } from '../../../testing/fakes/context.ts';
import { FakeLatency, fakeTarget } from '../../../testing/fakes/latency.ts';
import { CaptureStore, captureMigrations } from './captures.ts';
import type { CapturedSeries } from './codec.ts';
import { BlackBoxService } from './service.ts';

const second = 1000;
const minute = 60 * second;
const one = fakeTarget({ id: 'one', segment: 'anchor', address: '203.0.113.1' });
const other = fakeTarget({ id: 'other', segment: 'anchor', address: '203.0.113.2', line: 'second' });

/** A black box on a real state.db, with targets on two lines that answer every second. */
async function open(t: Parameters<typeof openTest>[0]) {
  const { store } = await openTest(t, { dataFolder: temporaryFolder(t), migrations: captureMigrations });
  const latency = new FakeLatency([one, other]);
  const fake = fakeContext({ ports: { latency } });
  const stored: number[] = [];
  fake.bus.on('capture.stored', ({ id }) => stored.push(id));
  const service = new BlackBoxService({ ...fake.context, store });
  service.start();
  let isLost = false;
  const run = (ms: number) => {
    for (let passed = 0; passed < ms; passed += second) {
      const sent = fake.clock.monoMs();
      for (const { id } of [one, other]) isLost ? latency.lose(id, sent) : latency.answer(id, sent);
      fake.clock.advance(second);
    }
  };
  const written = async () => {
    while (stored.length === 0) await new Promise((done) => setImmediate(done));
  };
  return { ...fake, service, stored, run, written, lose: (on: boolean) => (isLost = on) };
}

test('a capture holds a minute before and half a minute after, of its line alone', async (t) => {
  const { service, clock, timeline, run, written, lose } = await open(t);
  run(2 * minute);
  const fromMonoMs = clock.monoMs();
  lose(true);
  service.freeze('outage-1', 'main', fromMonoMs);
  run(20 * second);
  lose(false);
  service.release('outage-1');
  run(40 * second);
  await written();
  const [capture] = await service.captures('outage-1');
  assert.ok(capture);
  assert.equal(Date.parse(capture.startedAt), Math.round(timeline.wallMs(fromMonoMs - minute)));
  assert.equal(Date.parse(capture.endedAt) - Date.parse(capture.startedAt), 110 * second);
  assert.deepEqual(
    capture.series.map(({ target }) => target),
    ['one'],
  );
  const { offsetsMs, rttMs } = capture.series[0] ?? { offsetsMs: [], rttMs: [] as (number | null)[] };
  assert.equal(offsetsMs.length, 111);
  assert.equal(rttMs.filter((rtt) => rtt === null).length, 20);
  assert.equal(offsetsMs[rttMs.indexOf(null)], minute);
  assert.ok(Math.abs((rttMs[0] ?? 0) - 15) < 0.01);
  assert.deepEqual(await service.captures('outage-2'), []);
});

test('a long event keeps its first three and its last two minutes', async (t) => {
  const { service, clock, run, written } = await open(t);
  run(2 * minute);
  service.freeze('outage-1', 'main', clock.monoMs());
  run(30 * minute);
  service.release('outage-1');
  run(40 * second);
  await written();
  const [capture] = await service.captures('outage-1');
  const offsets = capture?.series[0]?.offsetsMs ?? [];
  const lengthMs = 31.5 * minute;
  assert.equal(offsets[0], 0);
  assert.equal(offsets.filter((offset) => offset <= 3 * minute).length, 181);
  const tail = offsets.filter((offset) => offset > 3 * minute);
  assert.deepEqual([tail[0], tail.at(-1), tail.length], [lengthMs - 2 * minute, lengthMs, 121]);
});

test('an event that goes on after its release is one capture', async (t) => {
  const { service, clock, run, written, stored } = await open(t);
  run(minute);
  service.freeze('outage-1', 'main', clock.monoMs());
  service.release('outage-1');
  run(20 * second);
  service.freeze('outage-1', 'main', clock.monoMs());
  run(20 * second);
  service.release('outage-1');
  run(40 * second);
  await written();
  assert.equal(stored.length, 1);
  const [capture] = await service.captures('outage-1');
  assert.equal(capture?.series[0]?.offsetsMs.length, 60 + 40 + 30 + 1);
});

test('a stop stores what there is', async (t) => {
  const { service, clock, run, stored } = await open(t);
  run(minute);
  service.freeze('outage-1', 'main', clock.monoMs());
  run(10 * second);
  await service.stop();
  assert.equal(stored.length, 1);
  const [capture] = await service.captures('outage-1');
  assert.equal(capture?.series[0]?.offsetsMs.length, 70);
});

const few: CapturedSeries = {
  target: 'one',
  sentMonoMs: Float64Array.of(0, 50, 100),
  codes: Int16Array.of(9000, -1, 9001),
};

test('all captures together stay within twelve megabytes, the oldest go first', async (t) => {
  const { store } = await openTest(t, { dataFolder: temporaryFolder(t), migrations: captureMigrations });
  const sizeBytes = 2 ** 20;
  for (let number = 1; number <= 13; number += 1)
    await store.state.write([
      {
        sql: "insert into captures (key, line, started_ms, ended_ms, bytes, body) values (?, 'main', 0, 1, ?, ?)",
        parameters: [`outage-${number}`, sizeBytes, new Uint8Array(sizeBytes)],
      },
    ]);
  const captures = new CaptureStore({ ...fakeContext().context, store });
  captures.put({ key: 'outage-14', line: 'main', startMonoMs: 0, endMonoMs: 1, series: [few] });
  await captures.settle();
  const rows = await store.state.all<{ key: string }>('select key from captures order by id');
  // Eleven full ones and the small one are within twelve megabytes, twelve and the small one are not.
  assert.deepEqual(
    rows.map(({ key }) => key),
    Array.from({ length: 12 }, (_, index) => `outage-${index + 3}`),
  );
});

test('a capture waits for the disk, and gets its times when they are known', async (t) => {
  const { store } = await openTest(t, { dataFolder: temporaryFolder(t), migrations: captureMigrations });
  const { context, clock } = fakeContext();
  let isSynchronised = false;
  const timeline = new Timeline(clock, () => ({ isSynchronised, hasHardwareClock: false }), 0);
  let isFull = true;
  const write: typeof store.state.write = (statements) =>
    isFull
      ? Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'the disk is full'))
      : store.state.write(statements);
  const captures = new CaptureStore({
    ...context,
    timeline,
    store: { ...store, state: { ...store.state, write } },
  });
  const startMonoMs = clock.monoMs();
  const capture = {
    key: 'outage-1',
    line: 'main',
    startMonoMs,
    endMonoMs: startMonoMs + 1000,
    series: [few],
  };
  captures.put(capture);
  await captures.settle();
  assert.deepEqual(await captures.read('outage-1'), []);

  isFull = false;
  captures.retry();
  await captures.settle();
  const wrongMs = timeline.wallMs(startMonoMs);
  assert.equal((await captures.read('outage-1'))[0]?.startedAt, new Date(wrongMs).toISOString());

  clock.stepWall(86_400_000);
  isSynchronised = true;
  timeline.check();
  captures.restamp();
  await captures.settle();
  const [stamped] = await captures.read('outage-1');
  assert.equal(stamped?.startedAt, new Date(wrongMs + 86_400_000).toISOString());
  assert.equal(stamped?.endedAt, new Date(wrongMs + 86_401_000).toISOString());
  assert.deepEqual(
    stamped?.series[0]?.rttMs.map((rtt) => rtt === null),
    [false, true, false],
  );
});
