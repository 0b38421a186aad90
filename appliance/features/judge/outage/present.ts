import { toIso } from '../../../core/clock.ts';
import type { BusyRecord, OutageRecord, RecordNode } from './records.ts';
import type { StoredBusy, StoredOutage } from './records-store.ts';
import type { BusyPeriod, EvidenceNode, Outage } from './schema.ts';
import { becauseOf, busyText, mbps, recordText } from './words.ts';

export interface Presenting {
  timezone: string;
  /** More than one line is watched. */
  isSeveral: boolean;
  isClockKnown: boolean;
  nowMs: number;
}

/** Longer than this without an answer is critical for anybody. */
const criticalMs = 5 * 60_000;

export function presentOutage({ id, offsetMs, record }: StoredOutage, presenting: Presenting): Outage {
  const wallMs = (ms: number) => ms + offsetMs;
  const iso = (ms: number) => toIso(Math.round(wallMs(ms)));
  const { families, endMs } = record;
  const untilMs = endMs ?? Math.max(record.lastMs, presenting.nowMs - offsetMs);
  return {
    id,
    line: record.line,
    family: families.length === 1 && families[0] !== undefined ? families[0] : 'both',
    kind: record.kind,
    symptom: record.symptom,
    verdict: record.verdict,
    candidates: record.candidates,
    confidence: Number(record.confidence.toFixed(2)),
    severity: severityOf(record, untilMs - record.startMs),
    startedAt: iso(record.startMs),
    endedAt: endMs === null ? null : iso(endMs),
    durationSeconds: Math.round(untilMs - record.startMs) / 1000,
    announcedAt: iso(record.announcedMs),
    decidedAt: record.decidedMs === null ? null : iso(record.decidedMs),
    endedBy: record.endedBy,
    target: record.target,
    text: recordText(
      { ...record, lastMs: untilMs },
      {
        timezone: presenting.timezone,
        lineName: presenting.isSeveral ? record.line : null,
        wallMs: presenting.isClockKnown ? wallMs : null,
      },
    ),
    evidence: {
      rule: record.rule,
      because: becauseOf(record),
      segment: record.segment,
      cause: record.cause,
      nodes: record.nodes.map((node) => presentNode(node, iso)),
      facts: record.facts,
      phases: record.phases.map(({ atMs, segment }) => ({ at: iso(atMs), segment })),
    },
  };
}

function presentNode(node: RecordNode, iso: (ms: number) => string): EvidenceNode {
  const inMs = (us: number | null) => (us === null || Number.isNaN(us) ? null : Math.round(us) / 1000);
  return {
    target: node.target,
    name: node.name,
    address: node.address,
    segment: node.segment,
    family: node.family,
    sent: node.sent,
    lost: node.lost,
    rttMs: inMs(node.medianUs),
    baselineMs: inMs(node.baselineUs),
    lastAnswerAt: node.lastAnsweredMs === null ? null : iso(node.lastAnsweredMs),
    isUsed: node.isUsed,
  };
}

function severityOf({ kind, families, symptom }: OutageRecord, lengthMs: number): Outage['severity'] {
  if (kind === 'degradation') return 'medium';
  return symptom === 'no-answer' && families.length > 1 && lengthMs >= criticalMs ? 'critical' : 'high';
}

export function presentBusy({ id, offsetMs, record }: StoredBusy, presenting: Presenting): BusyPeriod {
  const wallMs = (ms: number) => ms + offsetMs;
  const rate = (bps: number) => (record.source === 'inferred' ? null : mbps(bps));
  return {
    id,
    line: record.line,
    startedAt: toIso(Math.round(wallMs(record.startMs))),
    endedAt: record.endMs === null ? null : toIso(Math.round(wallMs(record.endMs))),
    direction: record.direction,
    source: record.source,
    downMbps: rate(record.downBps),
    upMbps: rate(record.upBps),
    addedMs: Math.round(record.addedUs / 100) / 10,
    text: busyText(record satisfies BusyRecord, {
      timezone: presenting.timezone,
      lineName: presenting.isSeveral ? record.line : null,
      wallMs: presenting.isClockKnown ? wallMs : null,
    }),
  };
}
