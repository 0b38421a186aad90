import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';

test('calls fall on multiples of the period, once each, until they are cancelled', async () => {
  const everyMs = 100;
  const calls: number[] = [];
  // The clock keeps no process alive, a test must.
  const open = setInterval(() => undefined, 1000);
  const cancels: (() => void)[] = [];
  await new Promise<void>((done) => {
    cancels.push(
      systemClock.every(everyMs, () => {
        calls.push(systemClock.monoMs());
        if (calls.length === 6) done();
      }),
    );
  });
  for (const cancel of cancels) cancel();
  clearInterval(open);
  const periods = calls.map((atMs) => Math.round((atMs - everyMs / 4) / everyMs));
  assert.equal(new Set(periods).size, calls.length, `no period has two calls: ${calls.join(' ')}`);
});
