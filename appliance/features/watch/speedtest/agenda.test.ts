import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Agenda,
  afterRun,
  begun,
  emptyAgenda,
  firstOf,
  hourMs,
  type Intent,
  keepGap,
  leastGapMs,
  mayWait,
  type Random,
  type RunEnd,
  reasonOf,
  regularGapMs,
  startHoldMs,
  wanted,
  withCustom,
  withRegular,
} from './agenda.ts';

const minuteMs = 60_000;

/** Mulberry32: small, seeded, and even enough for what is tested. */
function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const options = (nowMonoMs: number, random: Random = seeded(1)) => ({
  nowMonoMs,
  random,
  isAdaptive: true,
  server: 'one',
});

function only(agenda: Agenda, origin: Intent['origin']): Intent {
  const found = agenda.intents.filter((one) => one.origin === origin);
  assert.equal(found.length, 1, `one ${origin} among ${agenda.intents.map((one) => one.origin)}`);
  return found[0] ?? assert.fail();
}

const end = (agenda: Agenda, intent: Intent, how: RunEnd, nowMonoMs: number, random = seeded(2)) =>
  afterRun(agenda, intent, how, options(nowMonoMs, random));

test('a thousand boxes that start at the same moment test every six hours on average, spread over every minute', (t) => {
  const days = 20;
  const endMs = days * 24 * hourMs;
  const perMinute = new Array<number>(60).fill(0);
  const gaps: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (let device = 0; device < 1000; device += 1) {
    const random = seeded(device * 7919 + 13);
    let agenda = begun(0, null, random);
    let lastMs: number | null = null;
    for (;;) {
      const intent = firstOf(agenda) ?? assert.fail('the random schedule never ends');
      const atMs = intent.dueMonoMs;
      if (atMs > endMs) break;
      assert.ok(atMs >= startHoldMs);
      const minute = Math.floor(atMs / minuteMs) % 60;
      perMinute[minute] = (perMinute[minute] ?? 0) + 1;
      if (lastMs !== null) {
        gaps.push(atMs - lastMs);
        least = Math.min(least, atMs - lastMs);
      }
      lastMs = atMs;
      agenda = end(agenda, intent, 'over', atMs + 20_000, random);
    }
  }
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const fullest = Math.max(...perMinute) / perMinute.reduce((sum, count) => sum + count, 0);
  t.diagnostic(
    `${gaps.length} gaps, mean ${(mean / hourMs).toFixed(3)} h, least ${(least / minuteMs).toFixed(1)} min, ` +
      `fullest clock minute ${(fullest * 100).toFixed(2)} % of the starts`,
  );
  assert.ok(Math.abs(mean / (6 * hourMs) - 1) <= 0.05);
  assert.ok(least >= 36 * minuteMs);
  assert.ok(fullest <= 0.03);
});

test('every gap lies between 36 minutes and 15 hours, whatever is drawn', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (drawn) => {
      const gap = regularGapMs(() => drawn);
      assert.ok(gap >= 36 * minuteMs && gap <= 15 * hourMs);
    }),
  );
});

test('a restart keeps the distance to the last test and the first minutes free', () => {
  fc.assert(
    fc.property(fc.integer(), fc.option(fc.integer({ min: 0, max: 48 * hourMs })), (seed, since) => {
      const due = only(begun(1000, since, seeded(seed)), 'schedule').dueMonoMs - 1000;
      assert.ok(due >= startHoldMs && due <= leastGapMs + 15 * hourMs);
      if (since !== null) assert.ok(since + due >= leastGapMs);
    }),
  );
});

test('a failed try comes again after 1, 2, 4, 8 and 16 minutes, give or take a twentieth, then no more', () => {
  let agenda = begun(0, null, seeded(5));
  let nowMs = 10 * hourMs;
  for (const minutes of [1, 2, 4, 8, 16]) {
    const intent = only(agenda, 'schedule');
    agenda = end(agenda, intent, 'again', nowMs, seeded(nowMs));
    const again = only(agenda, 'schedule');
    assert.equal(reasonOf(again), 'retry');
    assert.ok(Math.abs((again.dueMonoMs - nowMs) / (minutes * minuteMs) - 1) <= 0.05);
    nowMs = again.dueMonoMs;
  }
  const regular = only(end(agenda, only(agenda, 'schedule'), 'again', nowMs), 'schedule');
  assert.equal(regular.retries, 0);
  assert.ok(regular.dueMonoMs - nowMs >= leastGapMs);
});

test('a busy line puts a test off by 5 to 15 minutes, six times', () => {
  let agenda = begun(0, null, seeded(5));
  let nowMs = 10 * hourMs;
  for (let times = 1; times <= 6; times += 1) {
    const intent = only(agenda, 'schedule');
    assert.ok(mayWait(intent));
    agenda = end(agenda, intent, 'busy', nowMs, seeded(times));
    const later = only(agenda, 'schedule');
    const minutes = (later.dueMonoMs - nowMs) / minuteMs;
    assert.ok(minutes >= 5 && minutes <= 15);
    assert.equal(later.postponed, times);
    nowMs = later.dueMonoMs;
  }
  const last = only(agenda, 'schedule');
  assert.equal(mayWait(last), false);
  const regular = only(end(agenda, last, 'busy', nowMs), 'schedule');
  assert.deepEqual([regular.postponed, regular.dueMonoMs - nowMs >= leastGapMs], [0, true]);
});

test('a bad result is tested once more with another server, and never a third time', () => {
  const agenda = begun(0, null, seeded(5));
  const doubted = end(agenda, only(agenda, 'schedule'), 'bad', hourMs);
  const retest = only(doubted, 'retest');
  assert.equal(retest.avoid, 'one');
  const minutes = (retest.dueMonoMs - hourMs) / minuteMs;
  assert.ok(minutes >= 5 && minutes <= 15);
  const confirmed = end(doubted, retest, 'bad', 2 * hourMs);
  assert.deepEqual(
    confirmed.intents.map(({ origin }) => origin),
    ['schedule'],
  );
});

test('what happens brings one test in six hours', () => {
  const first = wanted(emptyAgenda, 'outage', 0, seeded(1));
  const due = only(first, 'outage').dueMonoMs;
  assert.ok(due >= minuteMs && due <= 3 * minuteMs);
  assert.equal(wanted(first, 'anomaly', minuteMs, seeded(1)), first);
  const done = end(first, only(first, 'outage'), 'over', due);
  assert.equal(wanted(done, 'outage', 6 * hourMs - 1, seeded(1)), done);
  assert.ok(only(wanted(done, 'anomaly', 6 * hourMs, seeded(1)), 'anomaly'));
});

test('a burst runs its tests one after the other, also after one that failed', () => {
  const run = { scheduleId: '7', family: null, burstCount: 3, delayMs: 0 } as const;
  let agenda = withCustom(emptyAgenda, run, 0, seeded(1));
  assert.equal(withCustom(agenda, run, 0, seeded(1)), agenda, 'it is not doubled while it runs');
  const seen: (number | undefined)[] = [];
  for (const how of ['over', 'again', 'bad'] as const) {
    const intent = only(agenda, 'burst');
    seen.push(intent.burst?.index);
    agenda = afterRun(agenda, intent, how, { ...options(seen.length * minuteMs), isAdaptive: false });
  }
  assert.deepEqual(seen, [1, 2, 3]);
  assert.deepEqual(agenda.intents, []);
});

test('any test keeps the random one at a distance; retests and own times stay where they are', () => {
  const agenda = wanted(
    begun(0, null, () => 0),
    'outage',
    startHoldMs,
    seeded(3),
  );
  const spaced = keepGap(agenda, startHoldMs);
  assert.equal(only(spaced, 'schedule').dueMonoMs, startHoldMs + leastGapMs);
  assert.deepEqual(only(spaced, 'outage'), only(agenda, 'outage'));
});

test('the random schedule is switched on and off', () => {
  const off = withRegular(begun(0, null, seeded(1)), false, 0, seeded(1));
  assert.deepEqual(off.intents, []);
  const on = withRegular(off, true, 0, seeded(1));
  assert.ok(only(on, 'schedule').dueMonoMs >= leastGapMs);
  assert.equal(withRegular(on, true, 0, seeded(1)), on);
});

test('whatever happens in whatever order, one random test is planned and little else', () => {
  const step = fc.record({
    end: fc.constantFrom<RunEnd>('bad', 'busy', 'again', 'over'),
    event: fc.constantFrom('none', 'outage', 'custom', 'burst'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer(), (steps, seed) => {
      const random = seeded(seed);
      let agenda = begun(0, null, random);
      let nowMs = 0;
      for (const { end: how, event } of steps) {
        const intent = firstOf(agenda) ?? assert.fail('something is always planned');
        nowMs = Math.max(nowMs, intent.dueMonoMs) + 20_000;
        if (event === 'outage') agenda = wanted(agenda, 'outage', nowMs, random);
        const run = { scheduleId: event, family: null, delayMs: 0 };
        if (event === 'custom' || event === 'burst')
          agenda = withCustom(agenda, { ...run, burstCount: event === 'burst' ? 5 : 1 }, nowMs, random);
        agenda = afterRun(agenda, intent, how, options(nowMs, random));
        assert.equal(agenda.intents.filter(({ origin }) => origin === 'schedule').length, 1);
        assert.ok(agenda.intents.length <= 5);
      }
    }),
  );
});
