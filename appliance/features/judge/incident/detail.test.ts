import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { toIso } from '../../../core/clock.ts';
import { openJudgedLine } from '../../../testing/fakes/judged-line.ts';
import { fakeTarget } from '../../../testing/fakes/latency.ts';
import { gapOf, outageOf } from '../../../testing/fakes/outages.ts';
import type { Capture } from '../../watch/black-box/schema.ts';
import type { LinkState } from '../../watch/link/schema.ts';
import type { PathTrace } from '../../watch/path/schema.ts';
import type { BusyPeriod } from '../outage/schema.ts';
import { incidentMigrations } from './migrations.ts';
import { linkChanges } from './moments.ts';
import { IncidentService } from './service.ts';

const minute = 60_000;

/** One outage of 60 s, ten minutes after the beginning, that the test has told of. */
async function open(t: TestContext) {
  const world = await openJudgedLine(t, incidentMigrations);
  const service = new IncidentService(world.context);
  t.after(() => service.keeper.stop());
  service.keeper.start();
  const startedMs = world.clock.wallMs() + 10 * minute;
  world.clock.advance(60 * minute);
  const outage = outageOf(1, startedMs, 60);
  const tell = async () => {
    world.line.outages.set(outage.id, outage);
    world.bus.emit('outage.closed', outage);
    await service.keeper.exclusively(async () => undefined);
  };
  const detail = async () => {
    const found = await service.detail(1);
    assert.ok(found);
    return found;
  };
  return { ...world, service, startedMs, outage, tell, detail };
}

function trace(id: number, atMs: number, more: Partial<PathTrace> = {}): PathTrace {
  return {
    id,
    line: 'main',
    family: 'ipv4',
    target: 'anchor-ipv4',
    address: '203.0.113.10',
    at: toIso(atMs),
    reason: 'scheduled',
    fingerprint: 'a',
    isReached: true,
    end: 'reached',
    hops: [hop(1, '192.168.1.1'), hop(2, '198.51.100.1')],
    ...more,
  };
}

function hop(ttl: number, address: string): PathTrace['hops'][number] {
  const times = { sent: 3, lost: 0, rttMs: 1, bestMs: 1, worstMs: 1 };
  return { ttl, addresses: [address], name: null, segment: null, ...times, network: null };
}

function link(atMs: number, more: Partial<LinkState> = {}): LinkState {
  return {
    line: 'main',
    at: toIso(atMs),
    interface: 'eth0',
    isUp: true,
    hasCarrier: true,
    addresses: ['192.168.1.2'],
    families: [
      {
        family: 'ipv4',
        hasAddress: true,
        hasRoute: true,
        gateway: '192.168.1.1',
        neighbour: 'reachable',
        gatewayMac: '02:00:00:00:00:01',
      },
    ],
    lease: null,
    wireless: null,
    ...more,
  };
}

test('the timeline tells from the first loss to the recovery, with what changed meanwhile', async (t) => {
  const { line, outage, startedMs, tell, detail, service } = await open(t);
  outage.evidence.phases = [
    { at: outage.startedAt, segment: 'gateway' },
    { at: toIso(startedMs + 20_000), segment: 'access' },
  ];
  line.links = [link(startedMs - minute), link(startedMs + 10_000, { hasCarrier: false })];
  line.traces = [
    trace(1, startedMs - minute),
    trace(2, startedMs + 5000, { isReached: false, end: 'silent', fingerprint: 'b', hops: [] }),
    trace(3, startedMs + 70_000, { fingerprint: 'c', hops: [hop(1, '192.168.1.1'), hop(2, '198.51.100.9')] }),
  ];
  line.busy = [
    {
      id: 1,
      line: 'main',
      startedAt: toIso(startedMs + 30_000),
      endedAt: null,
      direction: 'up',
      source: 'own',
      downMbps: 0,
      upMbps: 18,
      addedMs: 200,
      text: 'Your own traffic fills the line.',
    } satisfies BusyPeriod,
  ];
  line.gaps = [gapOf(1, startedMs + 40_000, startedMs + 45_000, 'not-measured')];
  await tell();
  await service.edits.note(1, 'Lights are red.');
  const { timeline } = await detail();
  assert.deepEqual(
    timeline.map(
      ({ at, kind, text }) => `${Math.round((Date.parse(at) - startedMs) / 100) / 10} ${kind}: ${text}`,
    ),
    [
      '0 first-loss: The Internet was down: the first exchange that shows it.',
      '1.4 noticed: Noticed after 1.4 s.',
      '3 verdict: Judged after 3 s: the line to your provider (90 % sure).',
      '10 link: eth0 lost its carrier: cable or Wi-Fi.',
      '20 verdict: The break moved: now the line to your provider.',
      '30 busy: Your own traffic fills the line.',
      '40 gap: Nothing was measured from 12:10:40 to 12:10:45: the box could not measure.',
      '60 recovered: Over after 1 min.',
      '70 path-changed: The way to anchor-ipv4 is another one from hop 2 on.',
      '3000 note: Lights are red.',
    ],
  );
});

test('traces are the newest before, those during and the first after, of its line', async (t) => {
  const { line, startedMs, tell, detail } = await open(t);
  line.traces = [
    trace(1, startedMs - 30 * minute),
    trace(2, startedMs - 5 * minute),
    trace(3, startedMs - 6 * minute, { target: 'second-anchor' }),
    trace(4, startedMs - 4 * minute, { line: 'second' }),
    trace(5, startedMs + 1000),
    trace(6, startedMs + 59_000),
    trace(7, startedMs + 70_000),
    trace(8, startedMs + 10 * minute),
  ];
  await tell();
  const { before, during, after } = (await detail()).traces;
  const ids = (traces: PathTrace[]) => traces.map(({ id }) => id).sort();
  assert.deepEqual([ids(before), ids(during), ids(after)], [[2, 3], [5, 6], [7]]);
});

test('impacts come from the best anchor, second by second, and finer where the black box was', async (t) => {
  const { line, store, startedMs, tell, detail } = await open(t);
  line.latency.list = [
    fakeTarget({ id: 'good', segment: 'anchor' }),
    fakeTarget({ id: 'dead', segment: 'anchor' }),
    fakeTarget({ id: 'slow', segment: 'anchor', intervalMs: 5000 }),
    fakeTarget({ id: 'router', segment: 'gateway' }),
  ];
  const hourMs = Math.floor(startedMs / 3_600_000) * 3_600_000;
  for (const target of ['good', 'dead', 'router']) {
    const series = await store.measurements.openSeries({
      kind: 'icmp',
      line: 'main',
      target,
      family: 'ipv4',
    });
    const rttUs = Float64Array.from({ length: 3600 }, (_, index) => {
      const atMs = hourMs + index * 1000;
      const isDown = atMs >= startedMs && atMs < startedMs + minute;
      return target === 'dead' || (target === 'good' && isDown) ? -1 : 20_000;
    });
    const run = { startMonoMs: hourMs, intervalMs: 1000, rttUs, duplicates: 0, reordered: 0, late: 0 };
    await store.measurements.importHour(series, hourMs, [run]);
  }
  await store.measurements.flush();
  await tell();
  const seconds = async () =>
    Object.fromEntries((await detail()).impacts.map(({ activity, seconds: bad }) => [activity, bad]));
  // The video plays 10 s from its buffer, stalls for 50 and until 2 s are in it again.
  assert.deepEqual(await seconds(), { voice: 60, 'video-call': 60, video: 52, games: 60, web: 60 });

  // The black box saw 20 exchanges a second, half of which came back: not silent, and still of no use for calls.
  const offsetsMs = Array.from({ length: 1200 }, (_, index) => index * 50);
  const capture: Capture = {
    id: 1,
    key: 'outage-1',
    line: 'main',
    startedAt: toIso(startedMs),
    endedAt: toIso(startedMs + minute),
    series: [
      { target: 'good', offsetsMs, rttMs: offsetsMs.map((_, index) => (index % 2 === 0 ? 20 : null)) },
    ],
  };
  line.captures.set('outage-1', [capture, { ...capture, id: 2 }]);
  const { captures } = await detail();
  assert.equal(captures.length, 2);
  assert.deepEqual(await seconds(), { voice: 60, 'video-call': 60, video: 52, games: 60, web: 0 });
});

test('hosts that refuse pings while pages load say nothing about what works', async (t) => {
  const { line, outage, startedMs, tell, detail } = await open(t);
  line.latency.list = [fakeTarget({ id: 'good', segment: 'anchor' })];
  const offsetsMs = Array.from({ length: 90 }, (_, index) => index * 1000);
  line.captures.set('outage-1', [
    {
      id: 1,
      key: 'outage-1',
      line: 'main',
      startedAt: toIso(startedMs - 15_000),
      endedAt: toIso(startedMs + 75_000),
      series: [
        {
          target: 'good',
          offsetsMs,
          rttMs: offsetsMs.map((ms) => (ms >= 15_000 && ms <= 75_000 ? null : 20)),
        },
      ],
    },
  ]);
  await tell();
  const web = async () => (await detail()).impacts.find(({ activity }) => activity === 'web')?.seconds;
  assert.equal(await web(), 61);
  outage.kind = 'degradation';
  assert.equal(await web(), 0);
});

test('without measurements of that time nothing is claimed about it', async (t) => {
  const { line, tell, detail } = await open(t);
  line.latency.list = [fakeTarget({ id: 'good', segment: 'anchor' })];
  await tell();
  assert.deepEqual((await detail()).impacts, []);
});

test('names asked in that time on its line are shown', async (t) => {
  const { line, startedMs, tell, detail } = await open(t);
  const answer = {
    server: '192.168.1.1',
    line: 'main',
    role: 'router',
    at: toIso(startedMs + 1000),
    name: 'example.com',
    type: 'A',
    outcome: 'timeout',
    rttMs: null,
    answers: [],
    reason: null,
  } as const;
  line.names = [
    { ...answer, answers: [] },
    { ...answer, line: 'second', answers: [] },
    { ...answer, at: toIso(startedMs - minute), answers: [] },
  ];
  await tell();
  assert.deepEqual((await detail()).names, [answer]);
});

test('an unknown incident has no detail', async (t) => {
  const { service } = await open(t);
  assert.equal(await service.detail(77), null);
});

test('a link that changed says how', () => {
  const family = link(0).families[0];
  assert.ok(family);
  const changes = (before: Partial<LinkState>, after: Partial<LinkState>) =>
    linkChanges(link(0, before), link(1, after));
  assert.deepEqual(changes({}, {}), []);
  assert.deepEqual(changes({ hasCarrier: false }, {}), ['eth0 has a carrier again']);
  assert.deepEqual(changes({}, { interface: 'wlan0', addresses: ['192.168.1.7'] }), [
    'The line moved from eth0 to wlan0',
    'Address 192.168.1.2 went away',
    'Address 192.168.1.7 came',
  ]);
  assert.deepEqual(changes({}, { families: [{ ...family, hasRoute: false, neighbour: 'failed' }] }), [
    'The default route of IPv4 went away',
    'The router of IPv4 is not found on the local network',
  ]);
  assert.deepEqual(changes({}, { families: [{ ...family, gateway: '192.168.1.254' }] }), [
    'The router of IPv4 is 192.168.1.254 now, it was 192.168.1.1',
  ]);
  assert.deepEqual(changes({}, { families: [{ ...family, gatewayMac: '02:00:00:00:00:02' }] }), [
    'Another device answers as the router of IPv4: 02:00:00:00:00:02 in place of 02:00:00:00:00:01',
  ]);
});
