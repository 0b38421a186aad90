import type Database from 'better-sqlite3';
import type { Histogram } from '../core/histogram.ts';
import { codeCount } from '../core/quantise.ts';
import { quantileShares, type Summary } from '../core/statistics.ts';
import { deflate, inflate, readableOr } from './codec.ts';
import { indexOf, seriesOf, timeKeyOf } from './schema.ts';
import { ByteReader, ByteWriter } from './varint.ts';

const columns = `id, count, lost, measured_ms, min_ns, mean_ns, p10_ns, p25_ns, p50_ns, p75_ns, p90_ns, p95_ns, p99_ns,
  max_ns, jitter_ns, p999_ns, jitter_count, reordered, duplicates, late`;

export interface Rollup {
  id: number;
  count: number;
  lost: number;
  measuredMs: number;
  /** min, mean, p10, p25, p50, p75, p90, p95, p99, max, jitter, p999 in µs; NaN where nothing answered. */
  timesUs: number[];
  jitterCount: number;
  reordered: number;
  duplicates: number;
  late: number;
}

export const timeIndex = { min: 0, mean: 1, p10: 2, max: 9, jitter: 10, p999: 11 } as const;

const writer = new ByteWriter();

/** Distinct codes, gaps between them, counts less one: columns of varints. */
export function encodeHistogram(histogram: Histogram): Uint8Array {
  const gaps: number[] = [];
  const counts: number[] = [];
  let previous = 0;
  histogram.forEach((code, count) => {
    gaps.push(code - previous);
    counts.push(count - 1);
    previous = code;
  });
  writer.clear();
  writer.varint(gaps.length);
  for (const gap of gaps) writer.varint(gap);
  for (const count of counts) writer.varint(count);
  return deflate(writer.view());
}

/** Adds an encoded histogram. Throws RangeError when the bytes are damaged; then nothing was added. */
export function mergeHistogram(bytes: Uint8Array, into: Histogram): void {
  const reader = new ByteReader(inflate(bytes));
  const distinct = reader.varint();
  if (distinct > codeCount) throw new RangeError(`histogram with ${distinct} codes, ${codeCount} exist`);
  const codes = new Uint32Array(distinct);
  let code = 0;
  for (let index = 0; index < distinct; index += 1) {
    code += reader.varint();
    if (code >= codeCount) throw new RangeError(`histogram code ${code}, ${codeCount} exist`);
    codes[index] = code;
  }
  const counts = new Float64Array(distinct);
  for (let index = 0; index < distinct; index += 1) counts[index] = reader.varint() + 1;
  for (let index = 0; index < distinct; index += 1) into.add(codes[index]!, counts[index]!); // same length
}

/** Reads and writes the hourly or the daily rows. */
export class RollupTable {
  readonly #insert: Database.Statement;
  readonly #insertHistogram: Database.Statement;
  readonly #range: Database.Statement;
  readonly #histogram: Database.Statement;

  constructor(database: Database.Database, unit: 'hour' | 'day') {
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO ${unit}s (${columns}) VALUES (${'?, '.repeat(19)}?)`,
    );
    this.#insertHistogram = database.prepare(
      `INSERT OR REPLACE INTO ${unit}_histograms (id, body) VALUES (?, ?)`,
    );
    this.#range = database
      .prepare(`SELECT ${columns} FROM ${unit}s WHERE id >= ? AND id < ? ORDER BY id`)
      .raw();
    this.#histogram = database.prepare(`SELECT body FROM ${unit}_histograms WHERE id = ?`).pluck();
  }

  /** Rows with keys in [from, to), in order. */
  range(from: number, to: number): Rollup[] {
    return (this.#range.all(from, to) as (number | null)[][]).map(fromRow); // STRICT table
  }

  /** Adds one of this table's rows, histogram and all. */
  merge(row: Rollup, into: Summary): void {
    const bytes = this.#histogram.get(timeKeyOf(indexOf(row.id), seriesOf(row.id)));
    if (bytes !== undefined) readableOr(undefined, () => mergeHistogram(bytes as Uint8Array, into.histogram)); // STRICT table
    into.count += row.count;
    into.lost += row.lost;
    into.measuredMs += row.measuredMs;
    if (row.jitterCount > 0) into.jitterSumUs += row.timesUs[timeIndex.jitter]! * row.jitterCount; // twelve times
    into.jitterCount += row.jitterCount;
    into.reordered += row.reordered;
    into.duplicates += row.duplicates;
    into.late += row.late;
  }

  write(id: number, summary: Summary): void {
    const { histogram } = summary;
    const [p10, p25, p50, p75, p90, p95, p99, p999] = histogram.quantiles(quantileShares);
    const jitterUs = summary.jitterCount === 0 ? Number.NaN : summary.jitterSumUs / summary.jitterCount;
    const times = [histogram.minUs, histogram.meanUs, p10, p25, p50, p75, p90, p95, p99, histogram.maxUs];
    this.#insert.run(
      id,
      summary.count,
      summary.lost,
      Math.round(summary.measuredMs),
      ...[...times, jitterUs, p999].map(toNs),
      summary.jitterCount,
      summary.reordered,
      summary.duplicates,
      summary.late,
    );
    this.#insertHistogram.run(timeKeyOf(indexOf(id), seriesOf(id)), encodeHistogram(histogram));
  }
}

function toNs(us: number | undefined): number | null {
  return us === undefined || Number.isNaN(us) ? null : Math.round(us * 1000);
}

function fromRow(row: (number | null)[]): Rollup {
  const number = (index: number) => row[index] as number; // STRICT table, NOT NULL
  const us = (index: number) => {
    const ns = row[index + 4] as number | null; // STRICT table
    return ns === null ? Number.NaN : ns / 1000;
  };
  return {
    id: number(0),
    count: number(1),
    lost: number(2),
    measuredMs: number(3),
    // A literal: an array that is filled afterwards is made twice, and a year has 8,760.
    timesUs: [us(0), us(1), us(2), us(3), us(4), us(5), us(6), us(7), us(8), us(9), us(10), us(11)],
    jitterCount: number(16),
    reordered: number(17),
    duplicates: number(18),
    late: number(19),
  };
}
