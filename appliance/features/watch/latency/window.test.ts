import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveWindow } from './window.ts';

test('a timeout that ends after later answers stands where it was sent', () => {
  const window = new LiveWindow(1000);
  window.add(2000, 'ok', 500);
  window.add(1000, 'timeout', Number.NaN);
  const sent: number[] = [];
  window.forEach(0, (at) => sent.push(at));
  assert.deepEqual(sent, [1000, 2000]);
  assert.equal(window.summarise(0).lostInRow, 0);
});

test('a row of losses starts at the first lost exchange', () => {
  const window = new LiveWindow(1000);
  window.add(1000, 'ok', 500);
  for (const at of [2000, 3000, 4000]) window.add(at, 'timeout', Number.NaN);
  const summary = window.summarise(0);
  assert.equal(summary.lostInRow, 3);
  assert.equal(summary.lostSinceMonoMs, 2000);
  assert.equal(summary.lost, 3);
  assert.equal(summary.count, 4);
  assert.equal(summary.p50Us, 500);
});

test('slots that were not measured are neither sent nor lost', () => {
  const window = new LiveWindow(1000);
  window.add(1000, 'skipped', Number.NaN);
  assert.equal(window.summarise(0).count, 0);
});

test('the oldest goes when the ring is full', () => {
  const window = new LiveWindow(60_000); // the smallest ring: 64 slots
  for (let index = 0; index < 200; index += 1) window.add(index, 'ok', index);
  const sent: number[] = [];
  window.forEach(0, (at) => sent.push(at));
  assert.equal(sent.length, 64);
  assert.deepEqual([sent[0], sent.at(-1)], [136, 199]);
});

test('the median of an even number of answers lies between the two middle ones', () => {
  const window = new LiveWindow(1000);
  for (const [at, rtt] of [100, 200, 400, 900].entries()) window.add(at, 'ok', rtt);
  assert.equal(window.summarise(0).p50Us, 300);
});
