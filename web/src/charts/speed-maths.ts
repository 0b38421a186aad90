/** What the chart of speed tests shows: series that are never joined, marks, pauses. Plain functions. */
import type { EngineName, SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { niceCeiling, robustMaximum, runningMedian, type Span } from './scale.ts';

export type Metric = 'down' | 'up' | 'delay';

/** Tests of one engine on one line over one family of addresses. */
export interface SpeedSeries {
  key: string;
  line: string;
  family: SpeedTest['family'];
  engine: EngineName;
  /** Oldest first, whatever their outcome. */
  tests: readonly SpeedTest[];
}

/** The series of some tests, the one with the most tests first. */
export function seriesOf(tests: readonly SpeedTest[]): SpeedSeries[] {
  const found = new Map<string, SpeedTest[]>();
  for (const test of tests) {
    const key = `${test.line} ${test.engine} ${test.family ?? ''}`;
    const own = found.get(key);
    if (own) own.push(test);
    else found.set(key, [test]);
  }
  return mergeUnknownFamilies([...found.values()])
    .map((own) => own.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)))
    .flatMap((own): SpeedSeries[] => {
      const first = own.find((test) => test.family !== null) ?? own[0];
      if (!first) return [];
      const { line, family, engine } = first;
      return [{ key: `${line} ${engine} ${family ?? ''}`, line, family, engine, tests: own }];
    })
    .sort((a, b) => b.tests.length - a.tests.length || a.key.localeCompare(b.key));
}

/** A test that failed before it had a family belongs to what its line and engine mostly are. */
function mergeUnknownFamilies(groups: SpeedTest[][]): SpeedTest[][] {
  const isUnknown = (group: SpeedTest[]) => group[0]?.family === null;
  const known = groups.filter((group) => !isUnknown(group));
  return groups.filter((group) => {
    const first = group[0];
    if (!first || !isUnknown(group)) return true;
    const home = known
      .filter((other) => other[0]?.line === first.line && other[0]?.engine === first.engine)
      .sort((a, b) => b.length - a.length)[0];
    home?.push(...group);
    return home === undefined;
  });
}

/** The rate of a test in one direction; null when there is none. */
export function rateOf(test: SpeedTest, metric: 'down' | 'up'): number | null {
  if (test.outcome !== 'ok') return null;
  return metric === 'down' ? test.downloadMbps : test.uploadMbps;
}

/** What a chart has to make room for. */
export function valuesOf(tests: readonly SpeedTest[], metric: Metric): number[] {
  return tests.flatMap((test) => {
    if (test.outcome !== 'ok') return [];
    const values =
      metric === 'delay' ? [test.idleMs, test.loadedDownMs, test.loadedUpMs] : [rateOf(test, metric)];
    return values.flatMap((value) => value ?? []);
  });
}

/** The top of the axis: all of the rates, because an outlier of a rate is a finding; of delays what is usual. */
export function topOf(values: readonly number[], metric: Metric, planMbps: number | null): number {
  if (metric === 'delay') return robustMaximum(values, 20);
  return niceCeiling(Math.max(1, planMbps ?? 0, ...values) * 1.05);
}

/** Running medians of a series over this many tests. */
const trendWidth = 7;
const fewestForTrend = 5;

/** Stretches of the running median: broken by tests that gave no number, and by pauses. */
export function trendOf(
  series: SpeedSeries,
  metric: 'down' | 'up',
  longestMs: number,
): { at: number; value: number }[][] {
  const values = series.tests.map((test) => rateOf(test, metric) ?? Number.NaN);
  if (values.filter((value) => !Number.isNaN(value)).length < fewestForTrend) return [];
  const medians = runningMedian(values, trendWidth);
  const runs: { at: number; value: number }[][] = [];
  let run: { at: number; value: number }[] = [];
  series.tests.forEach((test, index) => {
    const at = Date.parse(test.at);
    const value = medians[index] ?? Number.NaN;
    const last = run.at(-1);
    if (Number.isNaN(value) || (last && at - last.at > longestMs)) {
      if (run.length > 1) runs.push(run);
      run = [];
    }
    if (!Number.isNaN(value)) run.push({ at, value });
  });
  if (run.length > 1) runs.push(run);
  return runs;
}

const hourMs = 3_600_000;
/** Longer without any test is a pause that the chart hatches: three times what is usual between two, six hours at least. */
export function longestPause(tests: readonly SpeedTest[]): number {
  const times = tests.map((test) => Date.parse(test.at)).sort((a, b) => a - b);
  const between = times
    .slice(1)
    .map((at, index) => at - (times[index] ?? at))
    .sort((a, b) => a - b);
  return Math.max(6 * hourMs, 3 * (between[between.length >> 1] ?? 0));
}

/** Stretches of a range without any test. */
export function pausesOf(tests: readonly SpeedTest[], range: Span): Span[] {
  const longest = longestPause(tests);
  const times = tests
    .map((test) => Date.parse(test.at))
    .filter((at) => at >= range.fromMs && at <= range.toMs)
    .sort((a, b) => a - b);
  const edges = [range.fromMs, ...times, range.toMs];
  return edges
    .slice(1)
    .map((toMs, index) => ({ fromMs: edges[index] ?? toMs, toMs }))
    .filter((pause) => pause.toMs - pause.fromMs > longest);
}

/** The test nearest to a moment, within a distance. */
export function nearest(tests: readonly SpeedTest[], ms: number, withinMs: number): SpeedTest | null {
  let best: SpeedTest | null = null;
  let least = withinMs;
  for (const test of tests) {
    const distance = Math.abs(Date.parse(test.at) - ms);
    if (distance > least) continue;
    best = test;
    least = distance;
  }
  return best;
}

export interface Counts {
  ok: number;
  failed: number;
  skipped: number;
}

export function countsOf(tests: readonly SpeedTest[]): Counts {
  const ok = tests.filter((test) => test.outcome === 'ok').length;
  const failed = tests.filter((test) => test.outcome === 'failed').length;
  return { ok, failed, skipped: tests.length - ok - failed };
}
