import type { Clock } from '../../../core/clock.ts';
import { pause } from '../../../core/clock.ts';

/** Questions that may wait; a path has a dozen hops, a line a few paths. */
const maxWaiting = 128;
/** One question after the other with this much between them: nobody is in a hurry. */
const betweenMs = 100;
/** What got no answer is asked again after this at the earliest. */
const retryMs = 10 * 60_000;

export interface LazyLookupsOptions<Value> {
  clock: Clock;
  keepMs: number;
  maxKept: number;
  /** False while there is no consent or the line is down; what waits then is dropped. */
  mayAsk(): boolean;
  /** The answer, null when there is none to be had, undefined when nobody answered. */
  ask(address: string): Promise<Value | null | undefined>;
  /** Called with what was found since the last time, when nothing waits any more. */
  onFound?(found: ReadonlyMap<string, Value | null>): Promise<void>;
}

/** Facts about addresses, asked for in the background one at a time and remembered for a while. */
export class LazyLookups<Value> {
  readonly #options: LazyLookupsOptions<Value>;
  readonly #kept = new Map<string, { value: Value | null; untilMonoMs: number }>();
  readonly #waiting = new Set<string>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;

  constructor(options: LazyLookupsOptions<Value>) {
    this.#options = options;
  }

  /** What is known now; null where nothing is. */
  get(address: string): Value | null {
    return this.#kept.get(address)?.value ?? null;
  }

  /** What an earlier run found. */
  load(address: string, value: Value | null, ageMs: number): void {
    this.#keep(address, value, this.#options.keepMs - ageMs);
  }

  /** Asks for these when it may; returns when nothing waits any more. */
  want(addresses: Iterable<string>): Promise<void> {
    const now = this.#options.clock.monoMs();
    for (const address of addresses) {
      const isFresh = (this.#kept.get(address)?.untilMonoMs ?? Number.NEGATIVE_INFINITY) > now;
      if (!isFresh && this.#waiting.size < maxWaiting) this.#waiting.add(address);
    }
    if (this.#waiting.size === 0 || this.#stopping.signal.aborted) return Promise.resolve();
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running?.catch(() => undefined); // told where it was started
  }

  async #run(): Promise<void> {
    const { clock, ask, mayAsk, onFound, keepMs } = this.#options;
    const found = new Map<string, Value | null>();
    for (const address of this.#waiting) {
      if (!mayAsk() || this.#stopping.signal.aborted) break;
      const value = await ask(address);
      this.#waiting.delete(address);
      if (value === undefined) this.#keep(address, this.get(address), retryMs);
      else {
        this.#keep(address, value, keepMs);
        found.set(address, value);
      }
      await pause(clock, betweenMs, this.#stopping.signal);
    }
    this.#waiting.clear();
    if (found.size > 0) await onFound?.(found);
  }

  #keep(address: string, value: Value | null, forMs: number): void {
    this.#kept.delete(address);
    this.#kept.set(address, { value, untilMonoMs: this.#options.clock.monoMs() + forMs });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#options.maxKept) break;
      this.#kept.delete(oldest);
    }
  }
}
