import type Database from 'better-sqlite3';
import { AppError } from '../core/errors.ts';
import type { Summary } from '../core/statistics.ts';
import type { PointRows, RangeQuery } from '../core/storing.ts';
import { Buckets } from './buckets.ts';
import type { HotPackets } from './hot.ts';
import type { HourTables } from './hours.ts';
import type { Rollup } from './rollups.ts';
import { type CodeRun, clip, endOf, overlay, roundingMs, walk } from './runs.ts';
import { dayMs, hourMs, indexOf, keyOf } from './schema.ts';

/** A finer step is widened until the answer has no more buckets than this (10 MB across the thread border). */
const maxPoints = 50_000;
/** Rollup rows read at a time: one month of hours, about 300 KB with histograms. */
const blockHours = 31 * 24;

/** Joins memory, packets, chunks, hourly and daily rows; who asks never knows which it was. */
export class QueryRoom {
  readonly #tables: HourTables;
  readonly #hot: HotPackets;
  readonly #rawIsGone: Database.Statement;
  readonly #hoursAreGone: Database.Statement;
  readonly #first: Database.Statement;
  readonly #last: Database.Statement;

  constructor(database: Database.Database, tables: HourTables, hot: HotPackets) {
    this.#tables = tables;
    this.#hot = hot;
    this.#rawIsGone = database
      .prepare(
        `SELECT 1 FROM hours WHERE id >= ? AND id < ? AND NOT EXISTS
          (SELECT 1 FROM chunks WHERE chunks.id = ((hours.id & 1048575) * 65536 + (hours.id >> 20)) * 1024) LIMIT 1`,
      )
      .pluck();
    this.#hoursAreGone = database
      .prepare(
        `SELECT 1 FROM days WHERE id >= @from AND id < @to AND NOT EXISTS (SELECT 1 FROM hours
          WHERE hours.id >= @base + (days.id - @base) * 24 AND hours.id < @base + (days.id - @base + 1) * 24) LIMIT 1`,
      )
      .pluck();
    const ends = (order: string) =>
      database
        .prepare(
          `SELECT id FROM hours WHERE id >= @from AND id < @to UNION ALL
           SELECT @from + (id - @from) * 24 FROM days WHERE id >= @from AND id < @to ORDER BY 1 ${order} LIMIT 1`,
        )
        .pluck();
    this.#first = ends('ASC');
    this.#last = ends('DESC');
  }

  points(query: RangeQuery & { stepMs: number }): { stepMs: number; rows: PointRows } {
    if (!(query.stepMs >= 1))
      throw new AppError('QUERY_INVALID', `A step of ${query.stepMs} ms`, { status: 400 });
    requireRange(query);
    const stepMs = this.#possibleStep(query);
    const buckets = new Buckets(stepMs);
    this.#fill(query, stepMs, buckets);
    return { stepMs, rows: buckets.finish() };
  }

  statistics(query: RangeQuery): { rows: PointRows; measuredMs: number } {
    requireRange(query);
    const buckets = new Buckets(Number.POSITIVE_INFINITY, query.fromMs);
    this.#fill(query, Number.POSITIVE_INFINITY, buckets);
    const rows = buckets.finish();
    return { rows, measuredMs: buckets.measuredMs };
  }

  /** Offers each hour of the range with a function that adds it to a summary, whole hours from rollups. */
  eachHour(query: RangeQuery, visit: (hour: number, add: (summary: Summary) => void) => void): void {
    requireRange(query);
    const { series, fromMs, toMs } = query;
    const hot = this.#hotByHour(query);
    const last = ceilHour(toMs);
    for (let from = floorHour(fromMs); from < last; from += blockHours) {
      const to = Math.min(last, from + blockHours);
      const rows = this.#tables.hours.range(keyOf(series, from), keyOf(series, to));
      const rollups = new Map(rows.map((row) => [indexOf(row.id), row]));
      for (let hour = from; hour < to; hour += 1) {
        const rollup = rollups.get(hour);
        const newer = hot.get(hour);
        const isWhole = hour * hourMs >= fromMs && (hour + 1) * hourMs <= toMs;
        const stored = rollup === undefined || (isWhole && !newer) ? null : this.#tables.chunk(series, hour);
        if (rollup !== undefined && stored === null)
          visit(hour, (summary) => this.#tables.hours.merge(rollup, summary));
        else if (stored !== null || newer !== undefined)
          visit(hour, (summary) =>
            walk(overlay([...(stored ?? []), ...(newer ?? [])]), (atMs, code, intervalMs, jitterUs) => {
              if (atMs + roundingMs >= fromMs && atMs + roundingMs < toMs)
                summary.add(code, intervalMs, jitterUs);
            }),
          );
      }
    }
  }

  /** Every sample of the range up to `limit`; hours of which only rollups are left have none. */
  samples(query: RangeQuery & { limit: number }): { atMs: number[]; codes: number[] } {
    requireRange(query);
    const atMs: number[] = [];
    const codes: number[] = [];
    const hot = this.#hotByHour(query);
    const { fromMs, toMs, series } = query;
    const emit = (runs: readonly CodeRun[]) => {
      for (const run of overlay(runs)) {
        const piece = clip(run, fromMs, toMs);
        for (let index = 0; piece !== null && index < piece.codes.length; index += 1) {
          if (atMs.length >= query.limit) return;
          atMs.push(piece.startMs + index * piece.intervalMs);
          codes.push(piece.codes[index]!); // within its length
        }
      }
    };
    const stored = this.#tables.hours
      .range(keyOf(series, floorHour(fromMs)), keyOf(series, ceilHour(toMs)))
      .map((row) => indexOf(row.id));
    for (const hour of [...new Set([...stored, ...hot.keys()])].sort((a, b) => a - b)) {
      if (atMs.length >= query.limit) break;
      emit([...(this.#tables.chunk(series, hour) ?? []), ...(hot.get(hour) ?? [])]);
    }
    return { atMs, codes };
  }

  extent(series: number): { fromMs: number; toMs: number } | null {
    const hot = this.#hot.extent(series);
    const range = { from: keyOf(series, 0), to: keyOf(series + 1, 0) };
    const first = this.#first.get(range) as number | undefined; // plucked integer
    const last = this.#last.get(range) as number | undefined; // as above
    if (first === undefined || last === undefined) return hot;
    const toMs = this.#endOfHour(series, indexOf(last));
    const fromMs = this.#startOfHour(series, indexOf(first));
    if (hot === null) return { fromMs, toMs };
    return { fromMs: Math.min(fromMs, hot.fromMs), toMs: Math.max(toMs, hot.toMs) };
  }

  #startOfHour(series: number, hour: number): number {
    return this.#tables.chunk(series, hour)?.at(0)?.startMs ?? hour * hourMs;
  }

  #endOfHour(series: number, hour: number): number {
    const last = this.#tables.chunk(series, hour)?.at(-1);
    return last === undefined ? (hour + 1) * hourMs : endOf(last);
  }

  /** The wanted step, or the next one that what is left of the range can give. */
  #possibleStep(query: RangeQuery & { stepMs: number }): number {
    const { series, fromMs, toMs } = query;
    const atLeast = Math.max(1, Math.ceil((toMs - fromMs) / maxPoints));
    let stepMs = query.stepMs >= atLeast ? query.stepMs : Math.ceil(atLeast / query.stepMs) * query.stepMs;
    const from = keyOf(series, floorHour(fromMs));
    const to = keyOf(series, ceilHour(toMs));
    if (stepMs % hourMs !== 0 && this.#rawIsGone.get(from, to) !== undefined)
      stepMs = Math.ceil(stepMs / hourMs) * hourMs;
    if (stepMs % dayMs !== 0) {
      const days = {
        base: keyOf(series, 0),
        from: keyOf(series, Math.floor(fromMs / dayMs)),
        to: keyOf(series, Math.ceil(toMs / dayMs)),
      };
      if (this.#hoursAreGone.get(days) !== undefined) stepMs = Math.ceil(stepMs / dayMs) * dayMs;
    }
    return stepMs;
  }

  #hotByHour(query: RangeQuery): Map<number, CodeRun[]> {
    // Whole hours, so that the jitter estimate is the one the hour will be stored with.
    const fromMs = floorHour(query.fromMs) * hourMs;
    const toMs = ceilHour(query.toMs) * hourMs;
    const byHour = new Map<number, CodeRun[]>();
    for (const run of this.#hot.runs(query.series, fromMs, toMs, query.live)) {
      const last = floorHour(endOf(run) - run.intervalMs + roundingMs);
      for (let hour = floorHour(run.startMs + roundingMs); hour <= last; hour += 1) {
        const piece = clip(run, hour * hourMs, (hour + 1) * hourMs);
        if (piece === null) continue;
        const runs = byHour.get(hour);
        if (runs === undefined) byHour.set(hour, [piece]);
        else runs.push(piece);
      }
    }
    return new Map([...byHour].sort(([a], [b]) => a - b));
  }

  #fill(query: RangeQuery, stepMs: number, buckets: Buckets): void {
    const { fromMs, toMs } = query;
    const hot = this.#hotByHour(query);
    const fits = (startMs: number, lengthMs: number) =>
      startMs >= fromMs &&
      startMs + lengthMs <= toMs &&
      (stepMs === Number.POSITIVE_INFINITY ||
        Math.floor(startMs / stepMs) === Math.floor((startMs + lengthMs - 1) / stepMs));
    const days = stepMs >= dayMs ? this.#usableDays(query, hot, fits) : new Map<number, never>();
    const last = ceilHour(toMs);
    let hour = floorHour(fromMs);
    while (hour < last) {
      const day = days.get(Math.floor(hour / 24));
      if (day !== undefined && hour % 24 === 0) {
        buckets.addRollup(hour * hourMs, day, this.#tables.days);
        hour += 24;
        continue;
      }
      // Up to the next day that is ready as a whole, but not more than a block.
      let end = hour + 1;
      while (end < last && end - hour < blockHours && !(end % 24 === 0 && days.has(end / 24))) end += 1;
      this.#fillHours(query, hour, end, hot, fits, buckets);
      hour = end;
    }
  }

  #usableDays(
    query: RangeQuery,
    hot: Map<number, unknown>,
    fits: (startMs: number, lengthMs: number) => boolean,
  ) {
    const from = keyOf(query.series, Math.floor(query.fromMs / dayMs));
    const to = keyOf(query.series, Math.ceil(query.toMs / dayMs));
    const open = this.#tables.openDays();
    const busy = new Set([...hot.keys()].map((hour) => Math.floor(hour / 24)));
    const rows = this.#tables.days.range(from, to);
    const usable = rows.filter(({ id }) => {
      const day = indexOf(id);
      return !open.has(id) && !busy.has(day) && fits(day * dayMs, dayMs);
    });
    return new Map(usable.map((row) => [indexOf(row.id), row]));
  }

  #fillHours(
    query: RangeQuery,
    from: number,
    to: number,
    hot: Map<number, CodeRun[]>,
    fits: (startMs: number, lengthMs: number) => boolean,
    buckets: Buckets,
  ): void {
    const { series, fromMs, toMs } = query;
    const hours: { hour: number; rollup: Rollup | undefined }[] = [];
    const rollups = this.#tables.hours.range(keyOf(series, from), keyOf(series, to));
    const stored = new Set<number>();
    for (const rollup of rollups) {
      const hour = indexOf(rollup.id);
      hours.push({ hour, rollup });
      if (hot.size > 0) stored.add(hour);
    }
    const onlyHot = [...hot.keys()].filter((hour) => hour >= from && hour < to && !stored.has(hour));
    for (const hour of onlyHot) hours.push({ hour, rollup: undefined });
    if (onlyHot.length > 0) hours.sort((a, b) => a.hour - b.hour);
    for (const { hour, rollup } of hours) {
      const newer = hot.get(hour);
      if (rollup !== undefined && newer === undefined && fits(hour * hourMs, hourMs)) {
        buckets.addRollup(hour * hourMs, rollup, this.#tables.hours);
        continue;
      }
      const samples = rollup === undefined ? [] : this.#tables.chunk(series, hour);
      if (samples === null && rollup !== undefined) {
        buckets.addRollup(hour * hourMs, rollup, this.#tables.hours);
        continue;
      }
      addRuns(overlay([...(samples ?? []), ...(newer ?? [])]), fromMs, toMs, buckets);
    }
  }
}

function addRuns(runs: readonly CodeRun[], fromMs: number, toMs: number, buckets: Buckets): void {
  const from = fromMs - roundingMs;
  const to = toMs - roundingMs;
  let next = 0;
  // Amendments belong to the moment their run starts, and buckets want time order.
  walk(runs, (atMs, code, intervalMs, jitterUs) => {
    if (atMs < from || atMs >= to) return;
    let run = runs[next];
    while (run !== undefined && run.startMs <= atMs) {
      if (run.startMs >= from) buckets.addAmendments(run.startMs, run);
      next += 1;
      run = runs[next];
    }
    buckets.addSample(atMs, code, intervalMs, jitterUs);
  });
}

function requireRange({ fromMs, toMs }: RangeQuery): void {
  if (Number.isFinite(fromMs) && Number.isFinite(toMs) && fromMs <= toMs) return;
  throw new AppError('QUERY_INVALID', `A range from ${fromMs} to ${toMs} (epoch ms)`, { status: 400 });
}

function floorHour(atMs: number): number {
  return Math.floor(atMs / hourMs);
}

function ceilHour(atMs: number): number {
  return Math.ceil(atMs / hourMs);
}
