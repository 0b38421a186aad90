import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Value from 'typebox/value';
import { temporaryFolder } from '../../../store/test-store.ts';
import { speedWorld } from '../../../testing/fakes/speedtest-world.ts';
import { failedResult, speedResult } from '../../../testing/fakes/speedtests.ts';
import type { Outage } from '../../judge/outage/schema.ts';
import { SpeedPlanReport, SpeedTest } from './schema.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Later than any first random test. */
const longMs = 17 * hourMs;
const quiet = { schedule: 'off' } as const;
const never = new AbortController().signal;
const outage = (change: Partial<Outage>) =>
  ({
    id: 1,
    line: 'main',
    kind: 'outage',
    family: 'both',
    symptom: 'no-answer',
    target: null,
    durationSeconds: 90,
    ...change,
  }) as Outage; // all that is read

describe('a test that somebody asks for', () => {
  it('is made of what is configured, kept, paid for and told without its details', async (t) => {
    const { service, finished, history, plans } = await speedWorld(t, {
      config: quiet,
      answer: () => speedResult({ bytes: 31_000_000 }),
    });
    const test = await service.run({}, never);
    assert.ok(Value.Check(SpeedTest, test));
    assert.deepEqual(await history(), [test]);
    assert.deepEqual(service.spent('main'), { bytes: 31_000_000, tests: 1 });
    const { details: _, ...told } = test;
    assert.deepEqual(finished, [told]);
    const [plan] = plans;
    assert.deepEqual(
      [plan?.reason, plan?.isForced, plan?.kind, plan?.choices.map(({ server }) => server)],
      ['asked', true, 'quick', ['https://near.test:443', 'https://far.test:443']],
    );
    assert.equal(service.latest('main')?.id, test.id);
  });

  it('is refused while another one runs, with what that one does', async (t) => {
    const { service, run, rest } = await speedWorld(t, { config: quiet });
    const first = service.run({}, never);
    await rest();
    run().progress({ phase: 'upload' });
    await assert.rejects(
      service.run({}, never),
      (error: { code?: string; details?: { running?: unknown } }) => {
        assert.equal(error.code, 'SPEEDTEST_BUSY');
        assert.equal((error.details?.running as { phase?: string } | undefined)?.phase, 'upload');
        return true;
      },
    );
    run().end(speedResult());
    assert.equal((await first).outcome, 'ok');
  });

  it('is ended when it is cancelled or nobody waits for it any more, and what it sent is charged', async (t) => {
    const { service, rest, history } = await speedWorld(t, { config: quiet });
    const first = service.run({}, never);
    await rest();
    assert.equal(service.cancel(), true);
    assert.equal((await first).outcome, 'aborted');
    const asker = new AbortController();
    const second = service.run({}, asker.signal);
    await rest();
    asker.abort();
    assert.equal((await second).details?.failure?.reason, 'cancelled');
    assert.equal(service.cancel(), false);
    assert.equal((await history()).length, 2);
    assert.deepEqual(service.spent('main'), { bytes: 2_000_000, tests: 2 });
  });

  it('says what is missing where nobody may be contacted', async (t) => {
    const { service } = await speedWorld(t, { config: { ...quiet, servers: [] } });
    await assert.rejects(service.run({}, never), { code: 'SPEEDTEST_NOBODY', status: 409 });
    await assert.rejects(service.run({ engine: 'mlab' }, never), { message: /consent\.mlab/ });
    await assert.rejects(service.run({ line: 'lte' }, never), { code: 'LINE_UNKNOWN', status: 404 });
  });

  it('may measure with a server that is named for it alone', async (t) => {
    const { service, plans } = await speedWorld(t, {
      config: { ...quiet, servers: [] },
      answer: () => speedResult(),
    });
    await service.run({ server: 'http://192.168.1.9:8080', kind: 'full', family: 'ipv6' }, never);
    assert.deepEqual(
      [plans[0]?.choices, plans[0]?.kind, plans[0]?.family],
      [[{ engine: 'peer', server: 'http://192.168.1.9:8080', isInside: true }], 'full', 'ipv6'],
    );
  });

  it('keeps a failure with its reason and no number', async (t) => {
    const { service } = await speedWorld(t, { config: quiet, answer: () => failedResult('tls') });
    const test = await service.run({}, never);
    assert.deepEqual(
      [test.outcome, test.downloadMbps, test.details?.failure?.reason],
      ['failed', null, 'tls'],
    );
    assert.deepEqual(service.spent('main'), { bytes: 0, tests: 0 });
  });

  it('keeps the order of its time when the clock is set back while it runs', async (t) => {
    const { service, run, rest, clock, timeline, history } = await speedWorld(t, { config: quiet });
    const asked = service.run({}, never);
    await rest();
    clock.advance(5000);
    clock.stepWall(-2 * hourMs);
    timeline.check();
    run().end(speedResult({ bytes: 9_000_000 }));
    const test = await asked;
    assert.equal(test.at, new Date(timeline.nowMs()).toISOString());
    assert.deepEqual(service.spent('main'), { bytes: 9_000_000, tests: 1 });
    assert.equal((await history()).length, 1);
  });
});

describe('a test that starts by itself', () => {
  it('comes at a random moment and is a full one at first, then short ones', async (t) => {
    const { pass, plans, history } = await speedWorld(t, {
      answer: (plan) => speedResult({ details: { kind: plan.kind, reason: plan.reason } }),
    });
    await pass(9 * minuteMs);
    assert.equal(plans.length, 0, 'nothing within ten minutes of the start');
    for (let hours = 0; hours < 24; hours += 1) await pass(hourMs);
    assert.deepEqual(
      plans.slice(0, 3).map(({ kind, reason, isForced }) => [kind, reason, isForced]),
      [
        ['full', 'schedule', false],
        ['quick', 'schedule', false],
        ['quick', 'schedule', false],
      ],
    );
    assert.equal((await history()).length, plans.length);
  });

  it('gives way to one that somebody asks for, and comes later', async (t) => {
    const { service, pass, runs, run, rest, history } = await speedWorld(t);
    await pass(longMs);
    const automatic = run();
    assert.equal(automatic.plan.isForced, false);
    const asked = service.run({}, never);
    await rest();
    assert.equal(automatic.signal.aborted, true);
    assert.equal(run().plan.isForced, true);
    run().end(speedResult());
    await asked;
    await rest();
    assert.deepEqual(
      (await history()).map(({ outcome }) => outcome),
      ['ok'],
    );
    assert.equal(service.spent('main').tests, 2, 'both sent bytes');
    await pass(35 * minuteMs);
    assert.equal(runs.length, 2);
    await pass(2 * minuteMs);
    assert.equal(runs.length, 3);
    assert.equal(run().plan.reason, 'schedule');
  });

  it('waits for a quiet line six times, then the history says that it was busy', async (t) => {
    const { pass, plans, history } = await speedWorld(t, {
      answer: () => failedResult('line-wanted', 'busy'),
    });
    await pass(longMs);
    for (let times = 0; times < 5; times += 1) await pass(15 * minuteMs);
    assert.deepEqual([plans.length, (await history()).length], [6, 0]);
    await pass(15 * minuteMs);
    assert.deepEqual(
      (await history()).map(({ outcome, bytes }) => [outcome, bytes]),
      [['busy', 0]],
    );
    await pass(30 * minuteMs);
    assert.equal(plans.length, 7);
  });

  it('is tried again soon when the server is at fault, and not when it never will do', async (t) => {
    const answers = [failedResult('no-capacity'), failedResult('no-consent')];
    const { pass, plans, history } = await speedWorld(t, {
      answer: () => answers.shift() ?? speedResult(),
    });
    await pass(longMs);
    await pass(2 * minuteMs);
    assert.deepEqual(
      plans.map(({ reason }) => reason),
      ['schedule', 'retry'],
    );
    await pass(30 * minuteMs);
    assert.equal(plans.length, 2);
    assert.deepEqual(
      (await history()).map(({ details }) => details?.failure?.reason),
      ['no-consent', 'no-capacity'],
    );
  });

  it('is made once more with another server when the result is far from the usual', async (t) => {
    let downloadMbps = 95;
    const { service, pass, plans } = await speedWorld(t, {
      answer: () => speedResult({ downloadMbps, server: 'near.test' }),
    });
    for (let tests = 0; tests < 4; tests += 1) await service.run({ kind: 'full' }, never);
    downloadMbps = 20;
    plans.length = 0;
    await pass(longMs);
    await pass(16 * minuteMs);
    assert.deepEqual(
      plans.map(({ reason, choices }) => [reason, choices[0]?.server]),
      [
        ['schedule', 'https://near.test:443'],
        ['retest', 'https://far.test:443'],
      ],
    );
    await pass(30 * minuteMs);
    assert.equal(plans.length, 2);
  });

  it('comes after an outage, once in six hours, and never while one lasts', async (t) => {
    const { bus, pass, plans } = await speedWorld(t, { config: quiet, answer: () => speedResult() });
    await pass(11 * minuteMs);
    bus.emit('outage.opened', outage({}));
    bus.emit('outage.closed', outage({ endedBy: 'recovery' }));
    bus.emit('outage.opened', outage({}));
    await pass(10 * minuteMs);
    assert.equal(plans.length, 0);
    bus.emit('outage.closed', outage({ endedBy: 'recovery' }));
    await pass(20 * minuteMs);
    assert.deepEqual(
      plans.map(({ reason }) => reason),
      ['outage'],
    );
    bus.emit('outage.opened', outage({ id: 2 }));
    bus.emit('outage.closed', outage({ id: 2, endedBy: 'recovery' }));
    await pass(20 * minuteMs);
    assert.equal(plans.length, 1);
    bus.emit('outage.opened', outage({ id: 3, family: 'ipv6' }));
    await pass(6 * hourMs);
    bus.emit('outage.opened', outage({ id: 4, kind: 'degradation', symptom: 'latency' }));
    await pass(20 * minuteMs);
    assert.deepEqual(
      plans.map(({ reason }) => reason),
      ['outage', 'anomaly'],
      'IPv4 goes on without IPv6',
    );
  });

  it('is an estimate of a few MB on a metered line', async (t) => {
    const { service, pass, plans } = await speedWorld(t, {
      config: { lines: [{ line: 'main', isMetered: true }] },
      answer: () => speedResult({ bytes: 4_000_000, details: { kind: 'estimate' } }),
    });
    await pass(longMs);
    assert.deepEqual([plans[0]?.kind, (plans[0]?.maxBytes ?? 0) <= 13_000_000], ['estimate', true]);
    const [line] = service.plan().lines;
    assert.deepEqual([line?.isMetered, line?.budget.budgetBytes], [true, 0.5e9]);
  });

  it('waits until the time of day is known', async (t) => {
    const { service, timeline } = await speedWorld(t);
    Object.defineProperty(timeline, 'anchor', { value: { offsetMs: 0, isKnown: false } });
    const [line] = service.plan().lines;
    assert.deepEqual([line?.next, /time of day/.test(line?.why ?? '')], [null, true]);
  });
});

describe('a budget that is used up', () => {
  const small = { monthlyBudgetGb: 0.05, servers: [{ url: 'https://near.test' }] };

  it('ends tests, says so in history and plan, and holds over restarts', async (t) => {
    const dataFolder = temporaryFolder(t);
    const spender = await speedWorld(t, {
      dataFolder,
      config: small,
      answer: () => speedResult({ bytes: 48_000_000 }),
    });
    await spender.service.run({ isBeyondBudget: true }, never);
    await spender.service.stop();
    await spender.store.close();

    const { service, pass, plans, history } = await speedWorld(t, {
      dataFolder,
      config: small,
      answer: () => speedResult(),
    });
    await pass(longMs);
    await pass(longMs);
    assert.equal(plans.length, 0);
    const [skipped, ...others] = await history();
    assert.deepEqual(
      [skipped?.outcome, skipped?.details?.failure?.reason, skipped?.bytes, others.length],
      ['skipped', 'budget', 0, 1],
    );
    const [line] = service.plan().lines;
    assert.equal(line?.budget.isExhausted, true);
    assert.match(line?.budget.text ?? '', /48 MB of 50 MB used in 2026-11 by 1 test: not even/);
    assert.equal(line?.next?.heldBy, null);
    assert.match(line?.next?.at ?? '', /^2026-12-01T0/);
    await assert.rejects(service.run({}, never), {
      code: 'SPEEDTEST_BUDGET',
      status: 409,
      message: /48 MB of 50 MB/,
    });
    assert.equal((await service.run({ isBeyondBudget: true }, never)).outcome, 'ok');
  });

  it('of zero leaves only what somebody asks for', async (t) => {
    const { service, pass, plans } = await speedWorld(t, {
      config: { monthlyBudgetGb: 0 },
      answer: () => speedResult(),
    });
    await pass(longMs);
    assert.equal(plans.length, 0);
    assert.equal((await service.run({}, never)).outcome, 'ok');
    assert.match(service.plan().lines[0]?.budget.text ?? '', /only tests that you start yourself/);
  });

  it('bounds what the last test may take', async (t) => {
    const { service, plans } = await speedWorld(t, {
      config: { ...quiet, monthlyBudgetGb: 0.06 },
      answer: () => speedResult({ bytes: 15_000_000 }),
    });
    await service.run({}, never);
    await service.run({}, never);
    assert.deepEqual(
      plans.map(({ maxBytes }) => maxBytes),
      [60_000_000, 30_000_000],
    );
  });
});

describe("the owner's own times", () => {
  const schedule = {
    label: 'Evening',
    line: null,
    family: null,
    times: ['12:30'],
    days: [0, 1, 2, 3, 4, 5, 6],
    cron: null,
    burstCount: 3,
    isEnabled: true,
  };

  it('run as a burst, one after the other, and remember when', async (t) => {
    const { service, pass, plans, timeline } = await speedWorld(t, {
      config: quiet,
      answer: () => speedResult(),
    });
    await service.schedules.add(schedule);
    await pass(30 * minuteMs); // it is 12:00
    for (let tests = 0; tests < 4; tests += 1) await pass(minuteMs);
    assert.deepEqual(
      plans.map(({ reason }) => reason),
      ['burst', 'burst', 'burst'],
    );
    const [listed] = service.schedules.list(timeline.nowMs(), 'Etc/UTC');
    assert.match(listed?.lastRunAt ?? '', /^2026-11-22T12:30:0/);
    assert.equal(listed?.nextAt, '2026-11-23T12:30:00.000Z');
  });

  it('are not met twice when the clock is set back, nor by a service that starts again', async (t) => {
    const dataFolder = temporaryFolder(t);
    const first = await speedWorld(t, { dataFolder, config: quiet, answer: () => speedResult() });
    await first.service.schedules.add({ ...schedule, burstCount: 1 });
    await first.pass(30 * minuteMs + 1000);
    assert.equal(first.plans.length, 1);
    first.clock.stepWall(-10 * minuteMs);
    first.timeline.check();
    await first.pass(20 * minuteMs);
    assert.equal(first.plans.length, 1);
    await first.service.stop();
    await first.store.close();
    const again = await speedWorld(t, { dataFolder, config: quiet, answer: () => speedResult() });
    again.clock.stepWall(35 * minuteMs);
    again.timeline.check();
    await again.pass(20 * minuteMs);
    assert.equal(again.plans.length, 0);
  });

  it('may be a cron line of the configuration', async (t) => {
    const { pass, plans } = await speedWorld(t, {
      config: { schedule: '45 * * * *' },
      answer: () => speedResult(),
    });
    for (let times = 0; times < 9; times += 1) await pass(15 * minuteMs);
    assert.deepEqual(
      plans.map(({ reason }) => reason),
      ['custom', 'custom'],
    );
  });

  it('are bounded, checked and can be changed and removed', async (t) => {
    const { service, timeline } = await speedWorld(t, { config: quiet });
    const { schedules } = service;
    const list = () => schedules.list(timeline.nowMs(), 'Etc/UTC');
    await assert.rejects(schedules.add({ ...schedule, times: [] }), { code: 'SCHEDULE_INVALID' });
    await assert.rejects(schedules.add({ ...schedule, cron: '99 * * * *' }), { code: 'SCHEDULE_INVALID' });
    const id = await schedules.add({ ...schedule, times: [], hours: [8, 23] });
    assert.deepEqual(list()[0]?.times, ['08:00', '23:00']);
    await schedules.change(id, { ...schedule, isEnabled: false });
    assert.deepEqual([list()[0]?.isEnabled, list()[0]?.nextAt], [false, null]);
    for (let count = 1; count < 5; count += 1) await schedules.add(schedule);
    await assert.rejects(schedules.add(schedule), { code: 'SCHEDULES_FULL', status: 409 });
    await schedules.remove(id);
    assert.equal(list().length, 4);
    await assert.rejects(schedules.remove(id), { code: 'SCHEDULE_UNKNOWN', status: 404 });
    await assert.rejects(schedules.change('x', schedule), { code: 'SCHEDULE_UNKNOWN' });
  });
});

describe('the plan', () => {
  it('names the next test, what every engine costs here and a month of it', async (t) => {
    const { service } = await speedWorld(t, { consent: { mlab: true }, answer: () => speedResult() });
    const report = service.plan();
    assert.ok(
      Value.Check(SpeedPlanReport, report),
      JSON.stringify([...Value.Errors(SpeedPlanReport, report)][0]),
    );
    const [line] = report.lines;
    assert.equal(line?.next?.kind, 'full');
    assert.match(line?.next?.text ?? '', /^A full test at 22 Nov 2026, .*: one of about four tests a day/);
    assert.deepEqual(
      line?.offers.map(({ engine, isReady }) => [engine, isReady]),
      [
        ['peer', true],
        ['mlab', true],
        ['librespeed', false],
        ['http', false],
        ['cloudflare', false],
        ['ookla', false],
      ],
    );
    assert.match(line?.offers[0]?.monthlyText ?? '', /A test costs about 50 MB here; 4 a day: /);
    await service.run({}, never);
    const offer = service.plan().lines[0]?.offers[0];
    assert.match(offer?.monthlyText ?? '', /A test costs about 40 MB here; 4 a day/);
    assert.deepEqual(
      offer?.prices.map(({ basis }) => basis),
      ['history', 'formula'],
    );
  });

  it('follows lines that come and go', async (t) => {
    const { service, changeConfig, rest, config } = await speedWorld(t, { lines: ['main', 'lte'] });
    assert.deepEqual(service.lines, ['main', 'lte']);
    changeConfig({ lines: config.current.lines.slice(0, 1) });
    await rest();
    assert.deepEqual(service.lines, ['main']);
  });
});
