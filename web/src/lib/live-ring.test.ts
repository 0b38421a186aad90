import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveRing } from './live-ring.ts';

const start = Date.parse('2026-11-22T12:00:00.000Z');
const exchange = (seconds: number, rttMs: number | null) => ({
  target: 'a',
  at: new Date(start + seconds * 1000).toISOString(),
  outcome: rttMs === null ? ('timeout' as const) : ('ok' as const),
  ...(rttMs !== null && { rttMs }),
});

test('a snapshot and the stream that overlaps it give every exchange once', () => {
  const ring = new LiveRing(600_000);
  ring.add(exchange(2, 12));
  ring.add(exchange(3, null));
  ring.load({
    target: 'a',
    startedAt: new Date(start).toISOString(),
    offsetsMs: [0, 1000, 2000],
    rttMs: [10, null, 12],
  });
  assert.deepEqual(
    ring.times.map((at) => at - start),
    [0, 1000, 2000, 3000],
  );
  assert.deepEqual(ring.rtts, [10, Number.NaN, 12, Number.NaN]);
});

test('a timeout that is reported late takes its place in time', () => {
  const ring = new LiveRing(600_000);
  ring.add(exchange(2, 12));
  ring.add(exchange(1, null));
  assert.deepEqual(
    ring.times.map((at) => at - start),
    [1000, 2000],
  );
});

test('a skipped slot is not measured and not lost', () => {
  const ring = new LiveRing(600_000);
  ring.add({ target: 'a', at: new Date(start).toISOString(), outcome: 'skipped' });
  assert.equal(ring.times.length, 0);
});

test('a refusal is an answer', () => {
  const ring = new LiveRing(600_000);
  ring.add({ target: 'a', at: new Date(start).toISOString(), outcome: 'refused', rttMs: 9 });
  assert.equal(ring.recent(0).lost, 0);
});

test('recent numbers count what was lost and smooth the jitter', () => {
  const ring = new LiveRing(600_000);
  for (const [second, rtt] of [
    [0, 10],
    [1, 12],
    [2, null],
    [3, 14],
  ] as const)
    ring.add(exchange(second, rtt));
  const recent = ring.recent(start);
  assert.equal(recent.count, 4);
  assert.equal(recent.lost, 1);
  assert.equal(recent.lossRatio, 0.25);
  assert.equal(recent.medianMs, 12);
  assert.equal(recent.nowMs, 14);
  assert.equal(recent.jitterMs, 2 / 16); // only 10 and 12 are neighbours
});

test('it keeps no more than its time', () => {
  const ring = new LiveRing(60_000);
  for (let second = 0; second < 600; second += 1) ring.add(exchange(second, 10));
  assert.ok(ring.times.length <= 70, `${ring.times.length} kept`);
  assert.equal(ring.times.at(-1), start + 599_000);
});

test('sparkline stretches tell loss and silence apart', () => {
  const ring = new LiveRing(600_000);
  ring.add(exchange(10, 10));
  ring.add(exchange(11, null));
  ring.add(exchange(25, null));
  const [first, second, third] = ring.buckets(start + 30_000, 10_000, 3);
  assert.equal(first?.isMeasured, false);
  assert.deepEqual([second?.medianMs, second?.hasLoss], [10, true]);
  assert.deepEqual([third?.medianMs, third?.hasLoss], [Number.NaN, true]);
});
