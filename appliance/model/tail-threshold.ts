import { SortedWindow } from './sorted-window.ts';

const windowHours = 8 * 7 * 24;
/** Before a week of scores nothing is known about how high calm hours go. */
const fewestHours = 7 * 24;
const weekHours = 7 * 24;
/** Scores beyond this quantile are the tail; below it an ordinary hour is of no interest. */
const tailStart = 0.95;

/**
 * The score that calm hours of this line exceed so many times a week. The tail of the last eight weeks is taken to fall
 * off exponentially (peaks over threshold, Pickands 1975), so that rates can be asked for that were never counted.
 */
export class TailThreshold {
  readonly #window = new SortedWindow(windowHours);
  readonly #perHour: number;

  constructor(alarmsPerWeek: number) {
    this.#perHour = alarmsPerWeek / weekHours;
  }

  /** A score of an hour in which no anomaly was open. */
  push(score: number): void {
    this.#window.push(score);
  }

  /** NaN while too little is known. */
  get value(): number {
    if (this.#window.count < fewestHours) return Number.NaN;
    const start = this.#window.quantile(tailStart);
    // The mean excess of an exponential tail, by a quantile of it that one spike cannot move.
    const excess = (this.#window.quantile(0.99) - start) / Math.log((1 - tailStart) / 0.01);
    const asked =
      start + Math.max(excess, 0) * Math.log((1 - tailStart) / Math.min(this.#perHour, 1 - tailStart));
    const counted = this.#window.quantile(1 - Math.min(this.#perHour, 1));
    return Math.max(asked, counted);
  }
}
