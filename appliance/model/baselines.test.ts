import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blend, ewma, median24, naive24 } from './baselines.ts';
import { History } from './history.ts';
import { siteHours } from './site-hours.ts';

const none = Number.NaN;

function historyOf(values: readonly number[]): History {
  const history = new History(Date.UTC(2026, 5, 1), siteHours('UTC'));
  for (const value of values) history.push(value);
  return history;
}

const days = (count: number, hour: (at: number) => number) =>
  Array.from({ length: count * 24 }, (_, at) => hour(at));

test('the naive forecast is the same hour of the newest day that has one', () => {
  const history = historyOf(days(3, (at) => 100 * Math.floor(at / 24) + (at % 24)));
  assert.equal(naive24(history, 1), 200);
  assert.equal(naive24(history, 24), 223);
  assert.equal(naive24(history, 30), 205);
  const holed = historyOf(days(3, (at) => (at >= 48 && at % 24 === 0 ? none : 100 * Math.floor(at / 24))));
  assert.equal(naive24(holed, 1), 100);
});

test('the median looks at 24 hours, further back only when they are empty', () => {
  assert.equal(median24(historyOf(days(2, (at) => (at < 24 ? 1 : 7))), 1), 7);
  assert.equal(median24(historyOf([5, ...days(2, () => none)]), 1), 5);
});

test('the moving mean weighs the newest value by 0.3 and skips what is missing', () => {
  assert.ok(Math.abs(ewma(historyOf([10, none, 20]), 1) - 13) < 1e-12);
});

test('the formula adds the hour of the day to one step of the line through twelve values', () => {
  const rising = historyOf(days(1, (at) => at + 1));
  // Trend 24 + 1; the same hour was 1 once, on the same kind of day.
  assert.ok(Math.abs(blend(false)(rising, 1) - (0.6 * 1 + 0.4 * 25)) < 1e-9);
  const falling = historyOf(days(1, (at) => Math.max(24 - 3 * at, 0.001)));
  assert.ok(blend(false)(falling, 24) >= 0.1, 'a rate never falls below its floor');
});

test('without any value there is no forecast', () => {
  const empty = historyOf([none, none]);
  for (const baseline of [naive24, median24, ewma, blend(true)]) assert.ok(Number.isNaN(baseline(empty, 1)));
});
