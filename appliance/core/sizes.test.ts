import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saySize } from './sizes.ts';

test('sizes are said with the unit that fits, and never as a thousand of the smaller one', () => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [740, '740 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1540, '1.5 kB'],
    [9949, '9.9 kB'],
    [9950, '10 kB'],
    [50_000, '50 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [2_612_736_000, '2.6 GB'],
    [3e15, '3000 TB'],
    [Number.NaN, 'unknown'],
    [-1, 'unknown'],
  ];
  for (const [bytes, words] of cases) assert.equal(saySize(bytes), words);
});
