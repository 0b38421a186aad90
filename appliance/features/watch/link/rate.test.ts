import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RouterRate, rateBetween } from './rate.ts';

const at = (atMonoMs: number, rxBytes: number, txBytes: number, uptimeSeconds: number | null = null) => ({
  atMonoMs,
  rxBytes,
  txBytes,
  uptimeSeconds,
});

describe('rateBetween', () => {
  test('bytes become bits per second', () => {
    assert.deepEqual(rateBetween(at(1000, 0, 1000), at(3000, 1_000_000, 3500), false), {
      downBps: 4_000_000,
      upBps: 10_000,
    });
  });

  test('a counter of 32 bits that wraps goes on, in either direction', () => {
    assert.deepEqual(rateBetween(at(0, 2 ** 32 - 1000, 0), at(1000, 1500, 10), true), {
      downBps: 20_000,
      upBps: 80,
    });
    assert.equal(rateBetween(at(0, 0, 2 ** 32 - 1), at(1000, 0, 0), true)?.upBps, 8);
  });

  test('a counter that begins anew tells nothing', () => {
    assert.equal(rateBetween(at(0, 3_000_000_000, 0), at(5000, 40_000, 0), false), null);
    assert.equal(rateBetween(at(0, 2_000_000_000, 0), at(5000, 40_000, 0), true), null);
    assert.equal(rateBetween(at(0, 8e12, 0), at(5000, 40_000, 0), true), null, '64 bits do not wrap');
  });

  test('two readings of one moment tell nothing', () => {
    assert.equal(rateBetween(at(5, 0, 0), at(5, 1, 1), true), null);
  });
});

describe('RouterRate', () => {
  test('a router that counts in steps is measured from step to step', () => {
    const rate = new RouterRate();
    assert.equal(rate.add(at(0, 0, 0)), null);
    assert.equal(rate.add(at(5000, 0, 0)), null);
    assert.deepEqual(rate.add(at(10_000, 1_250_000, 0)), { downBps: 1_000_000, upBps: 0 });
  });

  test('a line that is idle for half a minute is told to be', () => {
    const rate = new RouterRate();
    const told = [0, 5, 10, 15, 20, 25, 30].map((seconds) => rate.add(at(seconds * 1000, 7, 7)));
    assert.deepEqual(told, [null, null, null, null, null, null, { downBps: 0, upBps: 0 }]);
  });

  test('a router that was restarted, or not heard for a while, is measured anew', () => {
    const rate = new RouterRate();
    rate.add(at(0, 4_000_000_000, 0, 86_400));
    assert.equal(rate.add(at(5000, 10_000, 0, 3)), null);
    assert.equal(rate.add(at(10_000, 20_000, 0, null))?.downBps, 16_000, 'no uptime is no restart');
    rate.forget();
    assert.equal(rate.add(at(500_000, 90_000_000, 0, 900)), null);
  });
});
