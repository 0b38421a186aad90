import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateCapacity } from './estimate.ts';
import { simulate } from './simulated-trace.ts';

test('a burst that fills the queue gives the capacity within its error', () => {
  for (const mbps of [5, 50, 300]) {
    const line = { mbps: () => mbps, bufferMs: 200, baseMs: 10, seconds: 0.6 };
    const { samples, delays } = simulate({ ...line, demand: (ms) => Math.min(1.5, 0.1 * 2 ** (ms / 30)) });
    const found = estimateCapacity(samples, delays, 10);
    assert.ok(
      found && Math.abs(found.mbps - mbps) <= found.errorMbps,
      `${found?.mbps} ± ${found?.errorMbps}`,
    );
    assert.ok(found.errorMbps < mbps * 0.1);
  }
});

test('a burst that does not fill it is only half believed, and one reading says nothing', () => {
  const { samples, delays } = simulate({
    mbps: () => 100,
    demand: () => 0.5,
    bufferMs: 200,
    baseMs: 10,
    seconds: 0.6,
  });
  const found = estimateCapacity(samples, delays, 10);
  assert.ok(found && found.errorMbps >= found.mbps * 0.5);
  assert.equal(estimateCapacity(samples.slice(0, 1), delays, 10), null);
  assert.equal(estimateCapacity([], [], 10), null);
});
