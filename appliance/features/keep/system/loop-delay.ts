import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../../../core/clock.ts';

/** Every wake-up of the main thread costs about 50 µs of CPU; two a second are 1,200 samples in ten minutes. */
const resolutionMs = 500;
const forgetMs = 10 * 60_000;

/** How late the event loop runs, over the last ten minutes at most. */
export class LoopDelay {
  readonly #clock: Clock;
  readonly #histogram: ReturnType<typeof monitorEventLoopDelay>;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  }

  start(): void {
    this.#histogram.enable();
    this.#cancel = this.#clock.every(forgetMs, () => this.#histogram.reset());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#histogram.disable();
  }

  /** The histogram counts whole intervals, so the interval itself is taken off. */
  p99Ms(): number {
    const nanoseconds = this.#histogram.percentile(99);
    return Math.max(0, Math.round((nanoseconds / 1e6 - resolutionMs) * 100) / 100);
  }
}
