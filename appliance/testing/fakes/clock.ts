import type { Clock } from '../../core/clock.ts';

interface Timer {
  dueMs: number;
  everyMs: number | null;
  fn: () => void;
}

/** A clock that stands still until it is moved; timers fire while it moves, in order. */
export class FakeClock implements Clock {
  #wallMs: number;
  #monoMs: number;
  readonly #timers = new Set<Timer>();

  constructor(wallMs = Date.UTC(2026, 10, 22, 12), monoMs = 1_000_000) {
    this.#wallMs = wallMs;
    this.#monoMs = monoMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  monoMs(): number {
    return this.#monoMs;
  }

  after(delayMs: number, fn: () => void): () => void {
    return this.#schedule({ dueMs: this.#monoMs + delayMs, everyMs: null, fn });
  }

  every(everyMs: number, fn: () => void): () => void {
    return this.#schedule({ dueMs: this.#monoMs + everyMs, everyMs, fn });
  }

  /** Moves both clocks on. */
  advance(ms: number): void {
    const endMs = this.#monoMs + ms;
    for (;;) {
      const next = [...this.#timers]
        .filter((timer) => timer.dueMs <= endMs)
        .sort((a, b) => a.dueMs - b.dueMs)[0];
      if (!next) break;
      this.#moveTo(next.dueMs);
      if (next.everyMs === null) this.#timers.delete(next);
      else next.dueMs += next.everyMs;
      next.fn();
    }
    this.#moveTo(endMs);
  }

  /** Sets the wall clock, as a person or NTP does; the monotonic one does not notice. */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }

  #moveTo(monoMs: number): void {
    this.#wallMs += monoMs - this.#monoMs;
    this.#monoMs = monoMs;
  }

  #schedule(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}
