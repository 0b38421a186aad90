import type { Band } from './quantiles.ts';
import { SortedWindow } from './sorted-window.ts';

const windowHours = 28 * 24;
/** Fewer residuals than this say nothing about the edges. */
const fewestResiduals = 8;

/** Gives a point forecast its interval: the quantiles of its own errors of the last 28 days at this horizon. */
export class ResidualBand {
  readonly #errors = new SortedWindow(windowHours);
  readonly #pending = new Map<number, number>();

  /** The point forecast that was made for the hour `target`. */
  note(target: number, point: number): void {
    if (!Number.isNaN(point)) this.#pending.set(target, point);
  }

  /** What came in the hour `at`; NaN when nothing did. */
  settle(at: number, value: number): void {
    const point = this.#pending.get(at);
    this.#pending.delete(at);
    if (point !== undefined) this.#errors.push(value - point);
  }

  around(point: number): Band {
    if (this.#errors.count < fewestResiduals) return { p10: point, p50: point, p90: point };
    return {
      p10: Math.min(point, Math.max(0, point + this.#errors.quantile(0.1))),
      p50: point,
      p90: Math.max(point, point + this.#errors.quantile(0.9)),
    };
  }
}
