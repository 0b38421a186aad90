import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  gapsOf,
  lossLevel,
  mergePoints,
  peaksOf,
  pointAt,
  runsOf,
  type SmokePoint,
  scaleOf,
  silencesOf,
} from './smoke-maths.ts';

const step = 10_000;
const point = (slot: number, p50: number, lost = 0): SmokePoint => ({
  at: slot * step,
  count: 10,
  lost,
  p10: p50 - 1,
  p25: p50 - 0.5,
  p50,
  p75: p50 + 0.5,
  p90: p50 + 1,
});
const silent = (slot: number): SmokePoint => point(slot, Number.NaN, 10);

test('no line crosses a gap or a total loss', () => {
  const runs = runsOf([point(0, 10), point(1, 10), point(4, 10), silent(5), point(6, 10)], step);
  assert.deepEqual(
    runs.map((run) => run.map((one) => one.at / step)),
    [[0, 1], [4], [6]],
  );
});

test('gaps are found at the beginning, in the middle and at the end', () => {
  const gaps = gapsOf(
    [point(2, 10), point(3, 10), point(6, 10)],
    step,
    { fromMs: 0, toMs: 100_000 },
    500_000,
  );
  assert.deepEqual(gaps, [
    { fromMs: 0, toMs: 20_000 },
    { fromMs: 40_000, toMs: 60_000 },
    { fromMs: 70_000, toMs: 100_000 },
  ]);
});

test('the bucket that is being filled now is not a gap', () => {
  assert.deepEqual(gapsOf([point(0, 10), point(1, 10)], step, { fromMs: 0, toMs: 29_000 }, 29_000), []);
});

test('neighbouring total losses are one silence', () => {
  assert.deepEqual(silencesOf([point(0, 10), silent(1), silent(2), point(3, 10), silent(9)], step), [
    { fromMs: 10_000, toMs: 30_000 },
    { fromMs: 90_000, toMs: 100_000 },
  ]);
});

test('clipped peaks are marked with their value, the taller one where they are close', () => {
  const points = [point(0, 10), point(1, 80), point(2, 90), point(9, 70)];
  assert.deepEqual(peaksOf(points, 20, 50_000), [
    { at: 20_000, value: 91 },
    { at: 90_000, value: 71 },
  ]);
});

test('the logarithmic scale holds everything and never starts at zero', () => {
  const scale = scaleOf([[point(0, 2), point(1, 300)]], true);
  assert.ok(scale.minimum > 0 && scale.minimum <= 1);
  assert.ok(scale.maximum >= 301);
  assert.deepEqual(scaleOf([[]], true), { minimum: 1, maximum: 100 });
});

test('the linear scale starts at zero', () => {
  assert.equal(scaleOf([[point(0, 14)]], false).minimum, 0);
});

test('loss has its level, and all of it a level of its own', () => {
  assert.deepEqual(
    [0, 1, 3, 10, 50, 100].map((lost) => lossLevel(100, lost)),
    [0, 1, 2, 3, 4, 5],
  );
});

test('a fresh tail replaces the old one and what left the range goes', () => {
  const at = (slot: number) => ({ at: new Date(slot * step).toISOString(), slot });
  const merged = mergePoints([at(0), at(1), at(2)], [{ ...at(2), slot: 22 }, at(3)], step);
  assert.deepEqual(
    merged.map((one) => one.slot),
    [1, 22, 3],
  );
  assert.deepEqual(
    mergePoints([at(1)], [], 0).map((one) => one.slot),
    [1],
  );
});

test('the bucket under the crosshair is the one that covers the moment', () => {
  const points = [point(0, 10), point(1, 11), point(5, 12)];
  assert.equal(pointAt(points, 19_999, step)?.p50, 11);
  assert.equal(pointAt(points, 20_000, step), null);
});
