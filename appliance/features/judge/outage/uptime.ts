/** Uptime = up ÷ (up + down). What was not observed is in neither. Pure arithmetic of intervals, epoch ms. */
import type { Verdict } from '../../../core/shapes.ts';
import type { Uptime } from './schema.ts';

export interface Interval {
  fromMs: number;
  toMs: number;
}

export interface DownInterval extends Interval {
  line: string;
  verdict: Verdict;
}

export interface UptimeInput extends Interval {
  /** Lines that count: the house is offline only while all of them are. */
  lines: readonly string[];
  down: readonly DownInterval[];
  /** Not observed: before the first measurement, gaps, the future. */
  unobserved: readonly Interval[];
}

/** While one of these was the cause, nothing can be said of the provider's line. */
const atHome: readonly Verdict[] = ['device', 'lan', 'gateway'];

export function uptimeOf({ fromMs, toMs, lines, down, unobserved }: UptimeInput): Uptime {
  const range = [{ fromMs, toMs }];
  const dark = intersect(union(unobserved), range);
  const observed = subtract(range, dark);
  const perLine = lines.map((line) => union(down.filter((one) => one.line === line)));
  const downAll = perLine.reduce<Interval[]>(
    (all, own, index) => (index === 0 ? own : intersect(all, own)),
    [],
  );
  const downSeen = intersect(downAll, observed);
  const seconds = (intervals: readonly Interval[]) => lengthOf(intervals) / 1000;
  const verdicts = [...new Set(down.map(({ verdict }) => verdict))];
  const byVerdict = verdicts
    .map((verdict) => ({
      verdict,
      seconds: seconds(intersect(union(down.filter((one) => one.verdict === verdict)), downSeen)),
    }))
    .filter((entry) => entry.seconds > 0)
    .sort((a, b) => b.seconds - a.seconds);
  const home = intersect(union(down.filter(({ verdict }) => atHome.includes(verdict))), downSeen);
  const providerDown = subtract(downSeen, home);
  const share = (downS: number, observedS: number) =>
    observedS > 0 ? (observedS - downS) / observedS : null;
  const observedSeconds = seconds(observed);
  const downSeconds = seconds(downSeen);
  return {
    upSeconds: observedSeconds - downSeconds,
    downSeconds,
    unobservedSeconds: seconds(dark),
    ratio: share(downSeconds, observedSeconds),
    byVerdict,
    provider: {
      downSeconds: seconds(providerDown),
      unobservedSeconds: seconds(dark) + seconds(home),
      ratio: share(seconds(providerDown), observedSeconds - seconds(home)),
    },
  };
}

/** Sorted and without overlaps. */
export function union(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter(({ fromMs, toMs }) => toMs > fromMs).sort((a, b) => a.fromMs - b.fromMs);
  const joined: Interval[] = [];
  for (const { fromMs, toMs } of sorted) {
    const last = joined.at(-1);
    if (last && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else joined.push({ fromMs, toMs });
  }
  return joined;
}

/** Both are sorted and without overlaps. */
export function intersect(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const common: Interval[] = [];
  let other = 0;
  for (const one of a) {
    while (other < b.length && b[other]!.toMs <= one.fromMs) other += 1; // within its length
    for (let index = other; index < b.length && b[index]!.fromMs < one.toMs; index += 1) {
      const fromMs = Math.max(one.fromMs, b[index]!.fromMs); // within its length
      const toMs = Math.min(one.toMs, b[index]!.toMs); // within its length
      if (toMs > fromMs) common.push({ fromMs, toMs });
    }
  }
  return common;
}

export function subtract(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const rest: Interval[] = [];
  for (const { fromMs, toMs } of a) {
    let from = fromMs;
    for (const cut of b) {
      if (cut.toMs <= from) continue;
      if (cut.fromMs >= toMs) break;
      if (cut.fromMs > from) rest.push({ fromMs: from, toMs: cut.fromMs });
      from = cut.toMs;
    }
    if (from < toMs) rest.push({ fromMs: from, toMs });
  }
  return rest;
}

export const lengthOf = (intervals: readonly Interval[]) =>
  intervals.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
