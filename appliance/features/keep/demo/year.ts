import type { Family, Method, Segment } from '../../../core/shapes.ts';
import { type MeasurementStore, type SampleRun, slot } from '../../../core/storing.ts';
import type { LineModel, ModelTarget } from './line-model.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Calls that wait in the store's worker at once: enough to keep it busy, few enough that a page's query gets through. */
const maxUnderway = 4;

export interface YearTarget {
  id: string;
  line: string;
  segment: Segment;
  family: Family;
  method: Method;
  address: string | null;
  intervalMs: number;
}

export interface YearOptions {
  measurements: Pick<MeasurementStore, 'openSeries' | 'importHour' | 'flush'>;
  model: LineModel;
  targets: readonly YearTarget[];
  /**
   * So many days at every target's own interval; older ones at `coarseMs`, which keeps a year of twenty series within
   * some ten megabytes and a minute or two of work.
   */
  fineDays: number;
  coarseMs: number;
  signal: AbortSignal;
  onDay?(progress: { daysDone: number; days: number; hours: number }): void;
}

/** Writes the year into the store, the newest day first, so that what people look at first is there first. */
export async function importYear(options: YearOptions): Promise<{ hours: number; samples: number }> {
  const { model, measurements, signal } = options;
  const { startedAtMs, nowMs } = model.plan;
  const series = await Promise.all(options.targets.map((target) => measurements.openSeries(keyOf(target))));
  const days = Math.ceil((nowMs - startedAtMs) / dayMs);
  const underway = new Set<Promise<void>>();
  const total = { hours: 0, samples: 0 };

  for (let day = 0; day < days && !signal.aborted; day += 1) {
    const dayStartMs = Math.floor(nowMs / dayMs) * dayMs - day * dayMs;
    for (let hour = 23; hour >= 0 && !signal.aborted; hour -= 1) {
      const hourStartMs = dayStartMs + hour * hourMs;
      if (hourStartMs >= nowMs || hourStartMs < startedAtMs) continue;
      for (const [index, target] of options.targets.entries()) {
        const run = hourOf(options, target, hourStartMs, day < options.fineDays);
        if (run === null) continue;
        const write = measurements.importHour(series[index] ?? 0, hourStartMs, [run]); // one series for each target
        underway.add(write);
        write.then(
          () => underway.delete(write),
          () => underway.delete(write), // told below, by Promise.race or Promise.all
        );
        if (underway.size >= maxUnderway) await Promise.race(underway);
        total.hours += 1;
        total.samples += run.rttUs.length;
      }
    }
    await Promise.all(underway);
    options.onDay?.({ daysDone: day + 1, days, hours: total.hours });
  }
  if (!signal.aborted) await measurements.flush();
  return total;
}

/** One hour of a target; null when nothing was measured in it. */
function hourOf(
  { model, coarseMs }: YearOptions,
  target: YearTarget,
  hourStartMs: number,
  isFine: boolean,
): Omit<SampleRun, 'series'> | null {
  const intervalMs = isFine ? target.intervalMs : Math.max(coarseMs, target.intervalMs);
  const endMs = Math.min(hourStartMs + hourMs, model.plan.nowMs);
  // Slots of a target start at its own offset, as they do live: on no full second.
  const fromMs = hourStartMs + ((target.id.length * 37) % 100) * Math.min(5, intervalMs / 200);
  const count = Math.ceil((endMs - fromMs) / intervalMs);
  if (count <= 0) return null;
  const rttUs = model.samples(modelTargetOf(target), fromMs, intervalMs, count);
  if (rttUs.every((value) => value === slot.skipped)) return null;
  return { startMonoMs: fromMs, intervalMs, rttUs, duplicates: 0, reordered: 0, late: 0 };
}

export function modelTargetOf({ segment, family, method, address, id }: YearTarget): ModelTarget {
  return { segment, family, kind: kindOf(method), address: address ?? id };
}

function keyOf(target: YearTarget) {
  return { kind: kindOf(target.method), line: target.line, target: target.id, family: target.family };
}

function kindOf(method: Method): ModelTarget['kind'] {
  return method === 'icmp-raw' || method === 'icmp-socket' ? 'icmp' : method;
}
