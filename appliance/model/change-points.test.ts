import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hourlyLine } from '../testing/fakes/hourly-line.ts';
import { findChanges } from './change-points.ts';
import { Random } from './training/random.ts';

test('a new plan is one change of level, found to half a day', () => {
  const from = 20 * 24;
  const { values } = hourlyLine(1, { bend: (value, at) => (at >= from ? value * 2 : value) });
  const levels = findChanges(values).filter(({ kind }) => kind === 'level');
  assert.equal(levels.length, 1);
  const [change] = levels;
  assert.ok(change && Math.abs(change.at - from) <= 12, `${change?.at}`);
  assert.ok(change.after > 1.8 * change.before);
});

test('a line that begins to vary is a change of spread and not of level', () => {
  const random = new Random(4);
  const values = Float64Array.from(
    { length: 60 * 24 },
    (_, at) => 50 * Math.exp((at < 30 * 24 ? 0.02 : 0.1) * random.normal()),
  );
  assert.deepEqual(
    findChanges(values).map(({ kind }) => kind),
    ['spread'],
  );
});

test('calm lines have no change, whatever is missing', () => {
  for (const seed of [1, 2, 3, 4, 5])
    assert.deepEqual(findChanges(hourlyLine(seed, { days: 84, gaps: 0.3 }).values), []);
  assert.deepEqual(findChanges(new Float64Array(2000).fill(5)), []);
  assert.deepEqual(findChanges(new Float64Array(2000).fill(Number.NaN)), []);
  assert.deepEqual(findChanges(new Float64Array(0)), []);
});
