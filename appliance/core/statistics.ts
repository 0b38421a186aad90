import { Histogram } from './histogram.ts';
import { codeOf, timeOf } from './quantise.ts';
import { type Statistics, slot } from './storing.ts';

/** The quantiles of `Statistics` in order, and the 99.9th percentile that PDV needs. */
export const quantileShares = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999] as const;

/**
 * RFC 3550 §6.4.1: J += (|D| - J) / 16, where D is the change of the round-trip time between consecutive replies.
 * It starts with the first |D| instead of zero, so that the mean over a short period is not pulled down.
 */
export class Jitter {
  #previousUs = Number.NaN;
  #jitterUs = Number.NaN;

  /** The estimate after this reply; NaN until there are two. */
  next(rttUs: number): number {
    const change = Math.abs(rttUs - this.#previousUs);
    this.#previousUs = rttUs;
    if (Number.isNaN(change)) return Number.NaN;
    this.#jitterUs = Number.isNaN(this.#jitterUs) ? change : this.#jitterUs + (change - this.#jitterUs) / 16;
    return this.#jitterUs;
  }

  /** After a pause the next reply has no neighbour; the estimate stays. */
  pause(): void {
    this.#previousUs = Number.NaN;
  }
}

/** Statistics of a set of exchanges that grows by samples or by finished rollups; reuse it with `clear`. */
export class Summary {
  readonly histogram = new Histogram();
  count = 0;
  lost = 0;
  /** How long was measured: slots that are not skipped, times their interval. */
  measuredMs = 0;
  jitterSumUs = 0;
  jitterCount = 0;
  reordered = 0;
  duplicates = 0;
  late = 0;

  clear(): void {
    this.histogram.clear();
    this.count = 0;
    this.lost = 0;
    this.measuredMs = 0;
    this.jitterSumUs = 0;
    this.jitterCount = 0;
    this.reordered = 0;
    this.duplicates = 0;
    this.late = 0;
  }

  /** One slot: a code or a `slot`, and the jitter estimate after it (NaN for none). */
  add(code: number, intervalMs: number, jitterUs: number): void {
    if (code === slot.skipped) return;
    this.count += 1;
    this.measuredMs += intervalMs;
    if (code < 0) {
      this.lost += 1;
      return;
    }
    this.histogram.add(code);
    if (jitterUs >= 0) {
      this.jitterSumUs += jitterUs;
      this.jitterCount += 1;
    }
  }

  merge(other: Summary): void {
    this.histogram.merge(other.histogram);
    this.count += other.count;
    this.lost += other.lost;
    this.measuredMs += other.measuredMs;
    this.jitterSumUs += other.jitterSumUs;
    this.jitterCount += other.jitterCount;
    this.reordered += other.reordered;
    this.duplicates += other.duplicates;
    this.late += other.late;
  }

  statistics(): Statistics {
    const [p10Us, p25Us, p50Us, p75Us, p90Us, p95Us, p99Us, p999Us] = this.histogram.quantiles(
      quantileShares,
    ) as [number, number, number, number, number, number, number, number]; // one for each share
    const minUs = this.histogram.minUs;
    return {
      count: this.count,
      lost: this.lost,
      minUs,
      meanUs: this.histogram.meanUs,
      p10Us,
      p25Us,
      p50Us,
      p75Us,
      p90Us,
      p95Us,
      p99Us,
      maxUs: this.histogram.maxUs,
      jitterUs: this.jitterCount === 0 ? Number.NaN : this.jitterSumUs / this.jitterCount,
      pdvUs: p999Us - minUs, // RFC 5481 §4.2, with the 99.9th percentile for the maximum
      reordered: this.reordered,
      duplicates: this.duplicates,
      late: this.late,
    };
  }
}

/** Statistics of consecutive slots as they stand in a `SampleRun`, for windows that are still in memory. */
export function statisticsOf(
  rttUs: Iterable<number>,
  intervalMs: number,
  amendments: { reordered?: number; duplicates?: number; late?: number } = {},
): Statistics {
  const summary = new Summary();
  const jitter = new Jitter();
  for (const value of rttUs) {
    const code = codeOf(value);
    summary.add(code, intervalMs, code < 0 ? Number.NaN : jitter.next(timeOf(code)));
  }
  summary.reordered = amendments.reordered ?? 0;
  summary.duplicates = amendments.duplicates ?? 0;
  summary.late = amendments.late ?? 0;
  return summary.statistics();
}
