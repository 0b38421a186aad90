import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '../core/histogram.ts';
import { codeCount } from '../core/quantise.ts';
import { slot } from '../core/storing.ts';
import { decodeRuns, encodeRuns, readableOr, type SeriesRun } from './codec.ts';
import { encodeHistogram, mergeHistogram } from './rollups.ts';
import { clip, endOf, join, overlay } from './runs.ts';

const codes = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: codeCount - 1 }) },
      { weight: 2, arbitrary: fc.integer({ min: slot.skipped, max: slot.timeout }) },
    ),
    { maxLength: 200 },
  )
  .map((values) => Int16Array.from(values));

const runs = fc.array(
  fc.record(
    {
      series: fc.integer({ min: 1, max: 300 }),
      startMs: fc.integer({ min: -1000, max: 4_000_000 }),
      intervalMs: fc.integer({ min: 20, max: 3_600_000 }),
      codes,
      duplicates: fc.integer({ min: 0, max: 300 }),
      reordered: fc.integer({ min: 0, max: 300 }),
      late: fc.integer({ min: 0, max: 300 }),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 8 },
);

test('runs come back as they were, slots without a time included', () => {
  fc.assert(
    fc.property(runs, (given) => {
      assert.deepEqual(decodeRuns(encodeRuns(given, 0), 0), given);
    }),
  );
});

test('one series can be read out of a packet of many', () => {
  fc.assert(
    fc.property(runs, fc.integer({ min: 1, max: 300 }), (given, series) => {
      const only = given.filter((run) => run.series === series);
      assert.deepEqual(decodeRuns(encodeRuns(given, 0), 0, series), only);
    }),
  );
});

test('a line that drifts and one that jitters both survive their prediction', () => {
  const drift = Int16Array.from({ length: 3600 }, (_, index) => 9000 + Math.round(index / 3));
  const jitter = Int16Array.from({ length: 3600 }, (_, index) => 9000 + ((index * 7919) % 400));
  for (const given of [drift, jitter]) {
    const run = {
      series: 1,
      startMs: 0,
      intervalMs: 1000,
      codes: given,
      duplicates: 0,
      reordered: 0,
      late: 0,
    };
    assert.deepEqual(decodeRuns(encodeRuns([run], 0), 0), [run]);
  }
});

test('damaged bytes are refused with a RangeError, never with wrong codes', () => {
  const codes = Int16Array.from({ length: 60 }, (_, index) => 9000 + index);
  const run: SeriesRun = {
    series: 1,
    startMs: 0,
    intervalMs: 1000,
    codes,
    duplicates: 0,
    reordered: 0,
    late: 0,
  };
  const bytes = encodeRuns([run], 0);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
      const damaged = bytes.slice();
      damaged[at] = value;
      const found = readableOr(null, () => decodeRuns(damaged, 0)); // throws anything but a RangeError
      for (const { codes } of found ?? [])
        for (const code of codes) assert.ok(code >= slot.skipped && code < codeCount);
    }),
    { numRuns: 500 },
  );
  assert.throws(() => decodeRuns(bytes.subarray(0, 20), 0), RangeError);
});

test('a histogram comes back as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: codeCount - 1 })), (values) => {
      const given = new Histogram();
      for (const code of values) given.add(code);
      const back = new Histogram();
      mergeHistogram(encodeHistogram(given), back);
      assert.equal(back.total, given.total);
      assert.deepEqual(encodeHistogram(back), encodeHistogram(given));
    }),
  );
});

const runAt = (startMs: number, values: number[]): SeriesRun => ({
  series: 1,
  startMs,
  intervalMs: 1000,
  codes: Int16Array.from(values),
  duplicates: 0,
  reordered: 0,
  late: 0,
});

test('where runs overlap, each moment counts once and the later one wins', () => {
  const laid = overlay([
    runAt(0, [1, 1, 1, 1, 1]),
    runAt(2000, [2, 2]),
    runAt(10_000, [3]),
    runAt(-1000, [4, 4]),
  ]);
  assert.deepEqual(
    laid.map((run) => [run.startMs, ...run.codes]),
    [
      [-1000, 4, 4],
      [1000, 1],
      [2000, 2, 2],
      [4000, 1],
      [10_000, 3],
    ],
  );
});

test('laying runs over each other never leaves two within half a slot', () => {
  const starts = fc.array(fc.tuple(fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: 1, max: 10 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(starts, (given) => {
      const laid = overlay(given.map(([at, length]) => runAt(at, new Array(length).fill(7))));
      for (const [index, run] of laid.entries()) {
        const next = laid[index + 1];
        if (next !== undefined) assert.ok(next.startMs >= endOf(run) - 500 - 0.01);
      }
    }),
  );
});

test('neighbours on one grid are joined, amended ones begin anew', () => {
  const second = runAt(2000, [2, 2]);
  const amended = { ...runAt(4000, [3]), duplicates: 1 };
  const joined = join([runAt(0, [1, 1]), second, amended, runAt(5000, [4])]);
  assert.deepEqual(
    joined.map((run) => [run.startMs, run.duplicates, ...run.codes]),
    [
      [0, 0, 1, 1, 2, 2],
      [4000, 1, 3, 4],
    ],
  );
});

test('a run is cut on slots', () => {
  const run = runAt(0, [1, 2, 3, 4]);
  assert.deepEqual([...(clip(run, 1000, 3000)?.codes ?? [])], [2, 3]);
  assert.equal(clip(run, 4000, 9000), null);
  assert.equal(clip(run, -10, 4000), run);
});
