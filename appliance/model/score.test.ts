import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bandLoss, pinball } from './quantiles.ts';
import { geometricMean, ratioOf, Score } from './score.ts';

test('the pinball loss counts by the side on which the value fell', () => {
  assert.equal(pinball(10, 8, 0.9), 1.8);
  assert.ok(Math.abs(pinball(8, 10, 0.9) - 0.2) < 1e-12);
  assert.equal(bandLoss(5, { p10: 5, p50: 5, p90: 5 }), 0);
});

test('a point in place of an interval has half its absolute error as weighted quantile loss, by value', () => {
  const score = new Score();
  score.add(10, { p10: 12, p50: 12, p90: 12 });
  score.add(30, { p10: 26, p50: 26, p90: 26 });
  assert.equal(score.mae, 3);
  // Losses (0.1+0.5+0.9)/3 of 4 and (0.9+0.5+0.1)/3 of 2, twice, over 40.
  assert.ok(Math.abs(score.wql - (2 * (0.5 * 2 + 0.5 * 4)) / 40) < 1e-12);
  assert.equal(score.coverage80, 0);
});

test('the edges of an interval belong to it', () => {
  const score = new Score();
  score.add(4, { p10: 4, p50: 5, p90: 6 });
  score.add(6, { p10: 4, p50: 5, p90: 6 });
  score.add(7, { p10: 4, p50: 5, p90: 6 });
  assert.equal(score.coverage80, 2 / 3);
});

test('two forecasts without error are equal; being worse than no error has no ratio', () => {
  assert.equal(ratioOf(0, 0), 1);
  assert.equal(ratioOf(1, 0), null);
  assert.equal(ratioOf(1, 4), 0.25);
});

test('the geometric mean leaves out what has no ratio', () => {
  assert.ok(Math.abs((geometricMean([0.5, 2, null, 1]) ?? 0) - 1) < 1e-12);
  assert.equal(geometricMean([null]), null);
});
