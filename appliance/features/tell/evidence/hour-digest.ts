import { createHash } from 'node:crypto';
import { toIso } from '../../../core/clock.ts';
import type { MeasurementStore, Statistics } from '../../../core/storing.ts';
import type { Target } from '../../watch/latency/schema.ts';
import { canonicalJson } from './check/canonical-json.ts';

export const hourMs = 3_600_000;
/** More than a house has; a chain of years must stay small. */
const maxSeries = 64;

/** What was measured towards one target in one hour. */
interface HourSeries {
  target: string;
  line: string;
  family: Target['family'];
  method: string;
  count: number;
  lost: number;
  p50Us: number | null;
  p95Us: number | null;
  /** SHA-256 of the canonical JSON of all statistics of the hour, in whole µs. */
  sha256: string;
}

/** The kind under which the exchanges of a target are stored. */
export function seriesKindOf({ method }: Pick<Target, 'method'>): string {
  return method === 'tcp' || method === 'dns' ? method : 'icmp';
}

/** The id under which the exchanges of a target are stored. */
export function seriesOf(measurements: MeasurementStore, target: Target): Promise<number> {
  const { line, id, family } = target;
  return measurements.openSeries({ kind: seriesKindOf(target), line, target: id, family });
}

/** What the chain says of one hour; null when nothing was measured in it. */
export async function digestHour(
  measurements: MeasurementStore,
  targets: readonly Target[],
  fromMs: number,
): Promise<Record<string, unknown> | null> {
  const range = { fromMs, toMs: fromMs + hourMs };
  const series: HourSeries[] = [];
  for (const target of targets.slice(0, maxSeries)) {
    const stored = await seriesOf(measurements, target);
    const statistics = await measurements.statistics({ series: stored, ...range });
    if (statistics.count > 0) series.push(seriesDigest(target, statistics));
  }
  return series.length === 0 ? null : { from: toIso(range.fromMs), to: toIso(range.toMs), series };
}

function seriesDigest(target: Target, statistics: Statistics & { measuredMs: number }): HourSeries {
  const { count, lost, p50Us, p95Us } = statistics;
  const whole = Object.fromEntries(Object.entries(statistics).map(([name, value]) => [name, wholeOf(value)]));
  return {
    target: target.id,
    line: target.line,
    family: target.family,
    method: seriesKindOf(target),
    count,
    lost,
    p50Us: wholeOf(p50Us),
    p95Us: wholeOf(p95Us),
    sha256: createHash('sha256').update(canonicalJson(whole)).digest('hex'),
  };
}

/** Means and jitter are sums of many; what is beyond the microsecond depends on their order. */
const wholeOf = (value: number) => (Number.isFinite(value) ? Math.round(value) : null);
