/** What tests of the evidence share: an hour in which the line broke, and a service that holds it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FeatureContext, FeaturePorts } from '../../core/feature.ts';
import { statisticColumns } from '../../core/storing.ts';
import type {} from '../../features/judge/gap/schema.ts'; // declares its port and event
import type { IncidentDetail } from '../../features/judge/incident/schema.ts';
import type { EvidenceNode, Gap, Outage } from '../../features/judge/outage/schema.ts';
import type {} from '../../features/keep/settings/config.ts'; // declares the section `site`
import { chainMigrations } from '../../features/tell/evidence/chain-table.ts';
import { EvidenceService } from '../../features/tell/evidence/service.ts';
import type { CaptureSeries } from '../../features/watch/black-box/schema.ts';
import type { Target } from '../../features/watch/latency/schema.ts';
import type { PathHop, PathTrace } from '../../features/watch/path/schema.ts';
import { openStore } from '../../store/index.ts';
import { fakeContext } from './context.ts';

/** The clock of `fakeContext` stands at noon; the line broke an hour and a half before. */
export const brokeAtMs = Date.UTC(2026, 10, 22, 10, 30, 3, 250);
export const backAtMs = brokeAtMs + 95_400;
const iso = (ms: number) => new Date(ms).toISOString();

export const exampleTargets: readonly Target[] = [
  target('gateway-ipv4', 'Router', '192.168.1.1', 'gateway'),
  target('isp-ipv4', 'Provider', '198.51.100.1', 'isp'),
  target('transit-1', 'core1.transit.example', '198.51.100.77', 'transit'),
  target('cloudflare-ipv4', 'Cloudflare', '1.1.1.1', 'anchor'),
  target('quad9-ipv4', 'Quad9', '9.9.9.9', 'anchor'),
  target('printer', 'annas-printer', '192.168.1.23', 'lan'),
];

function target(id: string, name: string, address: string, segment: Target['segment']): Target {
  const shared = { line: 'main', family: 'ipv4', method: 'icmp-raw', intervalMs: 1000 } as const;
  return { id, name, host: address, address, segment, ...shared };
}

function node({ id, name, address, segment, family }: Target): EvidenceNode {
  const isNear = segment === 'gateway' || segment === 'lan';
  return {
    target: id,
    name,
    address,
    segment,
    family,
    sent: 31,
    lost: isNear ? 0 : 31,
    rttMs: isNear ? 0.41 : null,
    baselineMs: isNear ? 0.4 : 14.2,
    lastAnswerAt: iso(brokeAtMs - 750),
    isUsed: segment !== 'transit',
  };
}

export function exampleOutage(): Outage {
  return {
    id: 7,
    line: 'main',
    family: 'ipv4',
    kind: 'outage',
    symptom: 'no-answer',
    verdict: 'access',
    candidates: ['access', 'isp'],
    confidence: 0.97,
    severity: 'critical',
    startedAt: iso(brokeAtMs),
    endedAt: iso(backAtMs),
    durationSeconds: 95.4,
    announcedAt: iso(brokeAtMs + 1900),
    decidedAt: iso(brokeAtMs + 4000),
    endedBy: 'recovery',
    target: null,
    text: "Nothing beyond the router answered for 1 min 35 s: the router did, the provider's first router did not.",
    evidence: {
      rule: 'no-answer/isp-hop-silent',
      because: ['The router answered all 31 times.', "The provider's first router answered none of 31."],
      segment: 'access',
      cause: null,
      nodes: exampleTargets.map(node),
      facts: [
        { name: 'carrier', value: 'eth0 up, 1000 Mbit/s, d8:3a:dd:01:02:03' },
        { name: 'public address', value: '203.0.113.77' },
      ],
      phases: [{ at: iso(brokeAtMs), segment: 'access' }],
    },
  };
}

/** 20 a second while it is broken, one a second around it. */
function captured(id: string, rttMs: number, isNear: boolean): CaptureSeries {
  const offsetsMs: number[] = [];
  for (let ms = 0; ms < 185_400; ms += ms >= 60_000 && ms < 155_400 ? 50 : 1000) offsetsMs.push(ms);
  const isLost = (ms: number) => !isNear && ms >= 60_000 && ms < 155_400;
  return {
    target: id,
    offsetsMs,
    rttMs: offsetsMs.map((ms) =>
      isLost(ms) ? null : Number((rttMs * (1 + ((ms * 7919) % 97) / 400)).toFixed(3)),
    ),
  };
}

function hop(ttl: number, address: string | null, more: Partial<PathHop> = {}): PathHop {
  const isSilent = address === null;
  return {
    ttl,
    addresses: isSilent ? [] : [address],
    name: null,
    segment: null,
    sent: 3,
    lost: isSilent ? 3 : 0,
    rttMs: isSilent ? null : 1.5 * ttl,
    bestMs: isSilent ? null : 1.4 * ttl,
    worstMs: isSilent ? null : 1.9 * ttl,
    network: null,
    ...more,
  };
}

function trace(id: number, atMs: number, hops: PathHop[], isReached: boolean): PathTrace {
  return {
    id,
    line: 'main',
    family: 'ipv4',
    target: 'cloudflare-ipv4',
    address: '1.1.1.1',
    at: iso(atMs),
    reason: 'outage',
    fingerprint: `path-${id}`,
    isReached,
    end: isReached ? 'reached' : 'silent',
    hops,
  };
}

export function exampleDetail(change: Partial<IncidentDetail['incident']> = {}): IncidentDetail {
  const outage = exampleOutage();
  const home = hop(1, '192.168.1.1', { name: 'fritz.box', segment: 'gateway' });
  const provider = hop(2, '198.51.100.1', { name: 'bng1.provider.example', segment: 'isp' });
  const network = { asn: 64500, owner: 'EXAMPLE-AS Example Ltd', prefix: '198.51.100.0/24' };
  const whole = [home, provider, hop(3, '198.51.100.77', { segment: 'transit', network }), hop(4, '1.1.1.1')];
  return {
    incident: {
      id: 12,
      line: 'main',
      title: 'The line to the provider was down for 1 min 35 s',
      text: 'Nothing beyond the router answered from 10:30:03 on, for 1 min 35 s. Fault: the line to the provider.',
      kind: 'outage',
      verdict: 'access',
      confidence: 0.97,
      severity: 'critical',
      startedAt: outage.startedAt,
      endedAt: outage.endedAt,
      downSeconds: 95.4,
      degradedSeconds: 0,
      outages: [outage.id],
      tags: [],
      isAcknowledged: false,
      isEdited: false,
      ...change,
    },
    outages: [outage],
    gaps: [],
    busy: [],
    timeline: [
      { at: iso(brokeAtMs), kind: 'first-loss', text: 'The first packet was lost.' },
      { at: iso(brokeAtMs + 1900), kind: 'noticed', text: 'Noticed: nothing beyond the router answers.' },
      { at: iso(backAtMs), kind: 'recovered', text: 'Everything answers again.' },
    ],
    impacts: [
      {
        activity: 'video-call',
        failures: 1,
        seconds: 95.4,
        text: 'Video calls would have failed once, for 1 min 35 s.',
        method: 'A call fails when nothing arrives for 5 s.',
      },
    ],
    notes: [{ id: 1, at: iso(backAtMs + 60_000), text: 'We were in a call <b>with</b> the doctor.' }],
    traces: {
      before: [trace(1, brokeAtMs - 600_000, whole, true)],
      during: [trace(2, brokeAtMs + 2500, [home, hop(2, null), hop(3, null), hop(4, null)], false)],
      after: [trace(3, backAtMs + 5000, whole, true)],
    },
    names: [
      {
        server: '192.168.1.1',
        line: 'main',
        role: 'router',
        at: iso(brokeAtMs + 3000),
        name: 'example.com',
        type: 'A',
        outcome: 'timeout',
        rttMs: null,
        answers: [],
        reason: null,
      },
    ],
    captures: [
      {
        id: 3,
        key: 'outage-7',
        line: 'main',
        startedAt: iso(brokeAtMs - 60_000),
        endedAt: iso(backAtMs + 30_000),
        series: exampleTargets.map(({ id, segment }, index) =>
          captured(id, 0.4 + index * 4, segment === 'gateway' || segment === 'lan'),
        ),
      },
    ],
  };
}

export interface EvidenceWorld {
  service: EvidenceService;
  fake: ReturnType<typeof fakeContext>;
  context: FeatureContext;
  dataFolder: string;
  incidents: Map<number, IncidentDetail>;
  gaps: Gap[];
  /** Another service on the same data, after the one before was stopped. */
  again(): EvidenceService;
  close(): Promise<void>;
}

/** A real state.db in a folder of its own; what is measured is an even line. */
export async function evidenceWorld(): Promise<EvidenceWorld> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'ist-evidence-'));
  const incidents = new Map([[12, exampleDetail()]]);
  const gaps: Gap[] = [];
  const overlaps = (start: string, end: string | null, fromMs: number, toMs: number) =>
    Date.parse(start) < toMs && (end === null || Date.parse(end) >= fromMs);
  const ports = {
    incident: {
      list: async (fromMs: number, toMs: number) =>
        [...incidents.values()]
          .map(({ incident }) => incident)
          .filter(({ startedAt, endedAt }) => overlaps(startedAt, endedAt, fromMs, toMs)),
      detail: async (id: number) => incidents.get(id) ?? null,
    },
    gap: {
      between: async (fromMs: number, toMs: number) =>
        gaps.filter(({ startedAt, endedAt }) => overlaps(startedAt, endedAt, fromMs, toMs)),
    },
    latency: { targets: () => exampleTargets, save: async () => undefined },
  } as unknown as FeaturePorts; // what this feature asks of them
  const fake = fakeContext({ ports });
  const store = await openStore({
    dataFolder,
    migrations: chainMigrations,
    commitMinutes: 5,
    retention: { rawDays: 365, hourDays: 1825, maxMb: 512 },
    clock: fake.clock,
    log: fake.log,
  });
  const measurements = Object.assign(store.measurements, evenLine);
  const context: FeatureContext = {
    ...fake.context,
    store: { ...store, measurements },
    about: { ...fake.context.about, dataFolder, version: '1.2.3' },
  };
  return {
    service: new EvidenceService(context),
    fake,
    context,
    dataFolder,
    incidents,
    gaps,
    again: () => new EvidenceService(context),
    async close() {
      await store.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** Every second an answer after 14 ms, and none while the line was broken. */
const evenLine = {
  openSeries: async ({ target }: { target: string }) =>
    1 + exampleTargets.findIndex(({ id }) => id === target),
  async statistics({ fromMs, toMs, series }: { fromMs: number; toMs: number; series: number }) {
    const measuredMs = Math.max(0, toMs - Math.max(fromMs, measuredSinceMs));
    return { ...statisticsOf(measuredMs / 1000, 0, 14_000 + series), measuredMs };
  },
  async pointRows({
    fromMs,
    toMs,
    stepMs,
    series,
  }: {
    fromMs: number;
    toMs: number;
    stepMs: number;
    series: number;
  }) {
    const rows: number[] = [];
    for (let ms = fromMs; ms < toMs; ms += stepMs) {
      const isLost = ms >= brokeAtMs && ms < backAtMs && series !== 1;
      const point = statisticsOf(1, isLost ? 1 : 0, 14_000 + series);
      rows.push(ms, ...statisticColumns.map((name) => point[name]));
    }
    return { stepMs, rows: Float64Array.from(rows) };
  },
};
export const measuredSinceMs = Date.UTC(2026, 10, 22, 9);

function statisticsOf(count: number, lost: number, rttUs: number) {
  const us = count > lost ? rttUs : Number.NaN;
  const times = Object.fromEntries(statisticColumns.map((name) => [name, us]));
  const counts = { count, lost, reordered: 0, duplicates: 0, late: 0 };
  return { ...times, ...counts } as Record<(typeof statisticColumns)[number], number>; // all of the columns
}
