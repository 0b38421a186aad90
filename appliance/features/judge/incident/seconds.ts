import { Jitter } from '../../../core/statistics.ts';
import { type MeasurementStore, statisticColumns } from '../../../core/storing.ts';
import type { Capture } from '../../watch/black-box/schema.ts';
import type { Target } from '../../watch/latency/schema.ts';
import type { ImpactSecond } from './impact.ts';
import type { Span } from './spans.ts';

const secondMs = 1000;
/** Seconds that are looked at, from the beginning: 6 h of three anchors are 9 MB for a moment. */
export const maxSeconds = 6 * 3600;
/** An anchor that was measured for less of the time than another one says less. */
const coverageShare = 0.8;

interface Sources {
  measurements: Pick<MeasurementStore, 'openSeries' | 'pointRows'>;
  targets: readonly Target[];
  captures: readonly Capture[];
}

/**
 * The seconds of a time as the best anchor saw them: 20 exchanges each where the black box kept them, one elsewhere.
 * Seconds that were not measured, or of which only rollups are left, are absent.
 */
export async function secondsOf(sources: Sources, line: string, span: Span): Promise<ImpactSecond[]> {
  const fromMs = Math.floor(span.fromMs / secondMs) * secondMs;
  const toMs = Math.min(Math.ceil(span.toMs / secondMs) * secondMs, fromMs + maxSeconds * secondMs);
  const series = await Promise.all(
    // What is asked less than once a second cannot tell what a second was like.
    anchorsOf(sources.targets, line)
      .filter(({ intervalMs }) => intervalMs <= secondMs)
      .map(async (target) => {
        const stored = await storedSeconds(sources.measurements, target, { fromMs, toMs });
        for (const second of capturedSeconds(sources.captures, target.id, { fromMs, toMs })) {
          if (second.count > (stored.get(second.atMs)?.count ?? 0)) stored.set(second.atMs, second);
        }
        return { id: target.id, seconds: [...stored.values()].sort((a, b) => a.atMs - b.atMs) };
      }),
  );
  return bestOf(series);
}

/** IPv4 where there is any: it is what most of a house still needs to have an Internet at all. */
function anchorsOf(targets: readonly Target[], line: string): Target[] {
  const anchors = targets.filter((target) => target.segment === 'anchor' && target.line === line);
  const ipv4 = anchors.filter(({ family }) => family === 'ipv4');
  return ipv4.length > 0 ? ipv4 : anchors;
}

async function storedSeconds(
  measurements: Sources['measurements'],
  { id, line, family, method }: Target,
  { fromMs, toMs }: Span,
): Promise<Map<number, ImpactSecond>> {
  const kind = method === 'tcp' || method === 'dns' ? method : 'icmp';
  const series = await measurements.openSeries({ kind, line, target: id, family });
  const { stepMs, rows } = await measurements.pointRows({ series, fromMs, toMs, stepMs: secondMs });
  const seconds = new Map<number, ImpactSecond>();
  if (stepMs !== secondMs) return seconds;
  const width = statisticColumns.length + 1;
  const at = (row: number, column: (typeof statisticColumns)[number]) =>
    rows[row * width + 1 + statisticColumns.indexOf(column)] ?? Number.NaN;
  for (let row = 0; row < rows.length / width; row += 1) {
    const atMs = rows[row * width] ?? 0;
    seconds.set(atMs, {
      atMs,
      count: at(row, 'count'),
      lost: at(row, 'lost'),
      p50Ms: milliseconds(at(row, 'p50Us')),
      jitterMs: milliseconds(at(row, 'jitterUs')),
    });
  }
  return seconds;
}

const milliseconds = (us: number) => (Number.isNaN(us) ? null : us / 1000);

/** The exchanges of the black box, second by second. */
export function capturedSeconds(captures: readonly Capture[], target: string, span: Span): ImpactSecond[] {
  const bySecond = new Map<number, { rttsMs: number[]; count: number; jitterUs: number }>();
  const jitter = new Jitter();
  const inOrder = [...captures].sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  let coveredMs = Number.NEGATIVE_INFINITY; // captures of outages close together share exchanges
  for (const { startedAt, endedAt, series } of inOrder) {
    const startMs = Date.parse(startedAt);
    const newFromMs = coveredMs;
    coveredMs = Math.max(coveredMs, Date.parse(endedAt));
    jitter.pause();
    const own = series.find((each) => each.target === target);
    for (const [index, offsetMs] of (own?.offsetsMs ?? []).entries()) {
      const sentMs = startMs + offsetMs;
      const atMs = Math.floor(sentMs / secondMs) * secondMs;
      if (sentMs <= newFromMs || atMs < span.fromMs || atMs >= span.toMs) continue;
      const second = bySecond.get(atMs) ?? { rttsMs: [], count: 0, jitterUs: Number.NaN };
      bySecond.set(atMs, second);
      second.count += 1;
      const rttMs = own?.rttMs[index] ?? null;
      if (rttMs === null) continue;
      second.rttsMs.push(rttMs);
      second.jitterUs = jitter.next(rttMs * 1000);
    }
  }
  return [...bySecond].map(([atMs, { rttsMs, count, jitterUs }]) => ({
    atMs,
    count,
    lost: count - rttsMs.length,
    p50Ms: rttsMs.sort((a, b) => a - b)[Math.floor((rttsMs.length - 1) / 2)] ?? null,
    jitterMs: milliseconds(jitterUs),
  }));
}

/** The anchor that answered best speaks for the line: what another one lost more, was not the line's. */
function bestOf(series: readonly { id: string; seconds: ImpactSecond[] }[]): ImpactSecond[] {
  const longest = Math.max(0, ...series.map(({ seconds }) => seconds.length));
  const rated = series
    .filter(({ seconds }) => seconds.length > 0 && seconds.length >= longest * coverageShare)
    .map(({ id, seconds }) => ({
      id,
      seconds,
      silent: seconds.reduce((sum, each) => sum + each.lost / each.count, 0),
    }))
    .sort((a, b) => a.silent - b.silent || a.id.localeCompare(b.id));
  return rated[0]?.seconds ?? [];
}
