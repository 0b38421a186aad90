import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SimulatedLine, simulate } from './simulated-trace.ts';
import { bestSecondMbps, deepestSpan, findSteady, hasGrown, isQueueKnown, sustainedMbps } from './steady.ts';
import { bytesAt, quantile, rateMbps } from './trace.ts';

/** The same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** Slow start for some round trips, then more than the line carries. */
const slowStart = (rttMs: number) => (ms: number) => Math.min(1.3, 0.05 * 2 ** (ms / Math.max(20, rttMs)));

/** When and with what a test that looks at each sample would have stopped; null for never. */
function firstSteady(line: SimulatedLine, notBeforeMs = 150) {
  const { samples, delays } = simulate(line);
  for (let count = 1; count <= samples.length; count += 1) {
    const seen = samples.slice(0, count);
    const nowMs = seen.at(-1)?.monoMs ?? 0;
    const known = delays.filter(({ sentMonoMs, rttMs }) => sentMonoMs + rttMs <= nowMs);
    const steady = findSteady({ samples: seen, delays: known, baseMs: line.baseMs, notBeforeMs });
    if (steady) return { ...steady, stoppedMs: nowMs };
  }
  return null;
}

test('lines of every rate, queue and distance are measured within 1 %, most of ten seconds before the end', () => {
  const random = seeded(7);
  for (let round = 0; round < 300; round += 1) {
    const mbps = 2 * 500 ** random();
    const [bufferMs, baseMs] = [10 + 400 * random(), 80 * random()];
    const found = firstSteady({
      mbps: () => mbps,
      demand: slowStart(baseMs),
      bufferMs,
      baseMs,
      seconds: 10,
      jitterMs: 4,
      random,
    });
    assert.ok(found, `${mbps} Mbit/s behind ${bufferMs} ms at ${baseMs} ms`);
    assert.ok(Math.abs(found.mbps / mbps - 1) < 0.01, `${found.mbps} of ${mbps}`);
    assert.ok(found.stoppedMs < 5 * Math.max(500, bufferMs + baseMs), `${found.stoppedMs} ms`);
  }
});

test('a load that does not fill the line is never taken for the line', () => {
  for (const demand of [0.3, 0.9, 0.99])
    assert.equal(
      firstSteady({ mbps: () => 100, demand: () => demand, bufferMs: 200, baseMs: 10, seconds: 10 }),
      null,
    );
});

test('a queue that runs empty now and then does not prove anything', () => {
  const gasping = (ms: number) => (ms % 400 < 200 ? 1.1 : 0.7);
  assert.equal(
    firstSteady({ mbps: () => 50, demand: gasping, bufferMs: 300, baseMs: 30, seconds: 10 }),
    null,
  );
});

test('streams that have just been added begin the wait anew', () => {
  const line = { mbps: () => 50, demand: () => 1.2, bufferMs: 50, baseMs: 5, seconds: 10 };
  const [early, late] = [firstSteady(line, 0), firstSteady(line, 3000)];
  assert.ok(early && late && early.stoppedMs < 1500 && late.fromMs >= 3000);
});

test('a burst is seen at once, and what lasts in the second half of a full run', () => {
  const line = { demand: () => 1.2, bufferMs: 100, baseMs: 10, seconds: 10 };
  const bursting = { ...line, mbps: (ms: number) => (ms < 3500 ? 200 : 100) };
  assert.ok(Math.abs((firstSteady(bursting)?.mbps ?? 0) - 200) < 2);
  assert.ok(Math.abs(sustainedMbps(simulate(bursting).samples) - 100) < 1);
  assert.ok(Math.abs(bestSecondMbps(simulate(bursting).samples) - 200) < 2);
});

test('the deepest half second is found, also when the queue is lower at the end', () => {
  const overflowing = (ms: number) => (ms < 1500 ? 1.3 : 0.8);
  const { delays } = simulate({ mbps: () => 20, demand: overflowing, bufferMs: 300, baseMs: 20, seconds: 3 });
  const deepest = deepestSpan(delays, 0, 3000);
  assert.ok(deepest && Math.abs(deepest.p90Ms - 320) < 10, String(deepest?.p90Ms));
  assert.equal(deepestSpan([], 0, 3000), null);
});

test('the depth of a queue is known when it stands or has overflowed, not while it still fills', () => {
  const seen = (demand: (ms: number) => number, nowMs: number) => {
    const { delays } = simulate({ mbps: () => 20, demand, bufferMs: 300, baseMs: 20, seconds: 5 });
    return isQueueKnown(
      delays.filter(({ sentMonoMs }) => sentMonoMs <= nowMs),
      0,
      nowMs,
    );
  };
  assert.equal(
    seen(() => 1.15, 1200),
    false,
  );
  assert.equal(
    seen(() => 1.15, 4000),
    true,
  );
  assert.equal(
    seen((ms) => (ms < 2000 ? 1.15 : 0.9), 2900),
    true,
  );
  assert.equal(
    seen(() => 1.15, 300),
    false,
  );
});

test('growth of less than 2 % is none', () => {
  assert.equal(hasGrown(100, 101.9), false);
  assert.equal(hasGrown(100, 102.1), true);
  assert.equal(hasGrown(0, 1), true);
});

test('bytes between two samples lie on a straight line, and nowhere outside', () => {
  const samples = [
    { monoMs: 0, bytes: 0 },
    { monoMs: 100, bytes: 1000 },
    { monoMs: 100, bytes: 1000 },
    { monoMs: 300, bytes: 5000 },
  ];
  assert.equal(bytesAt(samples, 50), 500);
  assert.equal(bytesAt(samples, 200), 3000);
  assert.ok(Number.isNaN(bytesAt(samples, -1)) && Number.isNaN(bytesAt(samples, 301)));
  assert.ok(Number.isNaN(bytesAt([], 1)));
  assert.equal(rateMbps(samples, 0, 300), (5000 * 8) / 1000 / 300);
  assert.ok(Number.isNaN(quantile([], 0.5)));
  assert.equal(quantile([1, 3], 0.5), 2);
});
