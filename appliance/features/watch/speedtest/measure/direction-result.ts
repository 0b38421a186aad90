/** The figures of one direction, from what was seen while it was loaded. Pure. */
import type { RemoteCount } from '../../../../core/load.ts';
import type { FoundServer } from '../engine.ts';
import type { DirectionResult } from '../schema.ts';
import type { DelayProbe } from './delay-probe.ts';
import type { DirectionTrace } from './direction.ts';
import { estimateCapacity } from './estimate.ts';
import { gradeOf } from './grade.ts';
import { bestSecondMbps, deepestSpan, sustainedMbps } from './steady.ts';
import { type BytesAt, delaysBetween, rateMbps } from './trace.ts';

/** A middlebox that acknowledges for the receiver is ahead of it by more than what is under way. */
const leastReceivedShare = 0.8;
/** What it has counted later than this is more than what a queue can hold back. */
const leastRemoteMs = 2000;

export interface DirectionFacts {
  direction: 'down' | 'up';
  server: Pick<FoundServer, 'isOurs'>;
  trace: DirectionTrace;
  probe: Pick<DelayProbe, 'best' | 'figures'>;
  baseMs: number;
  /** Interface, bytes of this way over time; empty where nobody counts. */
  line: readonly BytesAt[];
  recoveryMs: number | null;
  /** What our own probes take from this way. */
  probesMbps: number;
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);

export function directionResult(facts: DirectionFacts): DirectionResult {
  const { direction, trace, probe, baseMs, line, recoveryMs } = facts;
  const { samples, steady, remotes } = trace;
  const fromMs = samples[0]?.monoMs ?? Number.NaN;
  const toMs = samples.at(-1)?.monoMs ?? Number.NaN;
  const seconds = (toMs - fromMs) / 1000;
  const isLong = seconds >= 8;
  // What stands behind a gap arrives all at once in order: only as it came it is never more than the line.
  const arrived =
    direction === 'up' ? samples : samples.map(({ monoMs, ownBytes }) => ({ monoMs, bytes: ownBytes }));
  const estimate = trace.stop === 'estimate' ? estimateCapacity(arrived, probe.best(), baseMs) : null;
  const unsettled = isLong ? bestSecondMbps(arrived) : rateMbps(samples, fromMs, toMs);
  const measured = steady?.mbps ?? estimate?.mbps ?? unsettled;
  const capacity = measured + facts.probesMbps;
  const sustained = isLong ? finite(sustainedMbps(samples) + facts.probesMbps) : null;
  const receiverMbps = receiverRate(remotes, direction);
  const isAhead = direction === 'up' && isAcknowledgedByOthers(trace);
  const deep = deepestSpan(probe.best(), fromMs, toMs);
  const addedMs = deep === null ? null : finite(Math.max(0, deep.p90Ms - baseMs));
  const deepFigures = (kind: 'icmp' | 'tcp') =>
    deep === null ? null : probe.figures(kind, deep.fromMs, deep.toMs);
  const control = congestionControlOf(facts);
  const wholeMs: [number, number] = [fromMs, toMs];
  const lineRate = steady ? rateMbps(line, steady.fromMs, steady.toMs) : rateMbps(line, ...wholeMs);
  const lost = delaysBetween(probe.best(), ...wholeMs);
  return {
    capacityMbps: isAhead ? receiverMbps : finite(capacity),
    capacityErrorMbps: estimate?.errorMbps ?? null,
    sustainedMbps: sustained,
    meanMbps: finite(rateMbps(samples, fromMs, toMs)),
    singleStreamMbps: trace.singleStreamMbps,
    receiverMbps: direction === 'down' ? finite(capacity) : receiverMbps,
    lineMbps: finite(lineRate),
    burstRatio: sustained === null || steady === null ? null : capacity / sustained,
    countedBy: direction === 'down' || isAhead ? 'receiver' : 'acknowledged',
    streams: trace.streams,
    congestionControl: control,
    stop: trace.stop,
    stoppedAtMs: (steady?.toMs ?? toMs) - fromMs,
    seconds,
    bytes: Math.round(samples.at(-1)?.bytes ?? 0),
    wireBytes: wireBytesOf(line, fromMs, toMs),
    retransmits: retransmitsOf(facts),
    lossRatio: lost.count === 0 ? null : lost.lost / lost.count,
    icmp: deepFigures('icmp'),
    tcp: deepFigures('tcp'),
    addedMs,
    // A sender that keeps the queue short hides how deep it is for all others.
    grade: addedMs === null || control === 'bbr' ? null : gradeOf(addedMs),
    recoveryMs,
  };
}

function wireBytesOf(line: readonly BytesAt[], fromMs: number, toMs: number): number | null {
  const within = line.filter(({ monoMs }) => monoMs >= fromMs && monoMs <= toMs);
  const [first, last] = [within[0], within.at(-1)];
  return first && last ? last.bytes - first.bytes : null;
}

function countsByStream(remotes: readonly RemoteCount[]): RemoteCount[][] {
  const streams = new Map<number, RemoteCount[]>();
  for (const count of remotes) streams.set(count.stream, [...(streams.get(count.stream) ?? []), count]);
  return [...streams.values()];
}

/** What the other side counted by its own clock, between its first and its last word; null where it said too little. */
export function receiverRate(remotes: readonly RemoteCount[], direction: 'down' | 'up'): number | null {
  if (direction === 'down') return null;
  const rates = countsByStream(remotes).flatMap((counts) => {
    const [first, last] = [counts[0], counts.at(-1)];
    if (!first || !last || last.elapsedUs <= first.elapsedUs) return [];
    return ((last.bytes - first.bytes) * 8) / (last.elapsedUs - first.elapsedUs);
  });
  return rates.length === 0 ? null : rates.reduce((sum, each) => sum + each, 0);
}

/** Somebody on the way says "arrived" for what the receiver does not have. */
function isAcknowledgedByOthers({ remotes, samples }: DirectionTrace): boolean {
  const streams = countsByStream(remotes);
  const received = streams.reduce((sum, counts) => sum + (counts.at(-1)?.bytes ?? 0), 0);
  const elapsedMs = Math.max(0, ...streams.map((counts) => counts.at(-1)?.elapsedUs ?? 0)) / 1000;
  const firstMs = samples[0]?.monoMs ?? Number.NaN;
  const then = samples.findLast(({ monoMs }) => monoMs <= firstMs + elapsedMs);
  return then !== undefined && elapsedMs > leastRemoteMs && received < then.bytes * leastReceivedShare;
}

function congestionControlOf({ direction, trace }: DirectionFacts): string | null {
  if (direction === 'up') return trace.report?.congestionControl ?? null;
  return (
    trace.remotes.findLast(({ congestionControl }) => congestionControl !== null)?.congestionControl ?? null
  );
}

function retransmitsOf({ direction, trace }: DirectionFacts): number | null {
  if (direction === 'up') return trace.samples.at(-1)?.retransmits ?? null;
  const last = countsByStream(trace.remotes).map((counts) => counts.at(-1)?.retransmits ?? null);
  const known = last.filter((each) => each !== null);
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0);
}
