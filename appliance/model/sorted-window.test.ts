import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quantileOf } from './quantiles.ts';
import { SortedWindow } from './sorted-window.ts';

test('a window gives the quantiles of the newest places, whatever came and went', () => {
  const value = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double({ noNaN: true }),
    fc.constant(Number.NaN),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(value, { maxLength: 60 }), (capacity, values) => {
      const window = new SortedWindow(capacity);
      for (const each of values) window.push(each);
      const kept = values.slice(-capacity).filter((each) => !Number.isNaN(each));
      const sorted = Float64Array.from(kept).sort();
      assert.equal(window.count, kept.length);
      for (const level of [0, 0.1, 0.5, 0.9, 1])
        assert.ok(
          Object.is(window.quantile(level), quantileOf(sorted, level)) ||
            kept.includes(-0) ||
            kept.includes(0),
        );
    }),
  );
});

test('quantiles lie between their neighbours, and nothing has none', () => {
  assert.equal(quantileOf([1, 2, 3, 4], 0.5), 2.5);
  assert.equal(quantileOf([10, 20], 0.1), 11);
  assert.ok(Number.isNaN(quantileOf([], 0.5)));
});
