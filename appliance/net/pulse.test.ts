import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../testing/fakes/clock.ts';
import { FakeLog } from '../testing/fakes/log.ts';
import { keepAlive, ProbePulse } from './pulse.ts';

function makePulse(intervalsMs: number[] = [1000]) {
  const clock = new FakeClock();
  const counts = { targets: 3, received: 0, timeouts: 0, errors: 0, skipped: 0 };
  const pulse = new ProbePulse({ clock, statistics: () => counts, intervalsMs: () => intervalsMs });
  return { clock, counts, pulse };
}

test('exchanges that end, in whatever way, are a pulse', () => {
  const { clock, counts, pulse } = makePulse();
  for (const way of ['received', 'timeouts', 'errors', 'skipped'] as const) {
    counts[way] += 1;
    assert.equal(pulse.silentMs(), null);
    clock.advance(32_000);
    assert.equal(pulse.silentMs(), null, `${way}: 30 s and two intervals are waited for`);
  }
});

test('an engine in which nothing ends any more is told, and so is its recovery', () => {
  const { clock, counts, pulse } = makePulse();
  assert.equal(pulse.silentMs(), null);
  clock.advance(32_001);
  assert.equal(pulse.silentMs(), 32_001);
  clock.advance(10_000);
  assert.equal(pulse.silentMs(), 42_001);
  counts.received += 1;
  assert.equal(pulse.silentMs(), null);
});

test('a service without any target is healthy, and its first target gets its time', () => {
  const { clock, counts, pulse } = makePulse([]);
  counts.targets = 0;
  clock.advance(3_600_000);
  assert.equal(pulse.silentMs(), null);
  counts.targets = 1;
  clock.advance(20_000);
  assert.equal(pulse.silentMs(), null);
  clock.advance(10_001);
  assert.notEqual(pulse.silentMs(), null);
});

test('a target that is probed once an hour is waited for', () => {
  const { clock, pulse } = makePulse([3_600_000, 7_200_000]);
  assert.equal(pulse.silentMs(), null);
  clock.advance(2 * 3_600_000 + 30_000);
  assert.equal(pulse.silentMs(), null);
  clock.advance(1);
  assert.notEqual(pulse.silentMs(), null);
});

test('the watchdog is fed while the pulse beats, and its end is logged once', () => {
  const { clock, counts, pulse } = makePulse();
  const log = new FakeLog();
  const told: string[] = [];
  const stop = keepAlive({ clock, log, notify: (state) => told.push(state), pulse });
  clock.advance(40_000);
  assert.deepEqual(told, ['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1'], 'within its patience');
  clock.advance(30_000);
  assert.equal(told.length, 4);
  assert.deepEqual(
    log.lines.map(({ level, fields }) => [level, fields]),
    [['error', { silentMs: 40_000 }]],
  );
  counts.errors += 1;
  clock.advance(10_000);
  assert.equal(told.length, 5);
  stop();
  clock.advance(60_000);
  assert.equal(told.length, 5);
});
