import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HeatCell, heatLimits, heatStep, heatValue } from './heat-maths.ts';

const cell = (p50Ms: number | null, lost = 0): HeatCell => ({
  day: 0,
  hour: 0,
  count: 3600,
  lost,
  p50Ms,
  p95Ms: p50Ms,
});

test('steps spread from the usual low to the usual high', () => {
  const cells = [10, 12, 14, 16, 18, 20].map((ms) => cell(ms));
  const limits = heatLimits(cells, 'p50');
  assert.deepEqual(limits, [12, 14, 16, 18]);
  assert.deepEqual(
    [10, 13, 20].map((ms) => heatStep(ms, limits)),
    [0, 1, 4],
  );
});

test('noise is not painted as a pattern', () => {
  const cells = [0.74, 0.75, 0.74, 0.75].map((ms) => cell(ms));
  const limits = heatLimits(cells, 'p50');
  assert.ok(cells.every((one) => heatStep(one.p50Ms ?? 0, limits) === 0));
});

test('loss has fixed steps, and none is the lowest', () => {
  const limits = heatLimits([], 'loss');
  assert.deepEqual(
    [0, 0.0005, 0.005, 0.03, 0.5].map((ratio) => heatStep(ratio, limits)),
    [0, 1, 2, 3, 4],
  );
});

test('an hour in which nothing answered has no time but a loss', () => {
  assert.equal(heatValue(cell(null, 3600), 'p50'), null);
  assert.equal(heatValue(cell(null, 3600), 'loss'), 1);
});
