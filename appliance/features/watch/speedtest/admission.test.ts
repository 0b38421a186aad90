import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Circumstances, nextMonthMonoMs, nextStart, startOf } from './admission.ts';
import { emptyAgenda, hourMs, type Intent } from './agenda.ts';
import { monthAt } from './month.ts';
import { quietUntil } from './occurrence.ts';

const berlin = 'Europe/Berlin';
const noonMs = Date.parse('2026-11-22T12:00:00Z');
const dayMs = 24 * hourMs;

const intent = (change: Partial<Intent> = {}): Intent => ({
  origin: 'schedule',
  dueMonoMs: dayMs,
  retries: 0,
  postponed: 0,
  spread: 0.5,
  family: null,
  scheduleId: null,
  burst: null,
  avoid: null,
  ...change,
});

/** The monotonic clock was at `dayMs` at noon UTC. */
function around(
  change: Partial<Circumstances> & { spentBytes?: number; wallOfDayMs?: number } = {},
): Circumstances {
  const { spentBytes = 0, wallOfDayMs = noonMs, ...rest } = change;
  return {
    nowMonoMs: dayMs,
    holdUntilMonoMs: 0,
    wallMs: (monoMs) => monoMs - dayMs + wallOfDayMs,
    timezone: berlin,
    quietHours: null,
    purse: { month: monthAt(wallOfDayMs, berlin), budgetBytes: 5e9, spentBytes },
    priceBytes: 50e6,
    ...rest,
  };
}

test('a test that nothing holds starts when it is due, or now', () => {
  const due = { atMonoMs: dayMs, heldBy: null, skip: null };
  assert.deepEqual(startOf(intent(), around()), due);
  assert.deepEqual(startOf(intent({ dueMonoMs: 0 }), around()), due);
  assert.deepEqual(startOf(intent({ dueMonoMs: dayMs + 5 }), around()), { ...due, atMonoMs: dayMs + 5 });
});

test('nothing starts before the box and its service have settled', () => {
  const { atMonoMs, heldBy } = startOf(intent(), around({ holdUntilMonoMs: dayMs + 7000 }));
  assert.deepEqual([atMonoMs, heldBy], [dayMs + 7000, 'start']);
});

test('quiet hours put the random one off to a moment of its own after their end, and leave own times out', () => {
  const quiet = around({ quietHours: { from: '12:00', to: '14:00' } }); // 13:00 in Berlin
  const { atMonoMs, heldBy } = startOf(intent({ spread: 0.25 }), quiet);
  assert.deepEqual([atMonoMs - dayMs, heldBy], [1.25 * hourMs, 'quiet-hours']);
  assert.equal(startOf(intent({ origin: 'custom' }), quiet).skip, 'quiet-hours');
});

test('bytes spent ahead of the month make the random one wait; own times may spend the whole budget', () => {
  const spent = around({ spentBytes: 4.5e9 });
  const held = startOf(intent(), spent);
  assert.equal(held.heldBy, 'budget');
  const { month } = spent.purse;
  const share = (noonMs + held.atMonoMs - dayMs - month.startMs) / (month.endMs - month.startMs);
  assert.ok(Math.abs(share - (4.55 / 5 - 0.1)) < 1e-9);
  assert.deepEqual(startOf(intent({ origin: 'burst' }), spent), {
    atMonoMs: dayMs,
    heldBy: null,
    skip: null,
  });
});

test('a budget that is used up leaves every test out, and the random one comes early in the next month', () => {
  const empty = around({ spentBytes: 4.96e9 });
  for (const origin of ['schedule', 'retest', 'custom', 'outage'] as const)
    assert.equal(startOf(intent({ origin }), empty).skip, 'budget');
  const next = nextMonthMonoMs(intent({ spread: 0.5 }), empty);
  assert.equal(new Date(empty.wallMs(next)).toISOString(), '2026-12-01T02:00:00.000Z');
  const december = startOf(intent({ dueMonoMs: next }), empty);
  assert.deepEqual([december.atMonoMs, december.skip], [next, null]);
});

test('a step of the wall clock moves no random test', () => {
  const [before, after] = [around(), around({ wallOfDayMs: noonMs + 3 * hourMs })];
  const planned = intent({ dueMonoMs: dayMs + 1000 });
  assert.equal(startOf(planned, before).atMonoMs, startOf(planned, after).atMonoMs);
});

test('the earliest of all starts is the next one, holds considered', () => {
  const quiet = around({ quietHours: { from: '12:00', to: '14:00' } });
  const random = intent({ dueMonoMs: dayMs + 10 });
  const retest = intent({ origin: 'retest', dueMonoMs: dayMs + 20, spread: 0 });
  const found = nextStart({ ...emptyAgenda, intents: [random, retest] }, quiet);
  assert.equal(found?.intent, retest);
  assert.equal(nextStart(emptyAgenda, quiet), null);
});

test('whatever the hour, the zone and the purse: no start lies in quiet hours, in the past or beyond the budget', () => {
  const clock = fc
    .integer({ min: 0, max: 1439 })
    .map((minute) => new Date(minute * 60_000).toISOString().slice(11, 16));
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 366 * 24 * 60 }),
      fc.record({ from: clock, to: clock }),
      fc.constantFrom(berlin, 'Asia/Kathmandu', 'America/Santiago'),
      fc.integer({ min: 0, max: 6e9 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (minute, quietHours, timezone, spentBytes, spread) => {
        const wallOfDayMs = Date.UTC(2026, 0, 1) + minute * 60_000;
        const month = monthAt(wallOfDayMs, timezone);
        const purse = { month, budgetBytes: 5e9, spentBytes };
        const circumstances = around({ wallOfDayMs, quietHours, timezone, purse });
        const { atMonoMs, skip } = startOf(intent({ spread }), circumstances);
        const atMs = circumstances.wallMs(atMonoMs);
        assert.ok(atMonoMs >= dayMs);
        if (skip === null) {
          assert.equal(quietUntil(quietHours, atMs, timezone), null);
          assert.ok(atMs >= month.endMs || spentBytes + circumstances.priceBytes <= purse.budgetBytes);
        } else assert.ok(spentBytes + circumstances.priceBytes > purse.budgetBytes);
      },
    ),
    { numRuns: 500 },
  );
});
