import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoleWatch } from './hole-watch.ts';

function open() {
  const machine = { offset: 1_000_000, suspended: 0, reads: 0 };
  const watch = new HoleWatch(
    {
      offsetMs: () => machine.offset,
      suspendedMs: () => {
        machine.reads += 1;
        return machine.suspended;
      },
      holeMs: () => 5000,
    },
    0,
  );
  return { watch, machine };
}

test('exchanges that follow each other leave no hole, in whatever order they end', () => {
  const { watch, machine } = open();
  for (let second = 1; second < 100; second += 1)
    assert.deepEqual(watch.see([second * 1000, second * 1000 - 900, second * 1000 - 4000]), []);
  assert.equal(machine.reads, 1); // at the start
});

test('a process that stood still has not measured', () => {
  const { watch } = open();
  watch.see([900]);
  // What was under way when it was stopped comes with what was sent afterwards.
  assert.deepEqual(watch.see([7100, 1000, 7200]), [
    { reason: 'not-measured', endMonoMs: 7100, lengthMs: 6100 },
  ]);
  assert.deepEqual(watch.see([7300]), []);
});

test('five seconds are not yet a hole', () => {
  const { watch } = open();
  assert.deepEqual(watch.see([5000]), []);
  assert.equal(watch.see([10_001]).length, 1);
});

test('sleep is told by the clock that runs on meanwhile', () => {
  const { watch, machine } = open();
  watch.see([1000]);
  machine.offset += 3_600_000;
  machine.suspended += 3_600_000;
  // Only what was sent before has ended so far.
  assert.deepEqual(watch.see([500]), []);
  assert.deepEqual(watch.see([1400]), [{ reason: 'suspended', endMonoMs: 1400, lengthMs: 3_600_400 }]);
  assert.deepEqual(watch.see([2400]), []);
});

test('a clock that is set is no sleep', () => {
  const { watch, machine } = open();
  watch.see([1000]);
  machine.offset -= 86_400_000;
  assert.deepEqual(watch.see([2000]), []);
  machine.offset += 86_400_000;
  assert.deepEqual(watch.see([3000]), []);
});

test('a hole that is still open can be closed by the stop', () => {
  const { watch } = open();
  watch.see([1000]);
  assert.deepEqual(watch.open(5000), []);
  assert.deepEqual(watch.open(12_000), [{ reason: 'not-measured', endMonoMs: 12_000, lengthMs: 7000 }]);
});
