/** What one run of a case is worth: records against expectations, without any network or clock. */
import type { Outage } from '../../features/judge/outage/schema.ts';
import type { DrillCase, Expectation, Pattern } from './case.ts';
import type { Observation } from './observation.ts';
import { deedMs, downs, type Interval, trueIntervals, wholeInterval } from './truth.ts';

/** Blame as sure as this must not be wrong. */
export const confident = 0.8;
/** Every outage this long must be found. */
export const findableMs = 2000;
/** A record belongs to what was when it lies this close to it. */
const slackMs = { before: 3000, after: 10_000 };
/** To count as found it must lie on it. */
const foundSlackMs = { before: 1000, after: 1000 };
/** Share of the traffic, or of the time not watched, that must be told. */
const toldShare = { busy: 0.3, gap: 0.6 };

/** One thing that was expected, and the record that came closest. */
export interface Finding {
  expected: string;
  /** Kind and verdict of that record, or `nothing`. */
  given: string;
  isRight: boolean;
  /** Null where no outage was expected, or too short a one. */
  isFound: boolean | null;
  trueSeconds: number;
  /** Null where the ends cannot be compared. */
  startErrorMs: number | null;
  endErrorMs: number | null;
  /** After the true start; of the service's word and what the API showed, the later. */
  announcedMs: number | null;
  decidedMs: number | null;
  confidence: number | null;
  candidates: readonly string[];
  /** Rule, place and cause, as the record explains itself. */
  path: string;
  remarks: string[];
}

export interface Judgement {
  name: string;
  findings: Finding[];
  /** Records, gaps and busy periods that nothing accounts for. */
  falses: string[];
  /** Further records of what was found already. */
  splits: number;
  /** Wrong blame with a confidence of 0.8 or more, at any time. */
  confidentWrongs: string[];
  remarks: string[];
  isRight: boolean;
}

export function judge(drill: DrillCase, seen: Observation): Judgement {
  const left = new Set(seen.answer.outages.filter((record) => endOf(record) >= seen.calmFromMs));
  const confidentWrongs: string[] = [];
  const findings: Finding[] = [];
  let splits = 0;
  for (const expectation of drill.expect) {
    const intervals = trueIntervals(drill, expectation, seen).filter(
      ({ startMs, endMs }) => expectation.flapping === undefined || endMs - startMs >= findableMs,
    );
    const taken = new Set<Outage>();
    for (const interval of intervals) {
      const record = closest(expectation, interval, [...left, ...taken], drill.expect);
      if (record) {
        taken.add(record);
        left.delete(record);
      }
      findings.push(findingOf(drill, expectation, interval, record, seen));
    }
    for (const record of taken) confidentWrongs.push(...wrongBlame(record, drill.expect, seen));
  }
  for (const record of left) {
    const isSplit = drill.expect.some((each) => fits(record, each) && isNearAny(record, drill, each, seen));
    if (isSplit) splits += 1;
    if (isSplit || drill.allow?.some((each) => fits(record, each))) left.delete(record);
    else confidentWrongs.push(...wrongBlame(record, [...drill.expect, ...(drill.allow ?? [])], seen));
  }
  const falses = [...[...left].map(describe), ...falsePeriods(drill, seen)];
  const remarks = [...gapRemarks(drill, seen), ...busyRemarks(drill, seen)];
  const isRight = findings.every((finding) => finding.isRight) && falses.length === 0 && remarks.length === 0;
  return { name: drill.name, findings, falses, splits, confidentWrongs, remarks, isRight };
}

function findingOf(
  drill: DrillCase,
  expectation: Expectation,
  interval: Interval,
  record: Outage | null,
  seen: Observation,
): Finding {
  const isLong = expectation.kind === 'outage' && interval.endMs - interval.startMs >= findableMs;
  const found = seen.answer.outages.some(
    (each) => each.kind === 'outage' && isNear(each, interval, foundSlackMs),
  );
  const remarks = record ? differences(record, expectation) : [];
  const finding: Finding = {
    expected: `${expectation.kind} ${expectation.verdicts.join('/')}`,
    given: 'nothing',
    isRight: record !== null && fits(record, expectation) && remarks.length === 0,
    isFound: isLong ? found : null,
    trueSeconds: (interval.endMs - interval.startMs) / 1000,
    startErrorMs: null,
    endErrorMs: null,
    announcedMs: null,
    decidedMs: null,
    confidence: record?.confidence ?? null,
    candidates: record?.candidates ?? [],
    path: record ? pathOf(record) : '',
    remarks,
  };
  if (!record) return finding;
  finding.given = `${record.kind} ${record.verdict}`;
  // Where it came in pieces, the first one tells of the start and the last one of the end.
  const pieces = piecesOf(record, expectation, interval, seen);
  const first = pieces[0] ?? record;
  const last = pieces.reduce((a, b) => (endOf(b) > endOf(a) ? b : a), record);
  const shownMs = seen.sightings.find(({ id, kind }) => id === first.id && kind === first.kind)?.atMs;
  finding.announcedMs = Math.max(Date.parse(first.announcedAt), shownMs ?? 0) - interval.startMs;
  finding.decidedMs = first.decidedAt === null ? null : Date.parse(first.decidedAt) - interval.startMs;
  const ends = expectation.times ?? (expectation.kind === 'outage' ? 'both' : 'none');
  const edges = edgesOf(drill, expectation, interval, seen);
  if (ends !== 'none') finding.startErrorMs = nearest(Date.parse(first.startedAt), edges.starts);
  if (ends === 'both' && last.endedAt !== null)
    finding.endErrorMs = nearest(Date.parse(last.endedAt), edges.ends);
  if (ends === 'both' && last.endedAt === null) remarks.push('it was still open at the end');
  finding.isRight &&= remarks.length === 0;
  return finding;
}

/** All records of the same, in time order; a flapping line has one for each down, or for several. */
function piecesOf(record: Outage, expectation: Expectation, interval: Interval, seen: Observation): Outage[] {
  if (expectation.flapping !== undefined) return [record];
  return seen.answer.outages
    .filter((each) => each === record || (fits(each, expectation) && isNear(each, interval)))
    .sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
}

/** What is not as it was expected, beside kind and verdict. */
function differences(record: Outage, expectation: Expectation): string[] {
  const remarks: string[] = [];
  const missing = (expectation.candidates ?? []).filter((each) => !record.candidates.includes(each));
  if (missing.length > 0) remarks.push(`${missing.join(', ')} is not among the candidates`);
  if (expectation.family !== undefined && record.family !== expectation.family)
    remarks.push(`family ${record.family}, not ${expectation.family}`);
  if (expectation.segment !== undefined && record.evidence.segment !== expectation.segment)
    remarks.push(`at ${record.evidence.segment}, not ${expectation.segment}`);
  if (expectation.cause !== undefined && record.evidence.cause !== expectation.cause)
    remarks.push(`cause ${record.evidence.cause}, not ${expectation.cause}`);
  const { confidenceBelow = 1.01 } = expectation;
  if (record.confidence >= confidenceBelow)
    remarks.push(`confidence ${record.confidence.toFixed(2)} where the evidence cannot tell`);
  return remarks;
}

/** The record that is meant by an expectation: the right kind and verdict first, then the longest overlap. */
function closest(
  expectation: Expectation,
  interval: Interval,
  records: readonly Outage[],
  all: readonly Expectation[],
): Outage | null {
  const others = all.filter((each) => each !== expectation);
  const weigh = (record: Outage) =>
    (fits(record, expectation) ? 4e9 : 0) +
    // What another expectation means is not taken from it.
    (others.some((each) => fits(record, each)) ? -2e9 : 0) +
    (record.kind === expectation.kind ? 1e9 : 0) +
    overlapMs(record, interval);
  const slack = expectation.flapping === undefined ? slackMs : foundSlackMs;
  const near = records.filter((record) => isNear(record, interval, slack));
  const best = near.sort((a, b) => weigh(b) - weigh(a))[0];
  return best && weigh(best) >= 0 ? best : null;
}

/** Every sure and wrong verdict that a record had, at the end or on the way. */
function wrongBlame(record: Outage, right: readonly Pattern[], seen: Observation): string[] {
  const isRight = (verdict: Outage['verdict']) => right.some(({ verdicts }) => verdicts.includes(verdict));
  const said = [record, ...seen.sightings.filter(({ id }) => id === record.id)];
  const wrong = said.filter((each) => each.confidence >= confident && !isRight(each.verdict));
  return [...new Set(wrong.map((each) => `${each.verdict} with ${each.confidence.toFixed(2)}`))];
}

function falsePeriods({ expect, isBusy, gap }: DrillCase, { answer, calmFromMs }: Observation): string[] {
  const gaps = answer.gaps.filter(({ endedAt }) => !gap && Date.parse(endedAt) > calmFromMs);
  const busy = answer.busy.filter(
    ({ endedAt }) => !isBusy && expect.length === 0 && (endedAt === null || Date.parse(endedAt) > calmFromMs),
  );
  return [
    ...gaps.map(({ reason, startedAt, endedAt }) => `gap ${reason} ${startedAt} to ${endedAt}`),
    ...busy.map(({ source, startedAt }) => `busy (${source}) since ${startedAt}`),
  ];
}

function gapRemarks({ deeds, gap }: DrillCase, seen: Observation): string[] {
  if (!gap) return [];
  const unseen = {
    startMs: deedMs(deeds[gap.from], seen.deeds[gap.from], seen.changes),
    endMs: deedMs(deeds[gap.to], seen.deeds[gap.to], seen.changes),
  };
  const told = seen.answer.gaps.find(
    (each) => overlapMs(each, unseen) >= toldShare.gap * (unseen.endMs - unseen.startMs),
  );
  if (!told) return ['the time that was not watched is no gap'];
  return gap.reasons.includes(told.reason) ? [] : [`the gap is called ${told.reason}`];
}

function busyRemarks({ deeds, isBusy }: DrillCase, seen: Observation): string[] {
  if (!isBusy) return [];
  const index = deeds.findIndex((deed) => 'load' in deed);
  const loaded = {
    startMs: deedMs(deeds[index], seen.deeds[index], seen.changes),
    endMs: seen.cleared.fromMs,
  };
  const toldMs = seen.answer.busy.reduce((sum, each) => sum + overlapMs(each, loaded), 0);
  const share = toldMs / (loaded.endMs - loaded.startMs);
  return share >= toldShare.busy ? [] : [`busy for ${(share * 100).toFixed(0)} % of the traffic's time`];
}

/** A flapping line has many ends; a record may join several downs. */
function edgesOf(
  drill: DrillCase,
  expectation: Expectation,
  interval: Interval,
  seen: Observation,
): { starts: number[]; ends: number[] } {
  if (expectation.flapping === undefined) return { starts: [interval.startMs], ends: [interval.endMs] };
  const single = downs(expectation.flapping, wholeInterval(drill, expectation, seen), seen.changes);
  return { starts: single.map(({ startMs }) => startMs), ends: single.map(({ endMs }) => endMs) };
}

/** Signed distance to the nearest of them. */
function nearest(ms: number, edges: readonly number[]): number | null {
  const errors = edges.map((edge) => ms - edge).sort((a, b) => Math.abs(a) - Math.abs(b));
  return errors[0] ?? null;
}

function fits(record: Pick<Outage, 'kind' | 'verdict'>, { kind, verdicts }: Pattern): boolean {
  return record.kind === kind && verdicts.includes(record.verdict);
}

function isNearAny(record: Outage, drill: DrillCase, expectation: Expectation, seen: Observation): boolean {
  return trueIntervals(drill, expectation, seen).some((interval) => isNear(record, interval));
}

function isNear(record: Outage, { startMs, endMs }: Interval, slack = slackMs): boolean {
  return Date.parse(record.startedAt) <= endMs + slack.after && endOf(record) >= startMs - slack.before;
}

const endOf = ({ endedAt }: { endedAt: string | null }) =>
  endedAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(endedAt);

function overlapMs(
  each: { startedAt: string; endedAt: string | null },
  { startMs, endMs }: Interval,
): number {
  return Math.max(0, Math.min(endOf(each), endMs) - Math.max(Date.parse(each.startedAt), startMs));
}

function pathOf({ evidence: { rule, segment, cause } }: Outage): string {
  return [rule, segment === null ? '' : `at ${segment}`, cause === null ? '' : `(${cause})`]
    .filter((part) => part !== '')
    .join(' ');
}

function describe(record: Outage): string {
  const { kind, verdict, family, startedAt, endedAt, confidence } = record;
  return `${kind} ${verdict} (${family}, ${confidence.toFixed(2)}) ${startedAt} to ${endedAt ?? 'now'}: ${pathOf(record)}`;
}
