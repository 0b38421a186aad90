import { toIso } from '../../../core/clock.ts';
import type { Gap } from '../outage/schema.ts';
import { find } from './cause.ts';
import { touchMs } from './group.ts';
import type { Member } from './member.ts';
import type { Incident } from './schema.ts';
import type { IncidentRow } from './store.ts';
import { wordsOf } from './words.ts';

export interface Surroundings {
  gaps: readonly Gap[];
  nowMs: number;
  timezone: string;
  isClockKnown: boolean;
  isOnlyLine: boolean;
}

/** What a person reads, from what is stored. `members` is not empty. */
export function compose(row: IncidentRow, members: readonly Member[], around: Surroundings): Incident {
  const { nowMs, timezone, isClockKnown, isOnlyLine } = around;
  const finding = find(members, nowMs);
  const gaps = gapsOf(members, around.gaps, nowMs);
  const lineName = isOnlyLine ? null : row.line;
  const words = wordsOf({ members, gaps, nowMs, timezone, isClockKnown, lineName });
  return {
    id: row.id,
    line: row.line,
    ...words,
    kind: finding.kind,
    verdict: finding.verdict,
    confidence: finding.confidence,
    severity: finding.severity,
    startedAt: toIso(finding.startedMs),
    endedAt: finding.endedMs === null ? null : toIso(finding.endedMs),
    downSeconds: seconds(finding.downMs),
    degradedSeconds: seconds(finding.degradedMs),
    outages: members.map(({ outage }) => outage),
    tags: row.tags,
    isAcknowledged: row.isAcknowledged,
    isEdited: row.isEdited,
  };
}

/** Gaps in the time of an incident, with the one that cut its end off. */
function gapsOf(members: readonly Member[], gaps: readonly Gap[], nowMs: number): Gap[] {
  const { startedMs, endedMs } = find(members, nowMs);
  const isCutOff = members.some((member) => member.endedBy === 'gap' && member.endedMs === endedMs);
  const untilMs = (endedMs ?? nowMs) + (isCutOff ? touchMs : 0);
  return gaps.filter(
    ({ startedAt, endedAt }) => Date.parse(startedAt) <= untilMs && Date.parse(endedAt) >= startedMs,
  );
}

const seconds = (ms: number) => Math.round(ms) / 1000;
