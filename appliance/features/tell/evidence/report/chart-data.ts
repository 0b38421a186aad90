import type { Segment } from '../../../../core/shapes.ts';
import { statisticColumns } from '../../../../core/storing.ts';
import type { Outage } from '../../../judge/outage/schema.ts';
import type { Capture } from '../../../watch/black-box/schema.ts';
import type { ReportMatter } from './matter.ts';
import { familyWords, segmentOrder, segmentWords } from './words.ts';

/** What came back in one moment: of one exchange, or of those of a second or more. */
export interface Dot {
  atMs: number;
  /** Null where nothing came back. */
  rttMs: number | null;
  lostRatio: number;
}

export interface Lane {
  title: string;
  subtitle: string;
  dots: Dot[];
}

interface Range {
  fromMs: number;
  toMs: number;
}

export interface ChartMatter extends Range {
  /** The outage itself. */
  downFromMs: number;
  downToMs: number;
  lanes: Lane[];
  /** What one dot is. */
  source: string;
}

/** As many as fit on a page with words beside them. */
const maxLanes = 8;
const mostTelling: readonly Segment[] = ['anchor', 'isp', 'gateway', 'transit', 'lan', 'resolver', 'custom'];
const marginMs = 30_000;
const rowNumbers = statisticColumns.length + 1;
const countAt = 1 + statisticColumns.indexOf('count');
const lostAt = 1 + statisticColumns.indexOf('lost');
const medianAt = 1 + statisticColumns.indexOf('p50Us');

/** The moment of an outage: every exchange where the black box kept them, else a dot a second. Null without either. */
export function chartOf(outage: Outage, matter: ReportMatter): ChartMatter | null {
  const downFromMs = Date.parse(outage.startedAt);
  const downToMs = Date.parse(outage.endedAt ?? matter.madeAt);
  const around = Math.max(marginMs, (downToMs - downFromMs) * 0.15);
  const range = { fromMs: downFromMs - around, toMs: downToMs + around };
  const captures = matter.detail.captures.filter(({ key }) => key === `outage-${outage.id}`);
  const dots = capturedDots(captures);
  const isCaptured = dots.size > 0;
  const hasPoints = addPoints(dots, captures, matter, range);
  const lanes = lanesOf(outage, matter, dots, range);
  if (lanes.length === 0) return null;
  const median = `the median of ${(matter.points[0]?.stepMs ?? 1000) / 1000} s`;
  const source = isCaptured
    ? `one exchange${hasPoints ? `, or ${median} where those were not kept` : ''}`
    : median;
  return { ...range, downFromMs, downToMs, lanes, source };
}

function capturedDots(captures: readonly Capture[]): Map<string, Dot[]> {
  const dots = new Map<string, Dot[]>();
  for (const { startedAt, series } of captures) {
    const startedMs = Date.parse(startedAt);
    for (const { target, offsetsMs, rttMs } of series) {
      const known = dots.get(target) ?? [];
      dots.set(target, known);
      offsetsMs.forEach((offsetMs, index) => {
        const rtt = rttMs[index] ?? null;
        known.push({ atMs: startedMs + offsetMs, rttMs: rtt, lostRatio: rtt === null ? 1 : 0 });
      });
    }
  }
  return dots;
}

/** What lies between the captures of a long outage was measured too, once a second. True when something was added. */
function addPoints(
  dots: Map<string, Dot[]>,
  captures: readonly Capture[],
  { points }: ReportMatter,
  { fromMs, toMs }: Range,
): boolean {
  const kept = captures.map(
    ({ startedAt, endedAt }) => [Date.parse(startedAt), Date.parse(endedAt)] as const,
  );
  let hasAdded = false;
  for (const { target, stepMs, rows } of points) {
    const known = dots.get(target) ?? [];
    dots.set(target, known);
    for (let from = 0; from < rows.length; from += rowNumbers) {
      const at = (index: number) => rows[from + index] ?? Number.NaN;
      const atMs = at(0) + stepMs / 2;
      if (atMs < fromMs || atMs >= toMs || kept.some(([start, end]) => atMs >= start && atMs <= end))
        continue;
      const rttMs = Number.isNaN(at(medianAt)) ? null : at(medianAt) / 1000;
      known.push({ atMs, rttMs, lostRatio: at(lostAt) / Math.max(1, at(countAt)) });
      hasAdded = true;
    }
  }
  return hasAdded;
}

/** A few targets of each segment, those that the verdict was drawn from first. */
function lanesOf(
  outage: Outage,
  { targets }: ReportMatter,
  dots: ReadonlyMap<string, Dot[]>,
  { fromMs, toMs }: Range,
): Lane[] {
  const { nodes } = outage.evidence;
  const used = nodes.filter(({ isUsed }) => isUsed).map(({ target }) => target);
  const members = new Map(
    [
      ...targets.map(({ id, name, segment, family }) => ({ id, name, segment, family })),
      ...nodes.map(({ target, name, segment, family }) => ({ id: target, name, segment, family })),
    ].map((member) => [member.id, member]),
  );
  const isOfOutage = (family: 'ipv4' | 'ipv6') => outage.family === 'both' || outage.family === family;
  const seen = [...members.values()]
    .filter(({ family }) => isOfOutage(family))
    .map((member) => ({
      ...member,
      dots: (dots.get(member.id) ?? []).filter(({ atMs }) => atMs >= fromMs && atMs < toMs),
    }))
    .filter((member) => member.dots.length > 0)
    .sort((a, b) => Number(used.includes(b.id)) - Number(used.includes(a.id)));
  const bySegment = Map.groupBy(seen, ({ segment }) => segment);
  // One of each segment, then a second of each and so on, until the page is full.
  const chosen = mostTelling
    .flatMap((segment) => (bySegment.get(segment) ?? []).map((member, round) => ({ member, round })))
    .sort((a, b) => a.round - b.round)
    .slice(0, maxLanes)
    .map(({ member }) => member);
  return segmentOrder
    .flatMap((segment) => chosen.filter((member) => member.segment === segment))
    .map(({ name, segment, family, dots }) => ({
      title: segmentWords[segment],
      subtitle: outage.family === 'both' ? `${name}, ${familyWords[family]}` : name,
      dots,
    }));
}
