import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';

test('calls are planned for multiples of the period, once each, however late the timer is', (t) => {
  const everyMs = 100;
  let nowMs = 5030;
  let planned: { call: () => void; delayMs: number } | null = null;
  t.mock.method(process.hrtime, 'bigint', () => BigInt(nowMs) * 1_000_000n);
  t.mock.method(globalThis, 'setTimeout', (call: () => void, delayMs: number) => {
    planned = { call, delayMs };
    return { unref: () => undefined };
  });
  t.mock.method(globalThis, 'clearTimeout', () => {
    planned = null;
  });
  const next = () => {
    assert.ok(planned, 'a call is planned');
    return { ...planned, atMs: nowMs + planned.delayMs };
  };
  let calls = 0;
  const cancel = systemClock.every(everyMs, () => {
    calls += 1;
  });
  const plannedMs: number[] = [next().atMs];
  for (const lateMs of [0, -1, 3, 60, -1, 85, 99, 170, 1000, 0]) {
    const { call, atMs } = next();
    nowMs = atMs + lateMs;
    call();
    plannedMs.push(next().atMs);
  }
  assert.equal(calls, 10);
  assert.deepEqual(plannedMs, [5100, 5200, 5300, 5400, 5500, 5600, 5800, 6000, 6200, 7300, 7400]);
  cancel();
  assert.equal(planned, null);
});

test('a call comes by itself', async () => {
  const open = setInterval(() => undefined, 1000); // the clock keeps no process alive, a test must
  await new Promise<void>((done) => {
    const cancel = systemClock.every(10, () => {
      cancel();
      done();
    });
  });
  clearInterval(open);
});
