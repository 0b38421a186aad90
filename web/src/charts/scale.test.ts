import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calmMaximum, gapsBetween, niceCeiling, quantile, robustMaximum, runningMedian } from './scale.ts';

test('a single peak does not flatten the rest', () => {
  const values = [...Array.from({ length: 300 }, () => 14), 900];
  const top = robustMaximum(values, 5);
  assert.ok(top >= 14 && top <= 25, `${top}`);
});

test('peaks near the rest are shown whole', () => {
  assert.ok(robustMaximum([...Array.from({ length: 300 }, () => 14), 20], 5) >= 20);
});

test('without values there is still a scale', () => {
  assert.equal(robustMaximum([], 5), 5);
  assert.equal(robustMaximum([Number.NaN], 5), 5);
  assert.equal(niceCeiling(0), 1);
});

test('a ceiling is a round number that is not below the value', () => {
  for (const value of [0.13, 1, 1.01, 9.9, 10, 31.5, 240, 9999]) {
    assert.ok(
      niceCeiling(value) >= value * (1 - 1e-9) && niceCeiling(value) <= value * 1.6,
      `${value} → ${niceCeiling(value)}`,
    );
  }
});

test('the live scale grows at once and shrinks only when it is half empty', () => {
  assert.equal(calmMaximum(null, 20), 20);
  assert.equal(calmMaximum(20, 30), 30);
  assert.equal(calmMaximum(30, 20), 30);
  assert.equal(calmMaximum(30, 10), 10);
});

test('quantiles are nearest ranks', () => {
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4], 1), 4);
  assert.equal(quantile([], 0.5), undefined);
});

test('a gap is where no series has anything, also at both ends', () => {
  const range = { fromMs: 0, toMs: 60_000 };
  const times = [10_000, 11_000, 12_000, 40_000, 41_000, 42_000, 43_000];
  const gaps = gapsBetween([times, [11_500]], range, 4000);
  assert.deepEqual(gaps, [
    { fromMs: 0, toMs: 10_000 },
    { fromMs: 13_000, toMs: 40_000 },
    { fromMs: 44_000, toMs: 60_000 },
  ]);
  assert.deepEqual(gapsBetween([[]], range, 4000), [range]);
});

test('the running median equals sorting every window', () => {
  const values = Array.from({ length: 200 }, (_, index) =>
    index % 17 === 0 ? Number.NaN : ((index * 7919) % 101) / 3,
  );
  const fast = runningMedian(values, 15);
  const slow = values.map((own, index) => {
    const near = values.slice(Math.max(0, index - 7), index + 8).filter((value) => !Number.isNaN(value));
    near.sort((a, b) => a - b);
    return Number.isNaN(own) ? Number.NaN : near[(near.length - 1) >> 1];
  });
  assert.deepEqual(fast, slow);
});

test('the running median breaks where most was lost', () => {
  const lost = Number.NaN;
  const medians = runningMedian([lost, lost, lost, 5, lost, lost, lost], 7);
  assert.ok(medians.every((value) => Number.isNaN(value)));
});

test('a bad evening now and then does not flatten a month', () => {
  const month = Array.from({ length: 360 }, (_, index) => (index % 40 === 0 ? 160 : 9));
  assert.ok(robustMaximum(month, 2) <= 40, String(robustMaximum(month, 2)));
});
