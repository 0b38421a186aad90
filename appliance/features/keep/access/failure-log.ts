import type { Clock } from '../../../core/clock.ts';
import type { Log } from '../../../core/log.ts';
import { throttleLimits } from './throttle.ts';

/** A flood from everywhere must neither fill the log nor wear the card out. */
const lineEveryMs = 60_000;
const eventEveryMs = 10 * 60_000;

export interface Failure {
  /** What was tried, for the log: 'a sign-in'. */
  what: string;
  address: string;
  /** Only where the name is one of ours: people type passwords into the wrong field. */
  account: string | null;
  /** So many from this address within the window. */
  inARow: number;
  /** The whole device sees many. */
  isFlood: boolean;
}

/** Tells of failed tries: each in the log, in a flood the count once a minute; a row of them in the list of events. */
export class FailureLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #record: (event: { kind: string; text: string }) => void;
  #total = 0;
  #untold = 0;
  #lineMonoMs = Number.NEGATIVE_INFINITY;
  #eventMonoMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, log: Log, record: (event: { kind: string; text: string }) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#record = record;
  }

  /** Since the start. */
  get total(): number {
    return this.#total;
  }

  add({ what, address, account, inARow, isFlood }: Failure): void {
    const now = this.#clock.monoMs();
    this.#total += 1;
    this.#untold += 1;
    if (!isFlood || now - this.#lineMonoMs >= lineEveryMs) {
      const more = this.#untold > 1 ? { sinceLastLine: this.#untold } : {};
      this.#log.warn({ address, account, inARow, ...more }, `${what} failed`);
      this.#lineMonoMs = now;
      this.#untold = 0;
    }
    if (inARow < throttleLimits.failures || now - this.#eventMonoMs < eventEveryMs) return;
    this.#eventMonoMs = now;
    this.#record({
      kind: 'access.refused',
      text: `${what[0]?.toUpperCase()}${what.slice(1)} failed ${inARow} times from one address of the network; the log names it.`,
    });
  }
}
