/** Everything the replayed appliance knows of one incident, drawn from the same series as the charts. */
import type {
  Impact,
  Incident,
  IncidentDetail,
  IncidentMoment,
} from '../../appliance/features/judge/incident/schema.ts';
import type { Outage } from '../../appliance/features/judge/outage/schema.ts';
import type { Capture } from '../../appliance/features/watch/black-box/schema.ts';
import type { NameAnswer } from '../../appliance/features/watch/dns/schema.ts';
import type { PathHop, PathTrace } from '../../appliance/features/watch/path/schema.ts';
import { minute, second } from './replay-history.ts';
import type { ReplayModel } from './replay-model.ts';
import type { Records } from './replay-records.ts';

const iso = (ms: number) => new Date(ms).toISOString();
/** The black box holds this much before and after; in between at most so much. */
const beforeMs = minute;
const afterMs = 30 * second;
const longestMs = 20 * minute;

export function detailOf(
  model: ReplayModel,
  records: Records,
  incident: Incident,
  nowMs: number,
): IncidentDetail {
  const outages = incident.outages.flatMap((id) => records.outages.find((one) => one.id === id) ?? []);
  const fromMs = Date.parse(incident.startedAt);
  const toMs = incident.endedAt ? Date.parse(incident.endedAt) : nowMs;
  const around = records.list(fromMs - 2 * minute, toMs + 2 * minute, nowMs);
  return {
    incident,
    outages,
    gaps: around.gaps,
    busy: around.busy,
    timeline: outages.flatMap(momentsOf),
    impacts: impactsOf(outages),
    notes: [],
    traces: {
      before: [traceOf(1, fromMs - 4 * minute, incident.verdict, false)],
      during: [traceOf(2, fromMs + 3 * second, incident.verdict, incident.kind === 'outage')],
      after: incident.endedAt ? [traceOf(3, toMs + 20 * second, incident.verdict, false)] : [],
    },
    names: outages.slice(-1).flatMap(namesOf),
    captures: outages.slice(0, 3).map((one) => captureOf(model, one, nowMs)),
  };
}

function momentsOf(one: Outage): IncidentMoment[] {
  const percent = Math.round(one.confidence * 100);
  const list: IncidentMoment[] = [
    { at: one.startedAt, kind: 'first-loss', text: 'The first exchange that stayed without an answer.' },
    { at: one.announcedAt, kind: 'noticed', text: 'Noticed; probing up to 20 times a second from here on.' },
  ];
  if (one.decidedAt)
    list.push({ at: one.decidedAt, kind: 'verdict', text: `Verdict: ${one.verdict} (${percent} %).` });
  if (one.endedAt) list.push({ at: one.endedAt, kind: 'recovered', text: 'The first answer came back.' });
  return list;
}

function impactsOf(outages: readonly Outage[]): Impact[] {
  const felt = outages.filter((one) => one.durationSeconds > 4);
  const seconds = felt.reduce((sum, one) => sum + one.durationSeconds, 0);
  const length = seconds > 90 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`;
  const times = felt.length === 1 ? 'once' : `${felt.length} times`;
  const method = 'A call counts as failed when nothing came through for more than 4 s.';
  return felt.length === 0
    ? []
    : [
        {
          activity: 'video-call',
          failures: felt.length,
          seconds,
          text: `Video calls would have failed ${times}, ${length} in total.`,
          method,
        },
        {
          activity: 'web',
          failures: felt.length,
          seconds,
          text: `Web pages would not have opened for ${length}.`,
          method: 'A page counts as failed when neither a name nor a connection came within 10 s.',
        },
      ];
}

const way: readonly [address: string, name: string | null, segment: PathHop['segment'], rttMs: number][] = [
  ['192.168.1.1', 'router.home.arpa', 'gateway', 0.7],
  ['100.64.0.1', null, 'isp', 7.2],
  ['203.0.113.17', 'ae3-0.core1.example.net', 'transit', 9.1],
  ['198.51.100.4', 'ix-peer.example.org', null, 11.4],
  ['1.1.1.1', 'one.one.one.one', 'anchor', 12.4],
];
const brokenAfter: Partial<Record<Outage['verdict'], number>> = {
  device: 0,
  lan: 0,
  gateway: 0,
  access: 1,
  unclear: 1,
  isp: 2,
  transit: 3,
};

function traceOf(id: number, atMs: number, verdict: Outage['verdict'], isBroken: boolean): PathTrace {
  const last = isBroken ? (brokenAfter[verdict] ?? way.length) : way.length;
  const hops = way
    .slice(0, Math.min(way.length, last + 3))
    .map(([address, name, segment, rttMs], index): PathHop => {
      const isSilent = index >= last;
      return {
        ttl: index + 1,
        addresses: isSilent ? [] : [address],
        name: isSilent ? null : name,
        segment: isSilent ? null : segment,
        sent: 3,
        lost: isSilent ? 3 : 0,
        rttMs: isSilent ? null : rttMs,
        bestMs: isSilent ? null : rttMs * 0.95,
        worstMs: isSilent ? null : rttMs * 1.3,
        network: null,
      };
    });
  return {
    id,
    line: 'main',
    family: 'ipv4',
    target: 'anchor-cloudflare-ipv4',
    address: '1.1.1.1',
    at: iso(atMs),
    reason: isBroken ? 'state' : 'scheduled',
    fingerprint: 'c0ffee',
    isReached: last === way.length,
    end: last === way.length ? 'reached' : 'silent',
    hops,
  };
}

function namesOf(one: Outage): NameAnswer[] {
  const isBeyond = ['device', 'lan', 'gateway', 'access', 'isp', 'unclear', 'dns'].includes(one.verdict);
  const isSilent = one.kind === 'outage' && isBeyond;
  const ask = (server: string, role: NameAnswer['role'], rttMs: number, isLost: boolean): NameAnswer => ({
    server,
    line: one.line,
    role,
    at: one.decidedAt ?? one.announcedAt,
    name: 'example.com',
    type: 'A',
    outcome: isLost ? (one.verdict === 'dns' ? 'servfail' : 'timeout') : 'answer',
    rttMs: isLost ? null : rttMs,
    answers: isLost ? [] : ['93.184.215.14'],
    reason: null,
  });
  return [
    ask('192.168.1.1', 'router', 9.8, isSilent),
    ask('1.1.1.1', 'configured', 12.6, isSilent && one.verdict !== 'dns'),
    ask('tls://9.9.9.9', 'control', 31.2, isSilent && one.verdict !== 'dns'),
  ];
}

function captureOf(model: ReplayModel, one: Outage, nowMs: number): Capture {
  const fromMs = Date.parse(one.startedAt);
  const startMs = fromMs - beforeMs;
  const endMs = Math.min(one.endedAt ? Date.parse(one.endedAt) + afterMs : nowMs, fromMs + longestMs);
  const quickFromMs = Date.parse(one.announcedAt);
  const quickToMs = quickFromMs + 20 * second;
  return {
    id: one.id,
    key: `outage-${one.id}`,
    line: one.line,
    startedAt: iso(startMs),
    endedAt: iso(endMs),
    series: model.targets.map((target) => {
      const offsetsMs: number[] = [];
      const rttMs: (number | null)[] = [];
      for (let at = startMs; at < endMs; at += at >= quickFromMs && at < quickToMs ? 50 : second) {
        const value = model.sample(target.id, at);
        if (value === undefined) continue;
        offsetsMs.push(at - startMs);
        rttMs.push(value === null ? null : Math.round(value * 1000) / 1000);
      }
      return { target: target.id, offsetsMs, rttMs };
    }),
  };
}
