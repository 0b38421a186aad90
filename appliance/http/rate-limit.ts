import type { Clock } from '../core/clock.ts';

export const rateLimits = {
  /** A page with all its files and charts at once, many times over. */
  burst: 600,
  perSecond: 20,
  /** Callers that are remembered; the one not seen for longest is forgotten first. */
  callers: 1_024,
};

interface Bucket {
  tokens: number;
  atMs: number;
}

/** A token bucket for each caller. */
export class RateLimit {
  readonly #clock: Clock;
  /** In the order of last use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one request: 0 when it may pass, else the whole seconds until one may again. */
  take(caller: string): number {
    const nowMs = this.#clock.monoMs();
    const before = this.#buckets.get(caller) ?? { tokens: rateLimits.burst, atMs: nowMs };
    const refilled = before.tokens + ((nowMs - before.atMs) / 1000) * rateLimits.perSecond;
    const tokens = Math.min(rateLimits.burst, refilled);
    const isAllowed = tokens >= 1;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens: isAllowed ? tokens - 1 : tokens, atMs: nowMs });
    if (this.#buckets.size > rateLimits.callers) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    return isAllowed ? 0 : Math.ceil((1 - tokens) / rateLimits.perSecond);
  }
}
