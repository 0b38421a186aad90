import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../../core/probing.ts';
import { slot } from '../../../core/storing.ts';
import { packetOf, SeriesPacker } from './packer.ts';

const start = 50_000;

function exchange(
  seq: number,
  outcome: Exchange['outcome'],
  rttUs = Number.NaN,
  more: Partial<Exchange> = {},
): Exchange {
  return {
    handle: 1,
    seq,
    sentMonoMs: start + seq * 1000,
    outcome,
    rttUs,
    ttl: 64,
    errno: 0,
    icmpType: 0,
    icmpCode: 0,
    from: '',
    isReordered: false,
    isKernelStamped: true,
    ...more,
  };
}

test('answers that end out of order stand in the order they were sent', () => {
  const packer = new SeriesPacker(3, 1000);
  packer.add(exchange(0, 'ok', 1000));
  packer.add(exchange(2, 'ok', 3000));
  packer.add(exchange(1, 'ok', 2000, { isReordered: true }));
  const [run] = packer.take();
  assert.deepEqual([...(run?.rttUs ?? [])], [1000, 2000, 3000]);
  assert.equal(run?.series, 3);
  assert.equal(run?.startMonoMs, start);
  assert.equal(run?.reordered, 1);
});

test('a slot under way is not handed over, and comes with the next packet', () => {
  const packer = new SeriesPacker(3, 1000);
  packer.add(exchange(0, 'ok', 1000));
  packer.add(exchange(2, 'ok', 3000));
  assert.deepEqual([...(packer.take()[0]?.rttUs ?? [])], [1000]);
  packer.add(exchange(1, 'timeout'));
  const [run] = packer.take();
  assert.deepEqual([...(run?.rttUs ?? [])], [slot.timeout, 3000]);
  assert.equal(run?.startMonoMs, start + 1000);
});

test('looking does not take, and what is under way counts as not measured', () => {
  const packer = new SeriesPacker(3, 1000);
  packer.add(exchange(0, 'ok', 1000));
  packer.add(exchange(2, 'local'));
  assert.deepEqual([...(packer.peek()[0]?.rttUs ?? [])], [1000, slot.skipped, slot.local]);
  assert.deepEqual([...(packer.peek()[0]?.rttUs ?? [])], [1000, slot.skipped, slot.local]);
});

test('every outcome keeps its own mark', () => {
  const packer = new SeriesPacker(3, 1000);
  const outcomes = ['ok', 'timeout', 'unreachable', 'refused', 'local', 'skipped'] as const;
  for (const [seq, outcome] of outcomes.entries()) packer.add(exchange(seq, outcome, 700));
  assert.deepEqual(
    [...(packer.take()[0]?.rttUs ?? [])],
    [700, slot.timeout, slot.unreachable, 700, slot.local, slot.skipped],
  );
});

test('a late reply and a second copy amend, they add no slot', () => {
  const packer = new SeriesPacker(3, 1000);
  packer.add(exchange(0, 'timeout'));
  packer.add(exchange(0, 'late', 1_500_000));
  packer.add(exchange(1, 'ok', 900));
  packer.add(exchange(1, 'duplicate', 950));
  const [run] = packer.take();
  assert.deepEqual([...(run?.rttUs ?? [])], [slot.timeout, 900]);
  assert.equal(run?.late, 1);
  assert.equal(run?.duplicates, 1);
  assert.deepEqual(packer.take(), []);
});

test('after a new schedule a new run begins where it was sent', () => {
  const packer = new SeriesPacker(3, 1000);
  packer.add(exchange(0, 'ok', 1000));
  packer.add(exchange(1, 'ok', 1000, { sentMonoMs: start + 9_500_000 }));
  const runs = packer.take();
  assert.equal(runs.length, 2);
  assert.equal(runs[1]?.startMonoMs, start + 9_500_000);
  assert.equal(packetOf(runs)?.startMonoMs, start);
});

test('nothing measured makes no packet', () => {
  assert.equal(packetOf(new SeriesPacker(3, 1000).take()), null);
});
