import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import type { CalendarJob } from '../core/feature.ts';
import type { Log } from '../core/log.ts';
import { Calendar, type CalendarOptions } from './jobs.ts';

const hourMs = 3_600_000;

function makeWorld(context: TestContext, startAt: string) {
  const world = {
    nowMs: Date.parse(startAt),
    anchor: { offsetMs: 0, isKnown: true },
    remembered: new Map<string, number>(),
    errors: [] as string[],
    ran: [] as string[],
    job(name: string, extra: Partial<CalendarJob> = {}): CalendarJob {
      return {
        name,
        dailyAt: () => '03:30',
        run: async () => {
          world.ran.push(`${name} ${new Date(world.nowMs).toISOString()}`);
        },
        ...extra,
      };
    },
    calendar(jobs: readonly CalendarJob[], options: Partial<CalendarOptions> = {}) {
      const ignore = () => undefined;
      const log: Log = {
        debug: ignore,
        info: ignore,
        warn: ignore,
        error: (_fields, message) => world.errors.push(message),
        child: () => log,
      };
      const calendar = new Calendar({
        jobs,
        timezone: () => 'Europe/London',
        memory: {
          lastRunMs: async (name) => world.remembered.get(name) ?? null,
          remember: async (name, atMs) => {
            world.remembered.set(name, atMs);
          },
        },
        timeline: {
          nowMs: () => world.nowMs,
          get anchor() {
            return world.anchor;
          },
        },
        clock: { ...systemClock, monoMs: () => world.nowMs },
        log,
        cron: '0 0 1 1 *',
        ...options,
      });
      calendar.start();
      context.after(() => calendar.stop());
      return calendar;
    },
    /** Lets hours pass, with a look every ten minutes. */
    async pass(calendar: Calendar, hours: number) {
      for (const endMs = world.nowMs + hours * hourMs; world.nowMs < endMs; ) {
        world.nowMs += hourMs / 6;
        await calendar.check();
      }
    },
  };
  return world;
}

test('a daily job runs once a day at its local time, over both changes of summer time', async (context) => {
  for (const [start, expected] of [
    ['2026-03-28T12:00:00Z', ['2026-03-29T02:30:00.000Z', '2026-03-30T02:30:00.000Z']],
    ['2026-10-24T12:00:00Z', ['2026-10-25T03:30:00.000Z', '2026-10-26T03:30:00.000Z']],
  ] as const) {
    const world = makeWorld(context, start);
    const calendar = world.calendar([world.job('backup')]);
    await calendar.check();
    await world.pass(calendar, 47);
    assert.deepEqual(
      world.ran,
      expected.map((at) => `backup ${at}`),
    );
  }
});

test('a job that was missed while the box was off is caught up once, a little after the start', async (context) => {
  const world = makeWorld(context, '2026-11-20T12:00:00Z');
  world.remembered.set('backup', Date.parse('2026-11-15T03:30:00Z'));
  const calendar = world.calendar([world.job('backup')]);
  await calendar.check();
  assert.deepEqual(world.ran, []);
  await world.pass(calendar, 3);
  assert.deepEqual(world.ran, ['backup 2026-11-20T12:10:00.000Z']);
  assert.equal(world.remembered.get('backup'), Date.parse('2026-11-20T12:10:00Z'));
});

test('a new job waits for its time instead of running at once, also across a restart', async (context) => {
  const world = makeWorld(context, '2026-11-20T12:00:00Z');
  const first = world.calendar([world.job('backup')]);
  await first.check();
  await first.stop();
  world.nowMs += 20 * hourMs;
  const second = world.calendar([world.job('backup')]);
  await world.pass(second, 1);
  assert.deepEqual(world.ran, ['backup 2026-11-21T08:10:00.000Z']);
});

test('nothing runs while the time is not known, and a run from the future is forgotten', async (context) => {
  const world = makeWorld(context, '2026-11-20T03:00:00Z');
  world.remembered.set('backup', Date.parse('2031-01-01T00:00:00Z'));
  world.anchor.isKnown = false;
  const calendar = world.calendar([world.job('backup')]);
  await world.pass(calendar, 1);
  assert.deepEqual(world.ran, []);
  world.anchor.isKnown = true;
  await world.pass(calendar, 24);
  assert.deepEqual(world.ran, ['backup 2026-11-21T03:30:00.000Z']);
});

test('jobs do not overlap, and one that fails is logged, counted and does not stop the others', async (context) => {
  const world = makeWorld(context, '2026-11-20T03:00:00Z');
  const release = Promise.withResolvers<void>();
  let running = 0;
  const slow = world.job('slow', {
    run: async () => {
      running += 1;
      assert.equal(running, 1);
      await release.promise;
      running -= 1;
      throw new Error('the stick is full');
    },
  });
  const calendar = world.calendar([slow, world.job('next')]);
  await calendar.check();
  world.nowMs += hourMs;
  const checks = Promise.all([calendar.check(), calendar.check()]);
  release.resolve();
  await checks;
  assert.deepEqual(world.errors, ['a daily job failed']);
  assert.deepEqual(world.ran, ['next 2026-11-20T04:00:00.000Z']);
  const [state] = calendar.state();
  assert.equal(state?.failures, 1);
  assert.equal(state?.lastError, 'the stick is full');
  assert.equal(state?.nextAtMs, Date.parse('2026-11-21T03:30:00Z'));
});

test('a job that is switched off does not run, and its time may change while running', async (context) => {
  const world = makeWorld(context, '2026-11-20T00:00:00Z');
  let time: string | null = null;
  const calendar = world.calendar([world.job('backup', { dailyAt: () => time })]);
  await world.pass(calendar, 5);
  assert.deepEqual(world.ran, []);
  time = '06:10';
  await world.pass(calendar, 5);
  assert.deepEqual(world.ran, ['backup 2026-11-20T06:10:00.000Z']);
});

test('stopping asks a running job to end and waits for it', async (context) => {
  const world = makeWorld(context, '2026-11-20T03:00:00Z');
  const events: string[] = [];
  const job = world.job('long', {
    run: (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          events.push('asked');
          resolve();
        });
      }),
  });
  const calendar = world.calendar([job]);
  await calendar.check();
  world.nowMs += hourMs;
  const check = calendar.check();
  await new Promise((resolve) => setImmediate(resolve));
  await calendar.stop();
  events.push('stopped');
  await check;
  assert.deepEqual(events, ['asked', 'stopped']);
});

test('the calendar looks for due jobs by itself', async (context) => {
  const world = makeWorld(context, '2026-11-20T03:31:00Z');
  world.remembered.set('backup', Date.parse('2026-11-20T03:00:00Z'));
  const ran = Promise.withResolvers<void>();
  world.nowMs -= 5 * 60_000;
  world.calendar([world.job('backup', { run: async () => ran.resolve() })], { cron: '* * * * * *' });
  world.nowMs += 5 * 60_000;
  await ran.promise;
  assert.ok((world.remembered.get('backup') ?? 0) >= Date.parse('2026-11-20T03:30:00Z'));
});
