import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf } from '../../../core/quantise.ts';
import { slot } from '../../../core/storing.ts';
import type { TargetExchange } from '../latency/schema.ts';
import { ExchangeRing } from './ring.ts';

function exchange(sentMonoMs: number, outcome: TargetExchange['outcome'] = 'ok'): TargetExchange {
  const rttUs = outcome === 'ok' ? 15_000 : Number.NaN;
  return { target: 'one', sentMonoMs, endedMonoMs: sentMonoMs, outcome, rttUs, from: '' };
}

test('what ended out of order comes back in the order of sending', () => {
  const ring = new ExchangeRing();
  ring.add(exchange(2000));
  ring.add(exchange(1000, 'timeout'));
  ring.add(exchange(3000, 'unreachable'));
  ring.add(exchange(3000.05, 'local'));
  const { sentMonoMs, codes } = ring.between(0, 5000, 5000);
  assert.deepEqual([...sentMonoMs], [1000, 2000, 3000, 3000.1]);
  assert.deepEqual([...codes], [slot.timeout, codeOf(15_000), slot.unreachable, slot.local]);
  assert.deepEqual([...ring.between(1000, 2000, 5000).sentMonoMs], [1000, 2000]);
});

test('a calm ring stays small, a quick one holds five minutes at 20 a second', () => {
  const calm = new ExchangeRing();
  for (let second = 0; second < 3600; second += 1) calm.add(exchange(second * 1000));
  assert.ok(calm.byteLength <= 2304, `${calm.byteLength} bytes`);
  assert.equal(calm.between(0, 3_600_000, 3_600_000).codes.length, 384);

  const quick = new ExchangeRing();
  for (let count = 0; count < 20 * 3600; count += 1) quick.add(exchange(count * 50));
  assert.ok(20 * quick.byteLength < 2 ** 20, `${quick.byteLength} bytes`);
  assert.equal(quick.between(3_300_001, 3_600_000, 3_600_000).codes.length, 5999);
});

test('growing loses nothing', () => {
  const ring = new ExchangeRing();
  for (let second = 0; second < 200; second += 1) ring.add(exchange(second * 1000));
  for (let count = 0; count < 1000; count += 1) ring.add(exchange(200_000 + count * 50));
  const { sentMonoMs } = ring.between(0, 250_000, 250_000);
  assert.equal(sentMonoMs.length, 1200);
  assert.deepEqual([sentMonoMs[0], sentMonoMs[199], sentMonoMs[1199]], [0, 199_000, 249_950]);
});

test('after five days the short times wrap, and nothing shows', () => {
  const ring = new ExchangeRing();
  const wrapMs = 2 ** 32 / 10;
  for (let second = -10; second < 10; second += 1) ring.add(exchange(Math.round(wrapMs) + second * 1000));
  const { sentMonoMs } = ring.between(wrapMs - 20_000, wrapMs + 20_000, wrapMs + 12_000);
  assert.equal(sentMonoMs.length, 20);
  assert.equal(sentMonoMs[0], Math.round(wrapMs) - 10_000);
  assert.equal(sentMonoMs[19], Math.round(wrapMs) + 9000);
});
