import { Summary } from '../core/statistics.ts';
import { type PointRows, type Statistics, type StatisticsPoint, statisticColumns } from '../core/storing.ts';
import { type Rollup, type RollupTable, timeIndex } from './rollups.ts';
import { roundingMs } from './runs.ts';

/** Numbers of one bucket: see `#push` and `toPoints`. */
const width = 1 + statisticColumns.length;

/** Collects samples and rollups, given in time order, into buckets of one step. */
export class Buckets {
  readonly #stepMs: number;
  readonly #originMs: number;
  #rows = new Float64Array(64 * width);
  #length = 0;
  readonly #summary = new Summary();
  #atMs = Number.NaN;
  #endMs = Number.NEGATIVE_INFINITY;
  /** The only content so far, when it is one rollup: its columns are the answer and its histogram is not needed. */
  #single: { row: Rollup; table: RollupTable } | null = null;
  measuredMs = 0;

  /** An infinite step makes one bucket that starts at `originMs`. */
  constructor(stepMs: number, originMs = 0) {
    this.#stepMs = stepMs;
    this.#originMs = originMs;
  }

  addSample(atMs: number, code: number, intervalMs: number, jitterUs: number): void {
    if (atMs + roundingMs >= this.#endMs || this.#single !== null) this.#enter(atMs);
    this.#summary.add(code, intervalMs, jitterUs);
  }

  addAmendments(atMs: number, of: { reordered: number; duplicates: number; late: number }): void {
    if (of.reordered + of.duplicates + of.late === 0) return;
    this.#enter(atMs);
    this.#summary.reordered += of.reordered;
    this.#summary.duplicates += of.duplicates;
    this.#summary.late += of.late;
  }

  addRollup(atMs: number, row: Rollup, table: RollupTable): void {
    const isFirst = this.#enter(atMs);
    if (isFirst) this.#single = { row, table };
    else table.merge(row, this.#summary);
  }

  /** Opens the bucket of a moment; true when it is still empty. */
  #enter(atMs: number): boolean {
    if (atMs + roundingMs >= this.#endMs) {
      this.#close();
      this.#atMs =
        this.#stepMs === Number.POSITIVE_INFINITY
          ? this.#originMs
          : Math.floor((atMs + roundingMs) / this.#stepMs) * this.#stepMs;
      this.#endMs = this.#atMs + this.#stepMs;
    }
    if (this.#single !== null) {
      this.#single.table.merge(this.#single.row, this.#summary);
      this.#single = null;
    }
    return this.#summary.count === 0;
  }

  #close(): void {
    if (this.#single !== null) {
      this.measuredMs += this.#single.row.measuredMs;
      this.#pushRollup(this.#single.row);
    } else if (this.#summary.count > 0) {
      this.measuredMs += this.#summary.measuredMs;
      this.#push(this.#summary.statistics());
    }
    this.#single = null;
    this.#summary.clear();
  }

  #push(statistics: Statistics): void {
    const from = this.#newRow();
    for (let index = 0; index < statisticColumns.length; index += 1)
      this.#rows[from + index] = statistics[statisticColumns[index]!]; // within its length
  }

  /** A year is 8,760 of these: no object on the way. */
  #pushRollup(row: Rollup): void {
    const from = this.#newRow();
    const rows = this.#rows;
    rows[from] = row.count;
    rows[from + 1] = row.lost;
    // min, mean, the quantiles up to p99, max and jitter stand in both in the same order.
    for (let index = 0; index <= timeIndex.jitter; index += 1) rows[from + 2 + index] = row.timesUs[index]!; // twelve times
    rows[from + 13] = row.timesUs[timeIndex.p999]! - row.timesUs[timeIndex.min]!; // twelve times
    rows[from + 14] = row.reordered;
    rows[from + 15] = row.duplicates;
    rows[from + 16] = row.late;
  }

  /** Makes room, writes the time and returns where the statistics begin. */
  #newRow(): number {
    if (this.#length + width > this.#rows.length) {
      const larger = new Float64Array(this.#rows.length * 2);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    const from = this.#length;
    this.#length += width;
    this.#rows[from] = this.#atMs;
    return from + 1;
  }

  finish(): PointRows {
    this.#close();
    return this.#rows.slice(0, this.#length);
  }
}

export function toPoints(rows: PointRows): StatisticsPoint[] {
  const points: StatisticsPoint[] = [];
  for (let offset = 0; offset < rows.length; offset += width) {
    const at = (index: number) => rows[offset + index]!; // whole rows
    points.push({
      atMs: at(0),
      count: at(1),
      lost: at(2),
      minUs: at(3),
      meanUs: at(4),
      p10Us: at(5),
      p25Us: at(6),
      p50Us: at(7),
      p75Us: at(8),
      p90Us: at(9),
      p95Us: at(10),
      p99Us: at(11),
      maxUs: at(12),
      jitterUs: at(13),
      pdvUs: at(14),
      reordered: at(15),
      duplicates: at(16),
      late: at(17),
    });
  }
  return points;
}
