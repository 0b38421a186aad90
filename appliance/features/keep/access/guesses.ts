import { type Clock, pause } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { FailureLog } from './failure-log.ts';
import type { HashQueue } from './hash-queue.ts';
import { type Throttle, throttleLimits } from './throttle.ts';

/** Where a try comes from. */
export interface Origin {
  address: string;
  isLocal: boolean;
  signal: AbortSignal;
}

/** How a try ended: what it gives, or the refusal that counts as a failure. Anything thrown counts as nothing. */
export type Verdict<Result> =
  | { is: 'right'; result: Result }
  | { is: 'wrong'; refusal: AppError; account: string | null };

export interface GuessParts {
  clock: Clock;
  hashes: HashQueue;
  failures: FailureLog;
  isKnownAddress: (address: string) => boolean;
}

/** Runs everything that compares a secret a person typed: slowed down, one at a time, counted and told. */
export class Guesses {
  readonly #parts: GuessParts;

  constructor(parts: GuessParts) {
    this.#parts = parts;
  }

  /** `what` is for the log: 'a sign-in'. The local socket is never slowed down. */
  async run<Result>(
    throttle: Throttle,
    what: string,
    { address, isLocal, signal }: Origin,
    guess: () => Promise<Verdict<Result>>,
  ): Promise<Result> {
    const { clock, hashes, failures, isKnownAddress } = this.#parts;
    if (!isLocal) throttle.begin(address);
    let outcome: 'right' | 'wrong' | 'undecided' = 'undecided';
    let account: string | null = null;
    const slowDown = async () => {
      if (isLocal || !throttle.isSlow) return;
      await pause(clock, throttleLimits.slowMs, signal);
      if (signal.aborted) throw new AppError('CLIENT_GONE', 'The client went away', { status: 408 });
    };
    try {
      const verdict = await hashes.run(isLocal || isKnownAddress(address), guess, slowDown);
      outcome = verdict.is;
      if (verdict.is === 'right') return verdict.result;
      account = verdict.account;
      throw verdict.refusal;
    } finally {
      const isFlood = throttle.isSlow;
      const inARow = isLocal ? 1 : throttle.end(address, outcome);
      if (outcome === 'wrong') failures.add({ what, address, account, inARow, isFlood });
    }
  }
}
