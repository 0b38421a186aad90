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
  /** Asked each day anew: who is found later gets the days that are done already. */
  targets: () => readonly YearTarget[];
  /**
   * So many days at every target's own interval; older ones at `coarseMs`, which keeps a year of twenty series within
   * some ten megabytes and a minute or two of work.
   */
  fineDays: number;
  coarseMs: number;
  signal: AbortSignal;
  /** `fromMs`: everything since then is in the store, or on its way there. */
  onDay?(progress: { daysDone: number; days: number; fromMs: number }): Promise<void> | void;
}

/** Writes the year into the store, the newest day first, so that what people look at first is there first. */
export async function importYear(options: YearOptions): Promise<{ hours: number; samples: number }> {
  const { model, signal } = options;
  const { startedAtMs, nowMs } = model.plan;
  const days = Math.ceil((nowMs - startedAtMs) / dayMs);
  const today = Math.floor(nowMs / dayMs) * dayMs;
  /** How many days of a target are done. */
  const done = new Map<string, number>();
  const writer = new HourWriter(options);
  for (let day = 0; day < days && !signal.aborted; day += 1) {
    const targets = options.targets();
    for (let back = 0; back <= day && !signal.aborted; back += 1) {
      const missing = targets.filter(({ id }) => (done.get(id) ?? 0) <= back);
      await writer.day(missing, today - back * dayMs, back < options.fineDays);
    }
    for (const { id } of targets) done.set(id, day + 1);
    await writer.settle();
    await options.onDay?.({ daysDone: day + 1, days, fromMs: today - day * dayMs });
  }
  if (!signal.aborted) await options.measurements.flush();
  return writer.total;
}

/** Hands hours to the store, a few at a time. */
class HourWriter {
  readonly total = { hours: 0, samples: 0 };
  readonly #options: YearOptions;
  readonly #series = new Map<string, number>();
  readonly #underway = new Set<Promise<void>>();

  constructor(options: YearOptions) {
    this.#options = options;
  }

  /** A day, the newest hour first. */
  async day(targets: readonly YearTarget[], dayStartMs: number, isFine: boolean): Promise<void> {
    const { model, signal } = this.#options;
    const { startedAtMs, nowMs } = model.plan;
    if (targets.length === 0) return;
    for (let hour = 23; hour >= 0 && !signal.aborted; hour -= 1) {
      const hourStartMs = dayStartMs + hour * hourMs;
      if (hourStartMs >= nowMs || hourStartMs < startedAtMs) continue;
      for (const target of targets) {
        const run = hourOf(this.#options, target, hourStartMs, isFine);
        if (run !== null) await this.#write(target, hourStartMs, run);
      }
    }
  }

  async #write(target: YearTarget, hourStartMs: number, run: Omit<SampleRun, 'series'>): Promise<void> {
    const { measurements } = this.#options;
    const series = this.#series.get(target.id) ?? (await measurements.openSeries(keyOf(target)));
    this.#series.set(target.id, series);
    const write = measurements.importHour(series, hourStartMs, [run]);
    this.#underway.add(write);
    write.then(
      () => this.#underway.delete(write),
      () => this.#underway.delete(write), // told below, by Promise.race or Promise.all
    );
    if (this.#underway.size >= maxUnderway) await Promise.race(this.#underway);
    this.total.hours += 1;
    this.total.samples += run.rttUs.length;
  }

  async settle(): Promise<void> {
    await Promise.all(this.#underway);
  }
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
  const fromMs = hourStartMs + slotOffsetMs(target.id, intervalMs);
  const count = Math.ceil((endMs - fromMs) / intervalMs);
  if (count <= 0) return null;
  const rttUs = model.samples(modelTargetOf(target), fromMs, intervalMs, count);
  if (rttUs.every((value) => value === slot.skipped)) return null;
  return { startMonoMs: fromMs, intervalMs, rttUs, duplicates: 0, reordered: 0, late: 0 };
}

/** Slots of a target start at its own offset, as they do live: on no full second. */
export function slotOffsetMs(id: string, intervalMs: number): number {
  return ((id.length * 37) % 100) * Math.min(5, intervalMs / 200);
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
