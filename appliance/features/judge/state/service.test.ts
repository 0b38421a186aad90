import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeContext, settle } from '../../../testing/fakes/context.ts';
import type { LatencyPort, RecentWindow, Target } from '../../watch/latency/schema.ts';
import type { GapPort } from '../gap/schema.ts';
import type { Gap, LineVerdict, Outage, OutagePort } from '../outage/schema.ts';
import type { TimelineEvent } from './schema.ts';
import { StateService } from './service.ts';

const anchor: Target = {
  id: 'anchor-ipv4',
  name: 'Anchor',
  host: '203.0.113.10',
  address: '203.0.113.10',
  segment: 'anchor',
  line: 'main',
  family: 'ipv4',
  method: 'icmp-raw',
  intervalMs: 1000,
};

const anOutage: Outage = {
  id: 7,
  line: 'main',
  family: 'both',
  kind: 'outage',
  symptom: 'no-answer',
  verdict: 'access',
  candidates: ['access', 'gateway'],
  confidence: 0.9,
  severity: 'high',
  startedAt: '2026-11-22T19:42:07.000Z',
  endedAt: null,
  durationSeconds: 12,
  announcedAt: '2026-11-22T19:42:10.000Z',
  decidedAt: '2026-11-22T19:42:12.000Z',
  endedBy: null,
  target: null,
  text: 'The Internet has been down since 19:42:07 (12 s). Fault: the line to your provider.',
  evidence: {
    rule: 'no-answer/access',
    because: [],
    segment: 'access',
    cause: null,
    nodes: [],
    facts: [],
    phases: [],
  },
};

const anchor6: Target = { ...anchor, id: 'anchor-ipv6', family: 'ipv6' };
const silent = { count: 30, lost: 30, lostInRow: 30, lostSinceMonoMs: 0 };

/** A service whose first anchor the test switches. */
function open(targets = [anchor], before: Gap | null = null) {
  const recent: RecentWindow = {
    count: 60,
    lost: 0,
    p50Us: 15_000,
    lastRttUs: 15_000,
    lostInRow: 0,
    lostSinceMonoMs: Number.NaN,
    lastSentMonoMs: 0,
  };
  const latency: LatencyPort = {
    targets: () => targets,
    onExchanges: () => () => undefined,
    setFound: () => undefined,
    recent: (id) =>
      id === anchor6.id ? { ...recent, ...silent, lastSentMonoMs: recent.lastSentMonoMs } : recent,
    save: async () => undefined,
    link: () => ({
      at: '',
      lines: [{ name: 'main', interface: 'eth0', gateways: ['192.168.1.1'], ispHops: [], resolvers: [] }],
    }),
  };
  const gap: GapPort = {
    between: async () => [],
    firstMs: async () => null,
    atStart: async () => before,
    recordPast: () => Promise.reject(new Error('nobody imports here')),
  };
  const judged: LineVerdict = {
    line: 'main',
    state: 'up',
    verdict: null,
    sinceMonoMs: 0,
    open: [],
    busy: null,
  };
  const outage: OutagePort = {
    line: () => judged,
    between: async () => [],
    byId: async () => null,
    busyBetween: async () => [],
    judgePast: async () => [],
    uptime: async () => {
      throw new Error('not asked for here');
    },
  };
  const fake = fakeContext({ ports: { latency, gap, outage } });
  const events: TimelineEvent[] = [];
  fake.bus.on('event.recorded', (event) => events.push(event));
  const service = new StateService(fake.context);
  const second = async () => {
    recent.lastSentMonoMs = fake.clock.monoMs();
    fake.clock.advance(1000);
    await settle();
  };
  const judge = (part: Partial<LineVerdict>) => Object.assign(judged, part);
  return { fake, service, events, second, judge };
}

test('the state, its verdict and since when are what the judge says', async () => {
  const { fake, service, second, judge } = open();
  await service.start();
  await second();
  assert.equal(service.status().state, 'up');
  const firstLost = fake.clock.monoMs() - 3000;
  judge({ state: 'down', verdict: 'access', sinceMonoMs: firstLost, open: [anOutage] });
  await second();
  const status = service.status();
  assert.equal(status.state, 'down');
  assert.equal(status.verdict, 'access');
  assert.equal(status.since, new Date(fake.timeline.wallMs(firstLost)).toISOString());
  assert.equal(status.sentence, anOutage.text);
  assert.equal(status.lines[0]?.outage, anOutage.id);
  await service.stop();
});

test('an outage is told once its verdict is known, and when it is over', async () => {
  const { fake, service, events } = open();
  await service.start();
  fake.bus.emit('outage.opened', { ...anOutage, decidedAt: null, verdict: 'unclear' });
  fake.bus.emit('outage.updated', anOutage);
  fake.bus.emit('outage.updated', { ...anOutage, confidence: 0.95 });
  fake.bus.emit('outage.closed', { ...anOutage, endedAt: '2026-11-22T19:51:30.000Z', text: 'It was down.' });
  await settle();
  const told = events.filter(({ kind }) => kind.startsWith('outage.'));
  assert.deepEqual(
    told.map(({ kind, at, text }) => [kind, at, text]),
    [
      ['outage.opened', anOutage.startedAt, anOutage.text],
      ['outage.closed', '2026-11-22T19:51:30.000Z', 'It was down.'],
    ],
  );
  await service.stop();
});

test('IPv6 that never answered here does not make a working line unwell', async () => {
  const { service, second } = open([anchor, anchor6]);
  await service.start();
  for (let turn = 0; turn < 3; turn += 1) await second();
  const status = service.status();
  assert.equal(status.state, 'up');
  assert.deepEqual(
    status.lines[0]?.stations.map(({ family, state }) => [family, state]),
    [
      ['ipv4', 'up'],
      ['ipv6', 'unknown'],
    ],
  );
  await service.stop();
});

test('the stream hears of a change at once and of newer numbers every five seconds', async () => {
  const { fake, service, second } = open();
  let changes = 0;
  let refreshes = 0;
  fake.bus.on('state.changed', () => {
    changes += 1;
  });
  fake.bus.on('status.refreshed', () => {
    refreshes += 1;
  });
  await service.start();
  for (let turn = 0; turn < 11; turn += 1) await second();
  assert.equal(changes, 1);
  assert.equal(refreshes, 2);
  await service.stop();
});

const powerCut: Gap = {
  id: 1,
  startedAt: '2026-11-22T11:00:00.000Z',
  endedAt: '2026-11-22T11:00:21.000Z',
  reason: 'power',
  text: 'Nothing was measured for 21 s: the box was without power or was reset.',
};

test('a power cut is written down at its beginning, whenever it became known', async () => {
  for (const isEarly of [true, false]) {
    const { fake, service, events } = open([anchor], isEarly ? powerCut : null);
    await service.start();
    await settle();
    if (!isEarly) fake.bus.emit('gap.recorded', powerCut);
    await settle();
    const told = events.filter(({ kind }) => kind === 'gap');
    assert.deepEqual(
      told.map(({ text, at }) => [text, at]),
      [[powerCut.text, powerCut.startedAt]],
    );
    await service.stop();
  }
});

test('a restart of a few seconds is not worth an entry', async () => {
  const { service, events } = open([anchor], { ...powerCut, reason: 'stopped' });
  await service.start();
  await settle();
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['service.started'],
  );
  await service.stop();
});
