import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statisticsOf } from '../core/statistics.ts';
import { slot } from '../core/storing.ts';
import type { SteppedClock } from './bench-cases.ts';
import type { OpenStore } from './index.ts';
import { dayMs, hourMs } from './schema.ts';
import { randomOf, simulatedLine } from './simulated-line.ts';
import { beginMs, icmp, minute, openTest, same, temporaryFolder } from './test-store.ts';

const known = (clock: SteppedClock) => ({ offsetMs: clock.offsetMs, isKnown: true });

/** Lets minutes go by; `rtt` gives the round-trip time of a second. */
async function live(
  store: OpenStore,
  clock: SteppedClock,
  series: number,
  minutes: number,
  rtt: (second: number) => number,
): Promise<void> {
  for (let count = 0; count < minutes; count += 1) {
    const at = clock.wallMs() / 1000;
    const values = Array.from({ length: 60 }, (_, second) => rtt(at + second));
    store.measurements.append(minute(series, clock.monoMs(), values));
    clock.advance(60_000);
    await store.health(); // answered after all before it
  }
}

test('memory, packets, chunks and rollups give one answer, and compaction does not change it', async (t) => {
  const { store, clock } = await openTest(t, { dataFolder: temporaryFolder(t) });
  const { measurements } = store;
  measurements.setAnchor(known(clock));
  const id = await measurements.openSeries(icmp);
  const line = simulatedLine(3, 20_000);
  const samples: number[] = [];
  const rtt = (second: number) => {
    const value = line(second);
    samples.push(value);
    return value;
  };
  const hour = { series: id, fromMs: beginMs, toMs: beginMs + hourMs };
  await live(store, clock, id, 60, rtt);
  const inMemory = await measurements.points({ ...hour, stepMs: 60_000 });
  await measurements.flush();
  const inPackets = await measurements.points({ ...hour, stepMs: 60_000 });
  await live(store, clock, id, 130, rtt);
  const inChunk = await measurements.points({ ...hour, stepMs: 60_000 });
  assert.deepEqual(inPackets, inMemory);
  assert.deepEqual(inChunk, inMemory);
  assert.equal(inMemory.points.length, 60);
  const { points } = await measurements.points({ ...hour, stepMs: hourMs });
  const { p50Us, p95Us, count, lost, jitterUs } = statisticsOf(samples.slice(0, 3600), 1000);
  const [rollup] = points;
  assert.equal(points.length, 1);
  assert.equal(rollup?.count, count);
  assert.equal(rollup?.lost, lost);
  assert.ok(Math.abs((rollup?.p50Us ?? 0) - p50Us) < 0.001, 'the rollup keeps ns');
  assert.ok(Math.abs((rollup?.p95Us ?? 0) - p95Us) < 0.001);
  assert.ok(Math.abs((rollup?.jitterUs ?? 0) - jitterUs) < 0.001);
  const all = await measurements.samples({ ...hour, toMs: beginMs + 4 * hourMs, limit: 100_000 });
  assert.equal(all.atMs.length, samples.length);
  assert.deepEqual(
    [...all.rttUs].map((us) => us < 0),
    samples.map((us) => us < 0),
  );
  assert.ok(all.atMs.every((at, index) => Math.abs(at - beginMs - index * 1000) < 0.01));
});

test('a range that begins and ends within a minute counts exactly its seconds', async (t) => {
  const { store, clock } = await openTest(t, { dataFolder: temporaryFolder(t) });
  store.measurements.setAnchor(known(clock));
  const id = await store.measurements.openSeries(icmp);
  await live(store, clock, id, 200, () => 5000);
  const range = { series: id, fromMs: beginMs + 90_500, toMs: beginMs + 2 * hourMs + 30_500 };
  const statistics = await store.measurements.statistics(range);
  assert.equal(statistics.count, 7140);
  assert.equal(statistics.measuredMs, 7_140_000);
  const { points } = await store.measurements.points({ ...range, stepMs: 60_000 });
  assert.deepEqual([points.length, points[0]?.count, points.at(-1)?.count], [120, 29, 31]);
});

test('a gap stays a gap, a lost slot is lost, a skipped slot is neither', async (t) => {
  const { store, clock } = await openTest(t, { dataFolder: temporaryFolder(t) });
  store.measurements.setAnchor(known(clock));
  const id = await store.measurements.openSeries(icmp);
  store.measurements.append(
    minute(id, clock.monoMs(), [...same(1000, 30), ...same(slot.timeout, 20), ...same(slot.skipped, 10)]),
  );
  store.measurements.append(minute(id, clock.monoMs() + 180_000, same(slot.unreachable)));
  const range = { series: id, fromMs: beginMs, toMs: beginMs + hourMs };
  const { points } = await store.measurements.points({ ...range, stepMs: 60_000 });
  assert.deepEqual(
    points.map((point) => [point.atMs - beginMs, point.count, point.lost]),
    [
      [0, 50, 20],
      [180_000, 60, 60],
    ],
  );
  assert.ok(Number.isNaN(points[1]?.p50Us));
});

test('the live minute is part of the answer without being appended', async (t) => {
  const { store, clock } = await openTest(t, { dataFolder: temporaryFolder(t) });
  store.measurements.setAnchor(known(clock));
  const id = await store.measurements.openSeries(icmp);
  store.measurements.append(minute(id, clock.monoMs(), same(1000)));
  const range = { series: id, fromMs: beginMs, toMs: beginMs + hourMs };
  const liveMinute = minute(id, clock.monoMs() + 60_000, same(2000, 30));
  assert.equal((await store.measurements.statistics({ ...range, live: liveMinute })).count, 90);
  const again = minute(id, clock.monoMs(), same(1000));
  assert.equal((await store.measurements.statistics({ ...range, live: again })).count, 60, 'never twice');
});

test('packets of a boot without a clock are stamped when it becomes known', async (t) => {
  const dataFolder = temporaryFolder(t);
  const { store, clock } = await openTest(t, { dataFolder });
  const id = await store.measurements.openSeries(icmp);
  store.measurements.setAnchor({ offsetMs: 0, isKnown: false });
  await live(store, clock, id, 90, () => 3000);
  store.measurements.setAnchor(known(clock));
  await live(store, clock, id, 30, () => 3000);
  const range = { series: id, fromMs: beginMs, toMs: beginMs + 2 * hourMs };
  const { points } = await store.measurements.points({ ...range, stepMs: 60_000 });
  assert.equal(points.length, 120);
  assert.ok(points.every((point, index) => point.count === 60 && point.atMs === beginMs + index * 60_000));
});

test('a step of the clock by an hour, forth and back, leaves no gap and no double', async (t) => {
  const { store, clock } = await openTest(t, { dataFolder: temporaryFolder(t) });
  store.measurements.setAnchor(known(clock));
  const id = await store.measurements.openSeries(icmp);
  await live(store, clock, id, 50, () => 3000);
  store.measurements.setAnchor({ offsetMs: clock.offsetMs + hourMs, isKnown: true });
  await live(store, clock, id, 20, () => 3000);
  const moved = { series: id, fromMs: beginMs + hourMs, toMs: beginMs + 3 * hourMs };
  assert.equal((await store.measurements.points({ ...moved, stepMs: 60_000 })).points.length, 70);
  store.measurements.setAnchor(known(clock));
  await live(store, clock, id, 200, () => 3000);
  const all = { series: id, fromMs: beginMs - dayMs, toMs: beginMs + dayMs };
  const { points } = await store.measurements.points({ ...all, stepMs: 60_000 });
  assert.equal(points.length, 270);
  assert.ok(points.every((point) => point.count === 60));
});

test('days and hours of a year add up to the samples they were made of', async (t) => {
  const { store, clock } = await openTest(t, { dataFolder: temporaryFolder(t) });
  store.measurements.setAnchor(known(clock));
  const id = await store.measurements.openSeries(icmp);
  const random = randomOf(9);
  const first = beginMs - 3 * dayMs;
  const all: number[] = [];
  for (let hour = 0; hour < 72; hour += 1) {
    const rttUs = Float64Array.from({ length: 120 }, () => 10_000 + random() * 5000);
    all.push(...rttUs);
    const run = { startMonoMs: 0, intervalMs: 30_000, rttUs, duplicates: 1, reordered: 0, late: 0 };
    await store.measurements.importHour(id, first + hour * hourMs, [run]);
    await store.measurements.importHour(id, first + hour * hourMs, [run]); // again: it replaces itself
  }
  const range = { series: id, fromMs: first, toMs: beginMs };
  const fromHours = await store.measurements.statistics(range);
  for (let minutes = 0; minutes < 30; minutes += 1) {
    clock.advance(6 * 60_000);
    await store.health();
  }
  const fromDays = await store.measurements.statistics(range);
  assert.ok(Math.abs(fromDays.jitterUs - fromHours.jitterUs) < 0.001, 'kept to a ns');
  assert.deepEqual({ ...fromDays, jitterUs: 0 }, { ...fromHours, jitterUs: 0 });
  assert.equal(fromDays.count, 72 * 120);
  assert.equal(fromDays.duplicates, 72);
  assert.equal(fromDays.p50Us, statisticsOf(all, 30_000).p50Us, 'merging hours equals the whole, exactly');
  const days = await store.measurements.points({ ...range, stepMs: dayMs });
  assert.deepEqual(
    days.points.map((point) => point.count),
    [2880, 2880, 2880],
  );
});

test('where samples were retired the step becomes an hour, and says so', async (t) => {
  const { store, clock } = await openTest(t, { dataFolder: temporaryFolder(t) });
  store.measurements.setAnchor(known(clock));
  const id = await store.measurements.openSeries(icmp);
  const first = beginMs - 3 * dayMs;
  for (let hour = 0; hour < 71; hour += 1) {
    const rttUs = Float64Array.from(same(4000, 120));
    const run = { startMonoMs: 0, intervalMs: 30_000, rttUs, duplicates: 0, reordered: 0, late: 0 };
    await store.measurements.importHour(id, first + hour * hourMs, [run]);
  }
  const range = { series: id, fromMs: first, toMs: beginMs };
  assert.equal((await store.measurements.points({ ...range, stepMs: 600_000 })).stepMs, 600_000);
  store.setRetention({ rawDays: 1, hourDays: 1825, maxMb: 512 });
  clock.advance(6 * 60_000);
  await store.health(); // the first tick is answered, the next one is due
  await store.health();
  const retired = await store.measurements.points({ ...range, stepMs: 600_000 });
  assert.equal(retired.stepMs, hourMs);
  assert.equal(retired.points.length, 71);
  const young = { ...range, fromMs: beginMs - hourMs * 20 };
  assert.equal((await store.measurements.points({ ...young, stepMs: 600_000 })).stepMs, 600_000);
  const extent = await store.measurements.extent(id);
  assert.deepEqual(extent, { fromMs: first, toMs: beginMs - hourMs });
});

test('beyond the size budget the oldest samples go first, and the hourly statistics stay', async (t) => {
  const { store, clock } = await openTest(t, { dataFolder: temporaryFolder(t) });
  store.measurements.setAnchor(known(clock));
  const id = await store.measurements.openSeries(icmp);
  const first = beginMs - 20 * dayMs;
  const line = simulatedLine(1, 20_000);
  for (let hour = 0; hour < 479; hour += 1) {
    const rttUs = Float64Array.from({ length: 3600 }, (_, second) => line(hour * 3600 + second));
    const run = { startMonoMs: 0, intervalMs: 1000, rttUs, duplicates: 0, reordered: 0, late: 0 };
    await store.measurements.importHour(id, first + hour * hourMs, [run]);
  }
  await store.measurements.flush();
  const before = (await store.health()).measurementBytes;
  store.setRetention({ rawDays: 365, hourDays: 1825, maxMb: 1 });
  for (let count = 0; count < 30; count += 1) {
    clock.advance(60_000);
    await store.health();
  }
  const old = await store.measurements.samples({ series: id, fromMs: first, toMs: first + dayMs, limit: 10 });
  assert.equal(old.atMs.length, 0);
  const young = { series: id, fromMs: beginMs - dayMs, toMs: beginMs, limit: 10 };
  assert.equal((await store.measurements.samples(young)).atMs.length, 10);
  const all = await store.measurements.statistics({ series: id, fromMs: first, toMs: beginMs });
  assert.equal(all.count, 479 * 3600);
  assert.ok(before > 1e6);
});

test('the week is shown as clocks on the wall show it', async (t) => {
  const { store, clock } = await openTest(t, { dataFolder: temporaryFolder(t) });
  store.measurements.setAnchor(known(clock));
  const id = await store.measurements.openSeries(icmp);
  await live(store, clock, id, 120, (second) => (second * 1000 < beginMs + hourMs ? 1000 : 2000));
  const range = { series: id, fromMs: beginMs, toMs: beginMs + dayMs };
  const cells = await store.measurements.heatmap({ ...range, timezone: 'America/New_York' });
  assert.deepEqual(
    cells.map((cell) => [cell.day, cell.hour, cell.count, Math.round(cell.p50Us / 100)]),
    [
      [6, 19, 3600, 10],
      [6, 20, 3600, 20],
    ],
  );
});

test('a question without an answer is refused by what is wrong with it', async (t) => {
  const { store } = await openTest(t, { dataFolder: temporaryFolder(t) });
  const range = { series: 1, fromMs: beginMs, toMs: beginMs + hourMs };
  await assert.rejects(store.measurements.points({ ...range, stepMs: 0 }), {
    code: 'QUERY_INVALID',
    message: /step of 0/,
  });
  await assert.rejects(store.measurements.statistics({ ...range, fromMs: Number.NEGATIVE_INFINITY }), {
    status: 400,
  });
  await assert.rejects(store.measurements.samples({ ...range, toMs: 0, limit: 1 }), {
    code: 'QUERY_INVALID',
  });
  assert.deepEqual((await store.measurements.points({ ...range, stepMs: 60_000 })).points, []);
  assert.equal(await store.measurements.extent(1), null);
  assert.ok(Number.isNaN((await store.measurements.statistics(range)).p50Us));
});

test('an hour to import must begin on the hour and keep within it', async (t) => {
  const { store } = await openTest(t, { dataFolder: temporaryFolder(t) });
  const id = await store.measurements.openSeries(icmp);
  const run = {
    startMonoMs: 0,
    intervalMs: 1000,
    rttUs: Float64Array.from(same(1, 3601)),
    duplicates: 0,
    reordered: 0,
    late: 0,
  };
  await assert.rejects(store.measurements.importHour(id, beginMs, [run]), { code: 'IMPORT_INVALID' });
  await assert.rejects(store.measurements.importHour(id, beginMs + 1, []), { code: 'IMPORT_INVALID' });
});
