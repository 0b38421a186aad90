import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sayDuration } from './durations.ts';

test('durations are said as people say them', () => {
  const cases: [number, string][] = [
    [0, '0 s'],
    [340, '340 ms'],
    [1400, '1.4 s'],
    [2000, '2 s'],
    [42_000, '42 s'],
    [563_000, '9 min 23 s'],
    [120_000, '2 min'],
    [7_500_000, '2 h 5 min'],
    [28 * 3_600_000, '1 day 4 h'],
    [50 * 3_600_000, '2 days 2 h'],
    [18 * 86_400_000, '18 days'],
  ];
  for (const [ms, words] of cases) assert.equal(sayDuration(ms), words);
});

test('rounding never gives sixty of a unit', () => {
  assert.equal(sayDuration(9_999), '10 s');
  assert.equal(sayDuration(59_700), '1 min');
  assert.equal(sayDuration(3_599_700), '1 h');
  assert.equal(sayDuration(86_399_000), '1 day');
});

test('what is no duration is unknown', () => {
  assert.equal(sayDuration(Number.NaN), 'unknown');
  assert.equal(sayDuration(-1), 'unknown');
});
