import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monthlyBytes, priceOf, sayPrice } from './price.ts';

const quick = { engine: 'peer', kind: 'quick' } as const;

test('a line with a history costs its own median, and twice the dearest of them is set aside', () => {
  const price = priceOf({ ...quick, seenBytes: [60e6, 30e6, 40e6], rates: null });
  assert.deepEqual([price.bytes, price.reserveBytes, price.basis, price.tests], [40e6, 120e6, 'history', 3]);
  assert.match(price.text, /last 3 tests here took no more than 40 MB/);
});

test('without one the price is rate times seconds, and says of which rate it speaks', () => {
  const known = priceOf({ ...quick, seenBytes: [], rates: { downMbps: 20, upMbps: 5 } });
  assert.equal(known.bytes, Math.round((20 * 2.5 + 5 * 3) * 125_000 * 1.08));
  assert.match(known.text, /20 Mbit\/s for 2\.5 s down and 5 Mbit\/s for 3 s up \(rates as measured here\)/);
  const unknown = priceOf({ ...quick, seenBytes: [], rates: null });
  assert.match(unknown.text, /100 Mbit\/s .* assumed, no test was made here yet/);
  assert.equal(unknown.basis, 'formula');
  assert.ok(unknown.reserveBytes > 743e6, 'the first test of a gigabit line is not cut short');
});

test('full tests and the outside program run longer; an estimate has a fixed size', () => {
  const rates = { downMbps: 100, upMbps: 100 };
  const of = (engine: 'peer' | 'ookla', kind: 'quick' | 'full' | 'estimate') =>
    priceOf({ engine, kind, seenBytes: [], rates }).bytes;
  assert.equal(of('peer', 'full'), 270e6);
  assert.equal(of('ookla', 'quick'), Math.round(2500 * 125_000 * 1.08));
  assert.equal(of('peer', 'estimate'), 6.5e6);
  assert.ok(of('peer', 'quick') < 80e6);
});

test('the price of a schedule is told before it is switched on', () => {
  const use = { testsPerDay: 4, fullEveryDays: 7, testBytes: 40e6, fullBytes: 160e6 };
  assert.equal(monthlyBytes(use), Math.round(((4 - 1 / 7) * 40e6 + 160e6 / 7) * (365.2425 / 12)));
  assert.equal(sayPrice(use), 'A test costs about 40 MB here; 4 a day: 5.4 GB a month.');
  assert.match(sayPrice({ ...use, testsPerDay: 0 }), /none starts by itself/);
  assert.match(sayPrice({ ...use, testsPerDay: 1 / 7 }), /; 1 a week: 696 MB a month\.$/);
});
