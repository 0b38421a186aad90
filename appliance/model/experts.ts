import type { History } from './history.ts';
import { levels, quantileOf } from './quantiles.ts';
import { ResidualBand } from './residual-band.ts';
import { SortedWindow } from './sorted-window.ts';

/** Quantiles of what was measured in the last so many hours. */
const windowHours = [6, 12, 24, 48, 72, 168, 336] as const;
/** Quantiles of the same hour of the last days, with its neighbours on both sides. */
const sameHours = [
  { days: 3, reach: 3 },
  { days: 4, reach: 2 },
  { days: 7, reach: 1 },
  { days: 14, reach: 1 },
  { days: 28, reach: 1 },
] as const;
/** A level, and around it the errors that it made at this horizon. */
const levelNames = ['last', 'median6', 'ewma'] as const;

export const expertCount = windowHours.length + sameHours.length + levelNames.length;
/** The one that always has an opinion: others are counted as it while they have none. */
export const fallbackExpert = expertCount - 2;

const ewmaShare = 0.3;
/** Fewer values have no quantiles. */
const fewestValues = 4;
const dayHours = 24;
/** A lower edge at nothing would be infinitely far away on the logarithmic scale. */
const leastShare = 0.02;

/** Simple forecasters of one series, each good at something; none has learnt from any other line. */
export class ExpertPool {
  readonly #history: History;
  readonly #windows = windowHours.map((hours) => new SortedWindow(hours));
  readonly #bands: Map<number, readonly ResidualBand[]>;
  readonly #around = new Float64Array(
    Math.max(...sameHours.map(({ days, reach }) => days * (2 * reach + 1))),
  );
  /** Of the logarithms: one spike must not lift it for hours. */
  #ewma = Number.NaN;
  #levels: number[] = [];

  constructor(history: History, horizons: readonly number[]) {
    this.#history = history;
    this.#bands = new Map(horizons.map((hours) => [hours, levelNames.map(() => new ResidualBand())]));
  }

  /** Takes the value that was just added to the history. */
  observe(value: number): void {
    const at = this.#history.length - 1;
    for (const window of this.#windows) window.push(value);
    if (!Number.isNaN(value)) {
      const log = Math.log(value);
      this.#ewma = Number.isNaN(this.#ewma) ? log : this.#ewma + ewmaShare * (log - this.#ewma);
    }
    const last = Number.isNaN(value) ? (this.#levels[0] ?? Number.NaN) : value;
    const [shortest] = this.#windows;
    const median = shortest !== undefined && shortest.count > 0 ? shortest.quantile(0.5) : last;
    this.#levels = [last, median, Math.exp(this.#ewma)];
    for (const [horizon, bands] of this.#bands) {
      for (const [which, band] of bands.entries()) {
        band.settle(at, value);
        band.note(at + horizon, this.#levels[which] ?? Number.NaN);
      }
    }
  }

  /**
   * Writes three quantiles for each expert, in logarithms; NaN for one that has no opinion yet. Errors are taken from the
   * horizon `learntAt`.
   */
  ask(horizon: number, learntAt: number, into: Float64Array): void {
    let at = 0;
    for (const window of this.#windows) {
      for (const level of levels) {
        into[at] = window.count < fewestValues ? Number.NaN : Math.log(window.quantile(level));
        at += 1;
      }
    }
    for (const { days, reach } of sameHours) {
      const count = this.#gather(horizon, days, reach);
      for (const level of levels) {
        into[at] = count < fewestValues ? Number.NaN : Math.log(quantileOf(this.#around, level, count));
        at += 1;
      }
    }
    for (const [which, band] of (this.#bands.get(learntAt) ?? []).entries()) {
      const point = this.#levels[which] ?? Number.NaN;
      const { p10, p90 } = band.around(point);
      into[at] = Math.log(Math.max(p10, point * leastShare));
      into[at + 1] = Math.log(point);
      into[at + 2] = Math.log(p90);
      at += 3;
    }
  }

  /** Sorts the values around the target hour of the last days to the front of `#around`; gives how many there are. */
  #gather(horizon: number, days: number, reach: number): number {
    const target = this.#history.length - 1 + horizon;
    let count = 0;
    for (let day = 1; day <= days; day += 1) {
      for (let beside = -reach; beside <= reach; beside += 1) {
        const value = this.#history.at(target - day * dayHours + beside);
        if (Number.isNaN(value)) continue;
        this.#around[count] = value;
        count += 1;
      }
    }
    this.#around.subarray(0, count).sort();
    return count;
  }
}
