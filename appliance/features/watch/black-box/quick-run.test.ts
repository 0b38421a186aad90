import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../../core/probing.ts';
import { codeOf, timeOf } from '../../../core/quantise.ts';
import { beginMs, openTest, temporaryFolder } from '../../../store/test-store.ts';
import { QuickRun } from './quick-run.ts';

function exchange(seq: number, sentMonoMs: number, rttUs: number): Exchange {
  const outcome = Number.isNaN(rttUs) ? 'timeout' : 'ok';
  return {
    handle: 1,
    seq,
    sentMonoMs,
    outcome,
    rttUs,
    ttl: 0,
    errno: 0,
    icmpType: 0,
    icmpCode: 0,
    from: '',
    isReordered: false,
    isKernelStamped: true,
  };
}

test('a replay of the store gives every exchange of every phase, at its time', async (t) => {
  const { store } = await openTest(t, { dataFolder: temporaryFolder(t) });
  const series = await store.measurements.openSeries({
    kind: 'icmp-quick',
    line: 'main',
    target: 'one',
    family: 'ipv4',
  });
  store.measurements.setAnchor({ offsetMs: beginMs, isKnown: true });
  const told: { atMs: number; rttUs: number }[] = [];
  let borderMs = 1000;
  let before = Number.NEGATIVE_INFINITY;
  // The grid of each phase begins shortly after the border, wherever the engine has room.
  for (const [intervalMs, slots, firstMs] of [
    [50, 60, 12],
    [200, 60, 3],
    [1000, 20, 700],
    [50, 40, 1],
  ] as const) {
    const run = new QuickRun(intervalMs, before);
    for (let seq = 0; seq < slots; seq += 1) {
      const atMs = borderMs + firstMs + seq * intervalMs;
      const rttUs = seq % 7 === 3 ? Number.NaN : 10_000 + seq;
      run.add(exchange(seq, atMs, rttUs));
      told.push({ atMs, rttUs });
    }
    borderMs += firstMs + (slots - 1) * intervalMs + 20;
    before = borderMs;
    store.measurements.append({ startMonoMs: 0, runs: run.take(series, borderMs, true) });
  }
  const { atMs, rttUs } = await store.measurements.samples({
    series,
    fromMs: beginMs,
    toMs: beginMs + 3_600_000,
    limit: 10_000,
  });
  assert.equal(atMs.length, told.length);
  for (const [index, wanted] of told.entries()) {
    assert.ok(
      Math.abs((atMs[index] ?? 0) - beginMs - wanted.atMs) < 0.01,
      `exchange ${index}: ${atMs[index]}`,
    );
    assert.equal(rttUs[index], Number.isNaN(wanted.rttUs) ? -1 : timeOf(codeOf(wanted.rttUs)));
  }
});

test('what is under way stays for the next hand-over, but not for ever', () => {
  const run = new QuickRun(50, Number.NEGATIVE_INFINITY);
  run.add(exchange(0, 0, 9000));
  run.add(exchange(2, 100, 9000));
  const [early] = run.take(1, 500, false);
  assert.deepEqual([...(early?.rttUs ?? [])], [9000]);
  assert.deepEqual(run.take(1, 600, false), []);
  run.add(exchange(1, 50, Number.NaN));
  const [late] = run.take(1, 3100, false);
  assert.deepEqual([late?.startMonoMs, ...(late?.rttUs ?? [])], [50, -1, 9000]);
  run.add(exchange(4, 200, 9000));
  // Slot 3 never ended: after its timeout it counts as not measured.
  const [last] = run.take(1, 10_000, false);
  assert.deepEqual([...(last?.rttUs ?? [])], [-4, 9000]);
});

test('amendments count with the run that they come in', () => {
  const run = new QuickRun(50, Number.NEGATIVE_INFINITY);
  run.add(exchange(0, 0, 9000));
  run.add({ ...exchange(0, 0, 9000), outcome: 'duplicate' });
  run.add({ ...exchange(0, 0, 9000), outcome: 'late' });
  run.add({ ...exchange(1, 50, 9000), isReordered: true });
  const [taken] = run.take(1, 100, true);
  assert.deepEqual([taken?.duplicates, taken?.late, taken?.reordered], [1, 1, 1]);
});
