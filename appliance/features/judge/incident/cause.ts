import type { Verdict } from '../../../core/shapes.ts';
import { scopeOf } from './group.ts';
import type { Member } from './member.ts';
import { lengthOf, lengthOutside, type Span } from './spans.ts';

/** The shortest that a record counts with; one lost second has a verdict too. */
const leastMs = 1000;
const gravity = { critical: 3, high: 2, medium: 1 } as const;

/** What an incident comes to, from what is known of its outages. */
export interface Finding {
  kind: Member['kind'];
  verdict: Verdict;
  /** The confidence of that verdict, over all the time that was judged: doubtful minutes lower it. */
  confidence: number;
  severity: Member['severity'];
  startedMs: number;
  /** Null while one of them lasts. */
  endedMs: number | null;
  downMs: number;
  degradedMs: number;
  /** The record that the verdict rests on most. */
  leading: Member;
}

/** Draws the cause from the gravest records, weighed by length and confidence. `members` is not empty. */
export function find(members: readonly Member[], nowMs: number): Finding {
  const isOutage = members.some(({ kind }) => kind === 'outage');
  const grave = isOutage ? members.filter(({ kind }) => kind === 'outage') : members;
  const isClear = ({ verdict }: Member) => verdict !== 'unclear';
  // What is known of the lesser ones is better than nothing known of the gravest.
  const judged = grave.some(isClear) || !members.some(isClear) ? grave : members;
  const candidates = judged.some(isClear) ? judged.filter(isClear) : judged;
  const weight = (member: Member) =>
    Math.max(leastMs, (member.endedMs ?? nowMs) - member.startedMs) * member.confidence;
  const byVerdict = [...Map.groupBy(candidates, ({ verdict }) => verdict)].map(([verdict, records]) => ({
    verdict,
    weight: records.reduce((sum, record) => sum + weight(record), 0),
    leading: records.reduce((best, record) => (precedes(record, best, weight) ? record : best)),
  }));
  const winner = byVerdict.reduce((best, next) =>
    next.weight > best.weight || (next.weight === best.weight && next.verdict < best.verdict) ? next : best,
  );
  const judgedMs = judged.reduce(
    (sum, { startedMs, endedMs }) => sum + Math.max(leastMs, (endedMs ?? nowMs) - startedMs),
    0,
  );
  const isOpen = members.some(({ endedMs }) => endedMs === null);
  return {
    kind: isOutage ? 'outage' : 'degradation',
    verdict: winner.verdict,
    confidence: Math.round((winner.weight / judgedMs) * 100) / 100,
    severity: members
      .map(({ severity }) => severity)
      .reduce((worst, next) => (gravity[next] > gravity[worst] ? next : worst)),
    startedMs: Math.min(...members.map(({ startedMs }) => startedMs)),
    endedMs: isOpen ? null : Math.max(...members.map(({ endedMs }) => endedMs ?? 0)),
    ...times(members, nowMs),
    leading: winner.leading,
  };
}

function precedes(one: Member, other: Member, weight: (member: Member) => number): boolean {
  const difference = weight(one) - weight(other);
  if (difference !== 0) return difference > 0;
  return (
    one.startedMs - other.startedMs < 0 || (one.startedMs === other.startedMs && one.outage < other.outage)
  );
}

/** Down is what the line was as a whole, where it was; names and single destinations only where nothing else was. */
function times(members: readonly Member[], nowMs: number): { downMs: number; degradedMs: number } {
  const spans = (records: readonly Member[]) => records.map((record) => spanOf(record, nowMs));
  const outages = members.filter(({ kind }) => kind === 'outage');
  const ofLine = outages.filter((record) => scopeOf(record) === 'line');
  const down = spans(ofLine.length > 0 ? ofLine : outages);
  return { downMs: lengthOf(down), degradedMs: lengthOutside(spans(members), down) };
}

/** Up to now while it lasts. */
export function spanOf({ startedMs, endedMs }: Member, nowMs: number): Span {
  return { fromMs: startedMs, toMs: Math.max(startedMs, endedMs ?? nowMs) };
}
