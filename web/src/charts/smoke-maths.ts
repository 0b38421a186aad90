/** What the latency chart draws, from the API's points. Plain functions. */
import type { LatencyPoint } from '../../../appliance/features/watch/latency/schema.ts';
import { niceCeiling, robustMaximum, type Span } from './scale.ts';

/** One bucket; round-trip times are NaN when nothing answered. */
export interface SmokePoint {
  at: number;
  count: number;
  lost: number;
  p10: number;
  p25: number;
  p50: number;
  p75: number;
  p90: number;
}

export function smokePoints(points: readonly LatencyPoint[]): SmokePoint[] {
  return points.map((point) => ({
    at: Date.parse(point.at),
    count: point.count,
    lost: point.lost,
    p10: point.p10Ms ?? Number.NaN,
    p25: point.p25Ms ?? Number.NaN,
    p50: point.p50Ms ?? Number.NaN,
    p75: point.p75Ms ?? Number.NaN,
    p90: point.p90Ms ?? Number.NaN,
  }));
}

/** Replaces the tail by fresher points and drops what left the range. */
export function mergePoints<Point extends { at: string }>(
  old: readonly Point[],
  fresh: readonly Point[],
  fromMs: number,
): Point[] {
  const first = fresh[0];
  const cut = first ? Date.parse(first.at) : Number.POSITIVE_INFINITY;
  return [...old.filter((point) => Date.parse(point.at) >= fromMs && Date.parse(point.at) < cut), ...fresh];
}

/** Runs of neighbouring buckets with answers. Between two runs there is a gap or 100 % loss: nothing is drawn across. */
export function runsOf(points: readonly SmokePoint[], stepMs: number): SmokePoint[][] {
  const runs: SmokePoint[][] = [];
  let run: SmokePoint[] = [];
  for (const point of points) {
    const previous = run[run.length - 1];
    const isNeighbour = previous === undefined || point.at - previous.at <= stepMs * 1.5;
    if (!isNeighbour || Number.isNaN(point.p50)) {
      if (run.length > 0) runs.push(run);
      run = [];
    }
    if (!Number.isNaN(point.p50)) run.push(point);
  }
  if (run.length > 0) runs.push(run);
  return runs;
}

/** Spans of the range without any bucket. The current bucket of a live range may not be there yet. */
export function gapsOf(points: readonly SmokePoint[], stepMs: number, range: Span, nowMs: number): Span[] {
  const gaps: Span[] = [];
  let covered = range.fromMs;
  for (const point of points) {
    if (point.at - covered > stepMs * 0.5) gaps.push({ fromMs: covered, toMs: point.at });
    covered = Math.max(covered, point.at + stepMs);
  }
  const end = Math.min(range.toMs, nowMs - Math.max(stepMs, 3000));
  if (end - covered > stepMs * 0.5) gaps.push({ fromMs: covered, toMs: end });
  return gaps;
}

/** Spans in which everything was lost. */
export function silencesOf(points: readonly SmokePoint[], stepMs: number): Span[] {
  const spans: Span[] = [];
  for (const point of points) {
    if (point.count === 0 || point.lost < point.count) continue;
    const previous = spans[spans.length - 1];
    if (previous && point.at - previous.toMs <= stepMs * 0.5) previous.toMs = point.at + stepMs;
    else spans.push({ fromMs: point.at, toMs: point.at + stepMs });
  }
  return spans;
}

export interface Scale {
  minimum: number;
  maximum: number;
}

export function scaleOf(series: readonly (readonly SmokePoint[])[], isLog: boolean): Scale {
  const highs = series.flatMap((points) =>
    points.flatMap((point) => (Number.isNaN(point.p90) ? [] : [point.p90])),
  );
  if (!isLog) return { minimum: 0, maximum: robustMaximum(highs, 2) };
  const lows = series.flatMap((points) => points.flatMap((point) => (point.p10 > 0 ? [point.p10] : [])));
  const lowest = lows.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const highest = highs.reduce((most, value) => Math.max(most, value), 0);
  if (!Number.isFinite(lowest)) return { minimum: 1, maximum: 100 };
  return {
    minimum: floorNice(lowest * 0.8),
    maximum: Math.max(niceCeiling(highest * 1.1), floorNice(lowest) * 10),
  };
}

function floorNice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([5, 2, 1].find((step) => step * power <= value) ?? 1) * power;
}

export interface Peak {
  at: number;
  value: number;
}

/** The tallest clipped buckets, none nearer to a taller one than `apartMs`. */
export function peaksOf(points: readonly SmokePoint[], maximum: number, apartMs: number): Peak[] {
  const clipped = points.filter((point) => point.p90 > maximum).sort((a, b) => b.p90 - a.p90);
  const chosen: Peak[] = [];
  for (const point of clipped) {
    if (chosen.every((peak) => Math.abs(peak.at - point.at) >= apartMs))
      chosen.push({ at: point.at, value: point.p90 });
  }
  return chosen.sort((a, b) => a.at - b.at);
}

/** 0 none, 1 up to 1 %, 2 up to 5 %, 3 up to 20 %, 4 more, 5 everything. */
export function lossLevel(count: number, lost: number): 0 | 1 | 2 | 3 | 4 | 5 {
  if (lost === 0 || count === 0) return 0;
  if (lost >= count) return 5;
  const ratio = lost / count;
  return ratio <= 0.01 ? 1 : ratio <= 0.05 ? 2 : ratio <= 0.2 ? 3 : 4;
}

/** The bucket that covers a moment. */
export function pointAt(points: readonly SmokePoint[], ms: number, stepMs: number): SmokePoint | null {
  let low = 0;
  let high = points.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const point = points[middle];
    if (!point) return null;
    if (ms < point.at) high = middle - 1;
    else if (ms >= point.at + stepMs) low = middle + 1;
    else return point;
  }
  return null;
}
