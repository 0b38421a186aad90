import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrueExchange } from '../lab/truth.ts';
import { quantile, scheduleOf } from './schedule.ts';

const sent = (seq: number, sentAtMs: number, id = 7): TrueExchange => ({
  id,
  seq,
  sentAtMs,
  rttUs: 1,
  replies: 1,
  verdict: 'pass',
});

test('gaps are compared with the interval, and a slot that was left out is missing, not late', () => {
  const { deviationsMs, missing } = scheduleOf(
    [sent(1, 0), sent(2, 100), sent(3, 230), sent(4, 300), sent(6, 500)],
    100,
  );
  assert.deepEqual(deviationsMs, [0, 0, 30, 30]);
  assert.equal(missing, 1);
});

test('the numbers start anew after 65,535', () => {
  const { deviationsMs, missing } = scheduleOf([sent(65_535, 0), sent(0, 100), sent(1, 200)], 100);
  assert.deepEqual([deviationsMs, missing], [[0, 0], 0]);
});

test('other probes to the same address do not count', () => {
  const exchanges = [
    sent(1, 0),
    sent(900, 10),
    sent(2, 100),
    sent(901, 60, 7),
    sent(5, 120, 8),
    sent(3, 200),
  ];
  exchanges.push(sent(4, 300));
  assert.deepEqual(scheduleOf(exchanges, 100), { deviationsMs: [0, 0, 0], missing: 0 });
});

test('nothing sent is no schedule', () => {
  assert.deepEqual(scheduleOf([], 100), { deviationsMs: [], missing: 0 });
  assert.ok(Number.isNaN(quantile([], 0.99)));
  assert.equal(quantile([1, 2, 3], 0.5), 2);
});
