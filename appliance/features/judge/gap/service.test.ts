import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { FeatureContext } from '../../../core/feature.ts';
import { Timeline } from '../../../core/timeline.ts';
import { minute as minuteOf, openTest, same, temporaryFolder } from '../../../store/test-store.ts';
import { FakeClock } from '../../../testing/fakes/clock.ts';
import { fakeContext } from '../../../testing/fakes/context.ts';
import { FakeLatency, fakeTarget } from '../../../testing/fakes/latency.ts';
import type { Gap } from '../outage/schema.ts';
import { gapMigrations } from './gaps.ts';
import { GapService } from './service.ts';

const second = 1000;
const minute = 60 * second;
const one = fakeTarget({ id: 'one', segment: 'anchor' });

interface Run {
  /** Same folder, later: what the machine did in between. */
  boot?: string;
  clock?: FakeClock;
  isKnown?: boolean;
  folder?: string;
}

/** One run of the service on a real data folder. */
async function run(t: TestContext, { boot = 'boot-1', clock = new FakeClock(), ...options }: Run = {}) {
  const folder = options.folder ?? temporaryFolder(t);
  const { store } = await openTest(t, {
    dataFolder: folder,
    migrations: gapMigrations,
    clock,
    notBeforeMs: 0,
  });
  const latency = new FakeLatency([one]);
  latency.windows.set('one', { count: 0 });
  const fake = fakeContext({ ports: { latency } });
  const trust = { isSynchronised: options.isKnown ?? true, hasHardwareClock: false };
  const timeline = new Timeline(clock, () => trust, 0);
  store.measurements.setAnchor(timeline.anchor);
  const machine = { suspended: 0 };
  const net = { bootId: () => boot, suspendedMs: () => machine.suspended } as FeatureContext['net']; // all it asks
  const service = new GapService({ ...fake.context, clock, timeline, store, net });
  const told: Gap[] = [];
  fake.bus.on('gap.recorded', (gap) => told.push(gap));
  service.start();
  const measure = (ms: number) => {
    for (let passed = 0; passed < ms; passed += second) {
      latency.answer('one', clock.monoMs());
      clock.advance(second);
    }
  };
  /** Requests to the store are answered in their order: what was asked before this is done after it. */
  const settled = async () => {
    for (let turn = 0; turn < 8; turn += 1) await store.state.all('select 1');
  };
  const commit = async (startMonoMs: number, count: number) => {
    const series = await store.measurements.openSeries({
      kind: 'icmp',
      line: 'main',
      target: 'one',
      family: 'ipv4',
    });
    store.measurements.append(minuteOf(series, startMonoMs, same(15_000, count)));
    await store.measurements.flush();
  };
  const learnTime = (stepMs: number) => {
    clock.stepWall(stepMs);
    trust.isSynchronised = true;
    timeline.check();
    store.measurements.setAnchor(timeline.anchor);
  };
  /** The process goes, the folder stays; a crash leaves no note. */
  const end = async (isCrash: boolean) => {
    if (!isCrash) await service.stop();
    await store.close();
  };
  const brief = (gaps: readonly Gap[]) =>
    gaps.map(({ reason, startedAt, endedAt }) => [reason, Date.parse(startedAt), Date.parse(endedAt)]);
  return {
    folder,
    store,
    clock,
    timeline,
    latency,
    service,
    told,
    machine,
    measure,
    settled,
    commit,
    learnTime,
    end,
    brief,
  };
}

test('the first run has no gap, and says since when it watches', async (t) => {
  const { service, told, measure, settled, clock } = await run(t);
  const firstMs = clock.wallMs();
  measure(5 * second);
  await settled();
  assert.deepEqual(told, []);
  assert.equal(await service.atStart(), null);
  assert.equal(await service.firstMs(), firstMs);
});

test('a stop and a start are one gap, from the stop to the first exchange', async (t) => {
  const first = await run(t);
  first.measure(10 * second);
  await first.settled();
  const stoppedMs = first.clock.wallMs();
  await first.end(false);
  first.clock.advance(10 * minute);
  const next = await run(t, first);
  const startedMs = next.clock.wallMs();
  next.measure(second);
  await next.settled();
  assert.deepEqual(next.brief(next.told), [['stopped', stoppedMs, startedMs]]);
  assert.equal(next.told[0]?.text, 'Nothing was measured for 10 min: the service was stopped.');
  assert.deepEqual(await next.service.atStart(), next.told[0]);
  assert.deepEqual(await next.service.between(0, startedMs + 1), next.told);
  assert.deepEqual(await next.service.between(startedMs, startedMs + minute), []);
  assert.equal(await next.service.firstMs(), stoppedMs - 10 * second);
});

test('a crash is a gap from the last exchange on disk', async (t) => {
  const first = await run(t);
  const beganMonoMs = first.clock.monoMs();
  const beganMs = first.clock.wallMs();
  first.measure(10 * second);
  await first.settled();
  await first.commit(beganMonoMs, 8);
  await first.end(true);
  first.clock.advance(20 * second);
  const next = await run(t, first);
  next.measure(second);
  await next.settled();
  assert.deepEqual(next.brief(next.told), [['crashed', beganMs + 7 * second, beganMs + 30 * second]]);
  assert.match(next.told[0]?.text ?? '', /ended unexpectedly\. What was measured in the minutes before/);
});

test('another boot without a stop is a power cut; the gap is known without a single exchange', async (t) => {
  const first = await run(t);
  const beganMs = first.clock.wallMs();
  first.measure(10 * second);
  await first.settled();
  await first.commit(first.clock.monoMs() - 10 * second, 10);
  await first.end(true);
  const clock = new FakeClock(first.clock.wallMs() + 21 * minute, 5000);
  const next = await run(t, { folder: first.folder, boot: 'boot-2', clock });
  clock.advance(2500);
  await next.settled();
  assert.deepEqual(next.brief(next.told), [
    ['power', beganMs + 9 * second, beganMs + 10 * second + 21 * minute + 2500],
  ]);
});

test('a restart within two seconds is no gap', async (t) => {
  const first = await run(t);
  first.measure(5 * second);
  await first.settled();
  await first.end(false);
  first.clock.advance(1900);
  const next = await run(t, first);
  next.measure(second);
  await next.settled();
  assert.deepEqual(next.told, []);
});

test('while the time of day is not known, the gap waits for it', async (t) => {
  const first = await run(t);
  first.measure(10 * second);
  await first.settled();
  const stoppedMs = first.clock.wallMs();
  await first.end(false);
  // The clock of a board without a battery starts where it stood at some time before.
  const clock = new FakeClock(stoppedMs - minute, 3000);
  const next = await run(t, { folder: first.folder, boot: 'boot-2', clock, isKnown: false });
  next.measure(20 * second);
  await next.settled();
  assert.deepEqual(next.told, []);
  assert.equal(await next.service.atStart(), null);
  next.learnTime(60 * minute);
  await next.settled();
  assert.deepEqual(next.brief(next.told), [['stopped', stoppedMs, stoppedMs + 59 * minute]]);
  assert.deepEqual(await next.service.atStart(), next.told[0]);
});

test('a boot that never knew the time of day is part of one gap', async (t) => {
  const first = await run(t);
  const beganMs = first.clock.wallMs();
  first.measure(10 * second);
  await first.settled();
  await first.commit(first.clock.monoMs() - 10 * second, 10);
  await first.end(true);
  const lost = await run(t, {
    folder: first.folder,
    boot: 'boot-2',
    clock: new FakeClock(beganMs, 3000),
    isKnown: false,
  });
  lost.measure(10 * second);
  await lost.settled();
  await lost.end(true);
  const clock = new FakeClock(beganMs + 60 * minute, 3000);
  const next = await run(t, { folder: first.folder, boot: 'boot-3', clock });
  next.measure(second);
  await next.settled();
  assert.deepEqual(next.brief(next.told), [['clock', beganMs + 9 * second, beganMs + 60 * minute]]);
  assert.deepEqual(next.brief(await next.service.between(0, clock.wallMs())), next.brief(next.told));
});

test('a restart before the time of day is known has a known length', async (t) => {
  const first = await run(t, { isKnown: false });
  first.measure(10 * second);
  await first.settled();
  const stoppedMs = first.clock.wallMs();
  await first.end(false);
  first.clock.advance(30 * second);
  const next = await run(t, { ...first, isKnown: false });
  next.measure(10 * second);
  await next.settled();
  assert.deepEqual(next.told, []);
  next.learnTime(86_400_000);
  await next.settled();
  const at = stoppedMs + 86_400_000;
  assert.deepEqual(next.brief(next.told), [['stopped', at, at + 30 * second]]);
});

test('a process that stood still, and a machine that slept, are told apart', async (t) => {
  const { service, latency, clock, machine, measure, settled, told, brief } = await run(t);
  measure(5 * second);
  const stoodMs = clock.wallMs() - second;
  clock.advance(6 * second);
  measure(5 * second);
  const sleptMs = clock.wallMs() - second;
  clock.stepWall(30 * minute);
  machine.suspended = 30 * minute;
  measure(5 * second);
  await settled();
  const gaps = [
    ['not-measured', stoodMs, stoodMs + 7 * second],
    ['suspended', sleptMs, sleptMs + 30 * minute + second],
  ];
  assert.deepEqual(brief(told), gaps);
  assert.deepEqual(brief(await service.between(0, clock.wallMs())), gaps);
  // Otherwise a crash later on would reach back over them.
  assert.equal(latency.saves, 2);
});

test('a gap of the past is written down and told as it is, and the extent is asked for again', async (t) => {
  const { service, told, measure, settled, clock, brief, store } = await run(t);
  measure(5 * second);
  await settled();
  const wallMs = clock.wallMs();
  assert.equal(await service.firstMs(), wallMs - 5 * second);
  const past = { reason: 'power', startMs: wallMs - 86_400_000, endMs: wallMs - 80_000_000 } as const;
  const series = await store.measurements.openSeries({
    kind: 'icmp',
    line: 'main',
    target: 'one',
    family: 'ipv4',
  });
  const hourMs = Math.floor((past.startMs - minute) / 3_600_000) * 3_600_000;
  await store.measurements.importHour(series, hourMs, [
    {
      startMonoMs: hourMs,
      intervalMs: 1000,
      rttUs: new Float64Array(60).fill(9000),
      duplicates: 0,
      reordered: 0,
      late: 0,
    },
  ]);
  await store.measurements.flush();
  const recorded = await service.recordPast(past);
  assert.deepEqual(brief(await service.between(0, wallMs)), [['power', past.startMs, past.endMs]]);
  assert.deepEqual(told, [recorded]);
  assert.equal(await service.firstMs(), hourMs);
  await assert.rejects(service.recordPast({ ...past, endMs: past.startMs }), { code: 'GAP_INVALID' });
});

test('calm hours write nothing', async (t) => {
  const { measure, settled, store } = await run(t);
  let writes = 0;
  measure(5 * second);
  await settled();
  const { write } = store.state;
  store.state.write = (statements) => {
    writes += 1;
    return write(statements);
  };
  measure(3600 * second);
  await settled();
  assert.equal(writes, 0);
});
