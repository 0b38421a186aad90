/** The history as the appliance would have recorded it: outages, busy periods, gaps, uptime, calendar, incidents. */
import type { Incident } from '../../appliance/features/judge/incident/schema.ts';
import type {
  BusyPeriod,
  EvidenceNode,
  Gap,
  Outage,
  OutageCalendar,
  OutageDay,
  OutageList,
  Uptime,
} from '../../appliance/features/judge/outage/schema.ts';
import type { Target } from '../../appliance/features/watch/latency/schema.ts';
import { day, type History, isAffected, minute, second, type Trouble } from './replay-history.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms));
/** Records nearer to each other than this belong together. */
const togetherMs = 15 * minute;

export interface Probed {
  target: Target;
  baseMs: number;
}

const said: Record<Outage['verdict'], string> = {
  device: 'This box had no link: its cable was unplugged.',
  lan: 'The network in the house did not answer, this box had its link.',
  gateway: 'Your router did not answer either.',
  access: 'Your router answered, your provider’s first router did not.',
  isp: 'Your provider’s first router answered, nothing behind it did.',
  transit: 'Your provider answered, but several places beyond it did not.',
  dns: 'The Internet answered, but names were not turned into addresses.',
  service: 'One destination did not answer; everything else did.',
  ipv6: 'IPv6 got no answer, IPv4 worked.',
  'captive-portal': 'A login page answered in place of the Internet.',
  unclear: 'Nothing answered, and not enough was seen to say where it broke.',
};
const rules: Partial<Record<Outage['verdict'], string>> = {
  access: 'no-answer/isp-hop-silent',
  isp: 'no-answer/behind-isp-hop',
  gateway: 'no-answer/gateway-silent',
};

export function outagesOf(history: History, probed: readonly Probed[], nowMs: number): Outage[] {
  return history.troubles.map((one, index) => outageOf(one, index + 1, probed, nowMs)).reverse();
}

function outageOf(one: Trouble, id: number, probed: readonly Probed[], nowMs: number): Outage {
  const endMs = one.toMs ?? nowMs;
  const announcedMs = one.fromMs + (one.kind === 'outage' ? 1400 : 42 * second);
  const decidedMs = announcedMs + 1900;
  const isOutage = one.kind === 'outage';
  const lasted = endMs - one.fromMs;
  return {
    id,
    line: one.line,
    family: one.family,
    kind: one.kind,
    symptom: one.symptom,
    verdict: one.verdict,
    candidates: one.candidates,
    confidence: one.confidence,
    severity: isOutage && lasted > 10 * minute ? 'critical' : isOutage ? 'high' : 'medium',
    startedAt: iso(one.fromMs),
    endedAt: isoOrNull(one.toMs),
    durationSeconds: lasted / second,
    announcedAt: iso(announcedMs),
    decidedAt: decidedMs <= endMs ? iso(decidedMs) : null,
    endedBy: one.toMs === null ? null : 'recovery',
    target: one.target,
    text: `${symptomText(one)} ${said[one.verdict]}`,
    evidence: {
      rule: rules[one.verdict] ?? `${one.symptom}/${one.verdict}`,
      because: [said[one.verdict], `${Math.round(one.depth * 100)} % of what was sent that way was lost.`],
      segment: one.verdict,
      cause: one.symptom === 'mtu' ? 'mtu' : null,
      nodes: probed.map((own) => nodeOf(one, own, Math.min(endMs, decidedMs))),
      facts: [
        { name: 'Carrier', value: one.verdict === 'device' ? 'gone' : 'present' },
        { name: 'Default route', value: 'via 192.168.1.1 on eth0' },
        { name: 'Neighbour 192.168.1.1', value: one.verdict === 'gateway' ? 'failed' : 'reachable' },
        { name: 'Traffic at that moment', value: '0.4 Mbit/s down, 0.1 Mbit/s up' },
      ],
      phases: [{ at: iso(one.fromMs), segment: one.verdict }],
    },
  };
}

function symptomText(one: Trouble): string {
  if (one.symptom === 'names') return 'Names were not resolved.';
  if (one.symptom === 'mtu') return 'Large packets got lost, small ones passed.';
  if (one.kind === 'degradation') return `About ${Math.round(one.depth * 100)} % of the packets were lost.`;
  return 'Nothing in the Internet answered.';
}

function nodeOf(one: Trouble, { target, baseMs }: Probed, decidedMs: number): EvidenceNode {
  const sent = Math.max(3, Math.round(((decidedMs - one.fromMs) / second) * (one.kind === 'outage' ? 6 : 1)));
  const lost = isAffected(one, target) ? Math.round(sent * one.depth) : 0;
  const isSilent = lost === sent;
  return {
    target: target.id,
    name: target.name,
    address: target.address,
    segment: target.segment,
    family: target.family,
    sent,
    lost,
    rttMs: isSilent ? null : Math.round(baseMs * 1040) / 1000,
    baselineMs: baseMs,
    lastAnswerAt: iso(isSilent ? one.fromMs - 480 : decidedMs - 200),
    isUsed: true,
  };
}

export function busyOf(history: History): BusyPeriod[] {
  return history.rushes
    .map(
      (one, index): BusyPeriod => ({
        id: index + 1,
        line: one.line,
        startedAt: iso(one.fromMs),
        endedAt: isoOrNull(one.toMs),
        direction: one.direction,
        source: one.source,
        downMbps: one.downMbps,
        upMbps: one.upMbps,
        addedMs: one.addedMs,
        text:
          one.source === 'router'
            ? `Your own traffic filled the line (${one.upMbps} of 20 Mbit/s up): answers took ${one.addedMs} ms longer.`
            : `The line filled up like a queue: answers took ${one.addedMs} ms longer. What the house sent is not visible to this box.`,
      }),
    )
    .reverse();
}

const holeText: Record<Gap['reason'], string> = {
  power: 'The box was without power: nothing was measured.',
  stopped: 'The service was stopped: nothing was measured.',
  crashed: 'The service ended unexpectedly: nothing was measured.',
  suspended: 'The box slept: nothing was measured.',
  'not-measured': 'The box ran but could not measure.',
  clock: 'The time of day was not known.',
};

export function gapsOf(history: History): Gap[] {
  return history.holes.map((one, index) => ({
    id: index + 1,
    startedAt: iso(one.fromMs),
    endedAt: iso(one.toMs),
    reason: one.reason,
    text: holeText[one.reason],
  }));
}

const isOwnFault = (verdict: Outage['verdict']) => ['device', 'lan', 'gateway'].includes(verdict);
type Span = readonly [fromMs: number, toMs: number];

/** Seconds of a range that the spans cover; none of the replayed ones overlap. */
function covered(spans: readonly Span[], fromMs: number, toMs: number): number {
  const parts = spans.map(([from, to]) => Math.max(0, Math.min(to, toMs) - Math.max(from, fromMs)));
  return parts.reduce((sum, part) => sum + part, 0) / second;
}

export class Records {
  readonly outages: Outage[];
  readonly busy: BusyPeriod[];
  readonly gaps: Gap[];
  readonly firstMs: number;
  readonly #history: History;

  constructor(history: History, probed: readonly Probed[], nowMs: number) {
    this.#history = history;
    this.firstMs = history.firstMs;
    this.outages = outagesOf(history, probed, nowMs);
    this.busy = busyOf(history);
    this.gaps = gapsOf(history);
  }

  list(fromMs: number, toMs: number, nowMs: number): OutageList {
    const isInside = (one: { startedAt: string; endedAt: string | null }) =>
      Date.parse(one.startedAt) < toMs && (one.endedAt === null || Date.parse(one.endedAt) > fromMs);
    return {
      outages: this.outages.filter(isInside),
      busy: this.busy.filter(isInside),
      gaps: this.gaps.filter(isInside),
      uptime: this.uptime(fromMs, toMs, nowMs),
    };
  }

  uptime(fromMs: number, toMs: number, nowMs: number): Uptime {
    const down = this.#history.troubles.filter((one) => one.kind === 'outage' && one.family === 'both');
    const spans = (list: readonly Trouble[]) => list.map((one): Span => [one.fromMs, one.toMs ?? nowMs]);
    const seconds = (list: readonly Trouble[]) => covered(spans(list), fromMs, toMs);
    const holes = this.#history.holes.map((one): Span => [one.fromMs, one.toMs]);
    const unobservedSeconds = covered([...holes, [0, this.firstMs]], fromMs, toMs);
    const watched = (toMs - fromMs) / second - unobservedSeconds;
    const downSeconds = seconds(down);
    const own = seconds(down.filter((one) => isOwnFault(one.verdict)));
    const verdicts = [...new Set(down.map((one) => one.verdict))];
    return {
      upSeconds: watched - downSeconds,
      downSeconds,
      unobservedSeconds,
      ratio: watched <= 0 ? null : (watched - downSeconds) / watched,
      byVerdict: verdicts
        .map((verdict) => ({ verdict, seconds: seconds(down.filter((one) => one.verdict === verdict)) }))
        .filter((one) => one.seconds > 0)
        .sort((a, b) => b.seconds - a.seconds),
      provider: {
        downSeconds: downSeconds - own,
        unobservedSeconds: unobservedSeconds + own,
        ratio: watched - own <= 0 ? null : (watched - downSeconds) / (watched - own),
      },
    };
  }

  calendar(days: number, nowMs: number): OutageCalendar {
    const list: OutageDay[] = [];
    const start = new Date(nowMs);
    start.setHours(0, 0, 0, 0);
    for (let back = days - 1; back >= 0; back -= 1) {
      const from = new Date(start.getFullYear(), start.getMonth(), start.getDate() - back);
      const to = new Date(start.getFullYear(), start.getMonth(), start.getDate() - back + 1);
      list.push(this.#day(from, Math.min(to.getTime(), nowMs), nowMs));
    }
    return { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, days: list };
  }

  #day(from: Date, toMs: number, nowMs: number): OutageDay {
    const uptime = this.uptime(from.getTime(), toMs, nowMs);
    const here = this.list(from.getTime(), toMs, nowMs).outages;
    const weak = here.filter((one) => one.kind === 'degradation');
    const degradedSeconds = covered(
      weak.map((one) => [Date.parse(one.startedAt), one.endedAt ? Date.parse(one.endedAt) : nowMs]),
      from.getTime(),
      toMs,
    );
    const down = uptime.downSeconds;
    const { ratio } = uptime;
    const level =
      ratio === null
        ? 'no-data'
        : down === 0 && degradedSeconds < 60
          ? 'perfect'
          : ratio >= 0.999
            ? 'good'
            : ratio >= 0.99
              ? 'fair'
              : ratio >= 0.95
                ? 'poor'
                : 'bad';
    return {
      date: `${from.getFullYear()}-${String(from.getMonth() + 1).padStart(2, '0')}-${String(from.getDate()).padStart(2, '0')}`,
      level,
      ratio,
      downSeconds: down,
      degradedSeconds,
      unobservedSeconds: uptime.unobservedSeconds,
      outages: here.length - weak.length,
    };
  }

  /** Newest first, like the outages. */
  incidents(nowMs: number): Incident[] {
    const groups: Outage[][] = [];
    for (const one of [...this.outages].reverse()) {
      const last = groups.findLast((group) => group[0]?.line === one.line);
      const before = last?.at(-1);
      const isNear = before?.endedAt && Date.parse(one.startedAt) - Date.parse(before.endedAt) < togetherMs;
      if (last && isNear) last.push(one);
      else groups.push([one]);
    }
    return groups.map((group, index) => incidentOf(group, index + 1, nowMs)).reverse();
  }
}

const titles: Record<Outage['verdict'], string> = {
  device: 'The box lost its link',
  lan: 'The home network failed',
  gateway: 'The router stopped answering',
  access: 'The line to your provider failed',
  isp: 'Your provider’s network failed',
  transit: 'The Internet behind your provider failed',
  dns: 'Names were not resolved',
  service: 'Quad9 could not be reached',
  ipv6: 'IPv6 failed, IPv4 worked',
  'captive-portal': 'A login page stood in between',
  unclear: 'The Internet did not answer',
};

export function incidentOf(group: readonly Outage[], id: number, nowMs: number): Incident {
  const worst = [...group].sort(
    (a, b) =>
      Number(b.kind === 'outage') - Number(a.kind === 'outage') || b.durationSeconds - a.durationSeconds,
  )[0];
  const first = group[0];
  const last = group.at(-1);
  if (!worst || !first || !last) throw new Error('an incident without records');
  const lasted = (one: Outage) =>
    ((one.endedAt ? Date.parse(one.endedAt) : nowMs) - Date.parse(one.startedAt)) / second;
  const sum = (kind: Outage['kind']) =>
    group.filter((one) => one.kind === kind).reduce((total, one) => total + lasted(one), 0);
  const weak = worst.kind === 'degradation' && worst.symptom === 'loss' ? 'Packets got lost' : null;
  const times =
    group.length > 1
      ? ` ${group.length} times in ${Math.round((Date.parse(last.startedAt) - Date.parse(first.startedAt)) / minute)} min`
      : '';
  return {
    id,
    line: worst.line,
    title: `${weak && worst.verdict !== 'service' ? weak : titles[worst.verdict]}${times}`,
    text: worst.text,
    kind: worst.kind,
    verdict: worst.verdict,
    confidence: worst.confidence,
    severity: worst.severity,
    startedAt: first.startedAt,
    endedAt: last.endedAt,
    downSeconds: sum('outage'),
    degradedSeconds: sum('degradation'),
    outages: group.map((one) => one.id),
    tags: [],
    isAcknowledged: nowMs - Date.parse(first.startedAt) > 20 * day,
    isEdited: false,
  };
}
