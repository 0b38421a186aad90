const firstMs = 1000;
const longestMs = 60_000;
/** A wrong password does not become right by asking: brokers lock out whoever tries too often. */
const refusedMs = 5 * 60_000;
/** A connection that lasted this long was a good one. */
export const steadyMs = 30_000;

/** How long to wait before the next attempt. Jitter keeps boxes apart that lost the same broker. */
export class Backoff {
  #failures = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  next(isRefused: boolean): number {
    const most = isRefused ? refusedMs : longestMs;
    const waitMs = Math.min(firstMs * 2 ** Math.min(this.#failures, 10), most);
    this.#failures += 1;
    return Math.round(waitMs * (0.75 + 0.5 * this.#random()));
  }

  reset(): void {
    this.#failures = 0;
  }
}
