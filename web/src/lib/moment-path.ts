/** The path strip of an incident: before, during and after, from what was kept of it. Plain functions. */
import type { IncidentDetail } from '../../../appliance/features/judge/incident/schema.ts';
import type { EvidenceNode, Outage } from '../../../appliance/features/judge/outage/schema.ts';
import type { Station } from '../../../appliance/features/judge/state/schema.ts';
import type { Capture } from '../../../appliance/features/watch/black-box/schema.ts';
import type { NameAnswer } from '../../../appliance/features/watch/dns/schema.ts';
import type { Target } from '../../../appliance/features/watch/latency/schema.ts';
import { type PathStation, type State, stationsOf } from './path.ts';
import { type Witness, witnessesOf } from './witness.ts';

/** What was seen of one target in some span. */
export interface Seen {
  segment: Station['segment'];
  family: Station['family'];
  sent: number;
  lost: number;
  rttMs: number | null;
  /** What was usual before; null where that is not known. */
  usualMs: number | null;
}

/** Before and after are judged by this much of the exchanges next to the outage. */
const besideMs = 30_000;
const downRatio = 0.9;
const degradedRatio = 0.05;
/** One or two lost of many happen on every line. */
const fewLost = 2;
const manySent = 20;
/** Answers that take this many times as long as usual, and a little, are impaired. */
const slowFactor = 2.5;
const slowMs = 5;

export interface MomentPaths {
  before: PathStation[] | null;
  during: PathStation[];
  /** Null while it lasts, and where nothing was kept. */
  after: PathStation[] | null;
}

/** The record that speaks for an incident: an outage before a degradation, the longest of them. */
export function mainOutage(outages: readonly Outage[]): Outage | null {
  const ranked = [...outages].sort(
    (a, b) =>
      Number(b.kind === 'outage') - Number(a.kind === 'outage') || b.durationSeconds - a.durationSeconds,
  );
  return ranked[0] ?? null;
}

export function momentPaths(
  detail: Pick<IncidentDetail, 'outages' | 'captures' | 'names'>,
  targets: readonly Target[],
): MomentPaths | null {
  const outage = mainOutage(detail.outages);
  if (!outage) return null;
  const { nodes } = outage.evidence;
  const witnesses = witnessesOf(nodes, targets);
  const others = witnesses.filter((one) => nodes.every((node) => node.target !== one.target));
  const capture = captureOf(outage, detail.captures);
  const startMs = Date.parse(outage.startedAt);
  const endMs = outage.endedAt === null ? null : Date.parse(outage.endedAt);
  const before = seenBetween(witnesses, capture, startMs - besideMs, startMs);
  const during = [
    ...nodes.flatMap(duringOf),
    ...seenBetween(others, capture, startMs, endMs ?? Number.POSITIVE_INFINITY),
  ];
  const after = endMs === null ? [] : seenBetween(witnesses, capture, endMs + 1, endMs + besideMs);
  const usual = nodes.flatMap(usualOf);
  return {
    before: before.length > 0 ? pathOf(before, null) : usual.length > 0 ? pathOf(usual, null) : null,
    during: pathOf([...during, ...namesSeen(detail.names, outage, during)], outage.verdict),
    after: after.length > 0 ? pathOf(after, null) : null,
  };
}

export function captureOf(outage: Outage, captures: readonly Capture[]): Capture | null {
  return (
    captures.find((one) => one.key === `outage-${outage.id}`) ??
    captures.find((one) => one.startedAt <= outage.startedAt && one.endedAt >= outage.startedAt) ??
    null
  );
}

function duringOf(node: EvidenceNode): Seen[] {
  if (!node.isUsed) return [];
  const { segment, family, sent, lost, rttMs } = node;
  return [{ segment, family, sent, lost, rttMs, usualMs: node.baselineMs }];
}

/** That it answered, and how fast, is all that the evidence knows of before. */
function usualOf({ isUsed, baselineMs, segment, family }: EvidenceNode): Seen[] {
  if (!isUsed || baselineMs === null) return [];
  return [{ segment, family, sent: 1, lost: 0, rttMs: baselineMs, usualMs: baselineMs }];
}

function seenBetween(
  witnesses: readonly Witness[],
  capture: Capture | null,
  fromMs: number,
  toMs: number,
): Seen[] {
  if (!capture) return [];
  const startMs = Date.parse(capture.startedAt);
  return witnesses.flatMap((node): Seen[] => {
    const series = capture.series.find((one) => one.target === node.target);
    if (!series || !node.isUsed) return [];
    const values = series.rttMs.filter((_, index) => {
      const at = startMs + (series.offsetsMs[index] ?? Number.NaN);
      return at >= fromMs && at < toMs;
    });
    if (values.length === 0) return [];
    const answered = values.filter((value) => value !== null).sort((a, b) => a - b);
    return [
      {
        segment: node.segment,
        family: node.family,
        sent: values.length,
        lost: values.length - answered.length,
        rttMs: answered[Math.floor((answered.length - 1) / 2)] ?? null,
        usualMs: node.baselineMs,
      },
    ];
  });
}

/** Where no resolver is among the targets, the questions that were asked say how names did. */
function namesSeen(names: readonly NameAnswer[], outage: Outage, seen: readonly Seen[]): Seen[] {
  if (seen.some((one) => one.segment === 'resolver')) return [];
  const asked = names.filter(
    (one) =>
      one.role !== 'control' &&
      one.at >= outage.startedAt &&
      (outage.endedAt === null || one.at <= outage.endedAt),
  );
  if (asked.length === 0) return [];
  const family = outage.family === 'ipv6' ? 'ipv6' : 'ipv4';
  const isAnswer = ({ outcome }: NameAnswer) => outcome === 'answer' || outcome === 'nxdomain';
  const times = asked.flatMap((one) => (isAnswer(one) && one.rttMs !== null ? [one.rttMs] : []));
  return [
    {
      segment: 'resolver',
      family,
      sent: asked.length,
      lost: asked.filter((one) => !isAnswer(one)).length,
      rttMs: times.sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)] ?? null,
      usualMs: null,
    },
  ];
}

export function stateOf({ sent, lost, rttMs, usualMs }: Seen): State {
  if (sent === 0) return 'unknown';
  const ratio = lost / sent;
  if (ratio >= downRatio) return 'down';
  const isSlow = rttMs !== null && usualMs !== null && rttMs > usualMs * slowFactor + slowMs;
  const isLossy = ratio >= degradedRatio && (lost > fewLost || sent < manySent);
  return isLossy || isSlow ? 'degraded' : 'up';
}

/** The stations of the strip; several targets of a segment become one that is as good as all of them together. */
function pathOf(seen: readonly Seen[], verdict: string | null): PathStation[] {
  const groups = Map.groupBy(seen, ({ segment, family }) => `${segment} ${family}`);
  const stations = [...groups.values()].flatMap((group): Station[] => {
    const [first] = group;
    if (!first) return [];
    const states = new Set(group.map(stateOf));
    const [only] = states;
    const sent = group.reduce((sum, one) => sum + one.sent, 0);
    const lost = group.reduce((sum, one) => sum + one.lost, 0);
    const times = group.flatMap((one) => one.rttMs ?? []).sort((a, b) => a - b);
    return [
      {
        segment: first.segment,
        family: first.family,
        state: states.size === 1 && only ? only : 'degraded',
        target: null,
        rttMs: times[0] ?? null,
        lossRatio: sent === 0 ? null : lost / sent,
      },
    ];
  });
  // The box itself had its link unless the verdict says otherwise: it wrote this down.
  const line = { name: '', interface: '', gateway: null, state: 'unknown' as const, since: null, stations };
  return stationsOf(line, verdict);
}
