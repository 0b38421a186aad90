import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';

const minuteMs = 60_000;

export const throttleLimits = {
  /** Failures from one address within the window before it must wait. */
  failures: 5,
  windowMs: 15 * minuteMs,
  firstWaitMs: 30_000,
  longestWaitMs: 15 * minuteMs,
  /** Without a failure for this long an address is as good as new. */
  forgetMs: 6 * 60 * minuteMs,
  /** Failures of the whole device within the hour before every try is made slow. */
  deviceFailures: 30,
  deviceWindowMs: 60 * minuteMs,
  slowMs: 2_000,
  /** Addresses that are remembered; those that need not wait are forgotten first. */
  addresses: 1_024,
} as const;

interface Tries {
  /** At most `failures` moments. */
  failedAtMs: number[];
  /** How often it had to wait; each time twice as long. */
  level: number;
  waitsUntilMs: number;
  /** Tries whose end is not known yet: many at once must not all be the fifth. */
  pending: number;
  lastMs: number;
}

/** Slows guessing down, for each address and for the whole device. Nothing is ever locked for good. */
export class Throttle {
  readonly #clock: Clock;
  readonly #firstWaitMs: number;
  /** In the order of the last try. */
  readonly #addresses = new Map<string, Tries>();
  readonly #deviceFailedAtMs: number[] = [];

  constructor(clock: Clock, { firstWaitMs = throttleLimits.firstWaitMs as number } = {}) {
    this.#clock = clock;
    this.#firstWaitMs = firstWaitMs;
  }

  get size(): number {
    return this.#addresses.size;
  }

  /** True while the device as a whole sees so many failures that every try has to wait `slowMs`. */
  get isSlow(): boolean {
    const oldest = this.#deviceFailedAtMs.at(-throttleLimits.deviceFailures);
    return oldest !== undefined && this.#clock.monoMs() - oldest < throttleLimits.deviceWindowMs;
  }

  /** Throws `TOO_MANY_TRIES` while the address has to wait; else `end` must be called when the try is over. */
  begin(address: string): void {
    const now = this.#clock.monoMs();
    const tries = this.#recall(address, now);
    const recent = tries.failedAtMs.filter((atMs) => now - atMs < throttleLimits.windowMs).length;
    if (now < tries.waitsUntilMs) throw tooMany(tries.waitsUntilMs - now);
    const allowed = tries.level > 0 ? 1 : throttleLimits.failures - recent;
    if (tries.pending >= allowed) throw tooMany(throttleLimits.slowMs);
    tries.pending += 1;
    tries.lastMs = now;
    this.#remember(address, tries);
  }

  /** Returns how many failures there are within the window. `undecided`: nothing was learned, so nothing counts. */
  end(address: string, outcome: 'right' | 'wrong' | 'undecided'): number {
    const tries = this.#addresses.get(address);
    if (tries === undefined) return 0;
    tries.pending -= 1;
    if (outcome === 'undecided') return tries.failedAtMs.length;
    if (outcome === 'right') {
      tries.failedAtMs = [];
      tries.level = 0;
      tries.waitsUntilMs = 0;
      if (tries.pending === 0) this.#addresses.delete(address);
      return 0;
    }
    const now = this.#clock.monoMs();
    tries.failedAtMs = [...tries.failedAtMs, now]
      .filter((atMs) => now - atMs < throttleLimits.windowMs)
      .slice(-throttleLimits.failures);
    if (tries.level > 0 || tries.failedAtMs.length >= throttleLimits.failures) {
      tries.waitsUntilMs = now + Math.min(this.#firstWaitMs * 2 ** tries.level, throttleLimits.longestWaitMs);
      tries.level += 1;
    }
    this.#deviceFailedAtMs.push(now);
    if (this.#deviceFailedAtMs.length > throttleLimits.deviceFailures) this.#deviceFailedAtMs.shift();
    return tries.failedAtMs.length;
  }

  #recall(address: string, now: number): Tries {
    const known = this.#addresses.get(address);
    if (known !== undefined && (known.pending > 0 || now - known.lastMs < throttleLimits.forgetMs))
      return known;
    return { failedAtMs: [], level: 0, waitsUntilMs: 0, pending: 0, lastMs: now };
  }

  #remember(address: string, tries: Tries): void {
    this.#addresses.delete(address);
    this.#addresses.set(address, tries);
    if (this.#addresses.size <= throttleLimits.addresses) return;
    const now = this.#clock.monoMs();
    const entries = [...this.#addresses].filter(([, { pending }]) => pending === 0);
    const [oldest] = entries.find(([, { waitsUntilMs }]) => waitsUntilMs <= now) ?? entries[0] ?? [];
    if (oldest !== undefined) this.#addresses.delete(oldest);
  }
}

function tooMany(waitMs: number): AppError {
  const seconds = Math.ceil(waitMs / 1000);
  const words = seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
  return new AppError('TOO_MANY_TRIES', `Too many wrong tries from this address; try again in ${words}`, {
    status: 429,
    details: { retryAfterSeconds: seconds },
  });
}
