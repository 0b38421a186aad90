import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { countsOf, nearest, pausesOf, seriesOf, topOf, trendOf, valuesOf } from './speed-maths.ts';

const hour = 3_600_000;
const speedTest = (atHours: number, change: Partial<SpeedTest> = {}): SpeedTest => ({
  id: String(atHours),
  at: new Date(atHours * hour).toISOString(),
  line: 'main',
  family: 'ipv4',
  engine: 'peer',
  server: 'attic',
  outcome: 'ok',
  downloadMbps: 90 + (atHours % 3),
  uploadMbps: 18,
  idleMs: 12,
  loadedDownMs: 40,
  loadedUpMs: 200,
  grade: 'C',
  rpm: 300,
  bytes: 40e6,
  flags: [],
  ...change,
});
const failed = (atHours: number) =>
  speedTest(atHours, { outcome: 'failed', downloadMbps: null, uploadMbps: null, family: null });

test('engines, lines and families are series of their own', () => {
  const series = seriesOf([
    speedTest(1),
    speedTest(2),
    speedTest(3, { engine: 'mlab' }),
    speedTest(4, { line: 'lte' }),
    speedTest(5, { family: 'ipv6' }),
  ]);
  assert.deepEqual(
    series.map((one) => [one.line, one.engine, one.family, one.tests.length]),
    [
      ['main', 'peer', 'ipv4', 2],
      ['lte', 'peer', 'ipv4', 1],
      ['main', 'mlab', 'ipv4', 1],
      ['main', 'peer', 'ipv6', 1],
    ],
  );
});

test('a test that failed before it had a family stands among those of its line and engine', () => {
  const [first, second] = seriesOf([failed(3), speedTest(2), speedTest(1), speedTest(0, { engine: 'http' })]);
  assert.deepEqual(
    first?.tests.map(({ id }) => id),
    ['1', '2', '3'],
  );
  assert.equal(second?.tests.length, 1);
});

test('what failed has no value, and never a zero', () => {
  assert.deepEqual(valuesOf([failed(1), speedTest(3)], 'down'), [90]);
  assert.deepEqual(valuesOf([failed(1)], 'delay'), []);
  assert.deepEqual(countsOf([failed(1), speedTest(2), speedTest(3, { outcome: 'busy' })]), {
    ok: 1,
    failed: 1,
    skipped: 1,
  });
});

test('a running median is broken by a failure and by a pause', () => {
  const tests = [0, 4, 8, 12, 16, 24, 28, 80, 84].map((at) => speedTest(at)).concat(failed(20));
  const [series] = seriesOf(tests);
  assert.ok(series);
  const runs = trendOf(series, 'down', 30 * hour);
  assert.deepEqual(
    runs.map((run) => run.map(({ at }) => at / hour)),
    [
      [0, 4, 8, 12, 16],
      [24, 28],
      [80, 84],
    ],
  );
});

test('a few tests make no trend', () => {
  const [series] = seriesOf([speedTest(1), speedTest(2)]);
  assert.ok(series);
  assert.deepEqual(trendOf(series, 'down', hour), []);
});

test('a pause is three times as long as usual, at the edges as well', () => {
  const tests = [10, 14, 18, 22, 60].map((at) => speedTest(at));
  const range = { fromMs: 0, toMs: 64 * hour };
  assert.deepEqual(
    pausesOf(tests, range).map(({ fromMs, toMs }) => [fromMs / hour, toMs / hour]),
    [[22, 60]],
  );
  assert.deepEqual(
    pausesOf([], range).map(({ fromMs, toMs }) => [fromMs / hour, toMs / hour]),
    [[0, 64]],
  );
});

test('the axis of rates holds every rate and the plan', () => {
  assert.equal(topOf([94, 12], 'down', null), 100);
  assert.equal(topOf([94], 'down', 250), 300);
});

test('the test one points at is the nearest within reach', () => {
  const tests = [speedTest(1), speedTest(5)];
  assert.equal(nearest(tests, 4 * hour, 2 * hour)?.id, '5');
  assert.equal(nearest(tests, 3 * hour, hour), null);
});
