import type { Clock } from '../../../core/clock.ts';
import type { Store, StoreHealth } from '../../../core/storing.ts';

/** A dying disk can hold the store for minutes; whoever asks how it is must not be held with it. */
const patienceMs = 2000;

const silent: StoreHealth = {
  state: 'degraded',
  message: 'the disk does not answer; measurements wait in memory',
  wasUnclean: false,
  recovered: [],
  lastCommitAtMs: null,
  pendingPackets: 0,
  droppedPackets: 0,
  measurementBytes: 0,
  stateBytes: 0,
  previousAliveMs: null,
};

/** The store's health, known at once and never older than its last change. */
export class StoreWatch {
  readonly #store: Store;
  readonly #clock: Clock;
  #latest: StoreHealth | null = null;
  #undo: (() => void) | null = null;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** As last heard; null before the first answer. */
  get latest(): StoreHealth | null {
    return this.#latest;
  }

  /** Returns when the first answer is there, or two seconds have shown that there is none. */
  async start(): Promise<void> {
    this.#undo = this.#store.onHealthChange((health) => {
      this.#latest = health;
    });
    await this.read();
  }

  stop(): void {
    this.#undo?.();
    this.#undo = null;
  }

  /** Asks the store, but waits no longer than two seconds for it. */
  async read(): Promise<StoreHealth> {
    const { promise: late, resolve } = Promise.withResolvers<null>();
    const cancel = this.#clock.after(patienceMs, () => resolve(null));
    const answer = await Promise.race([this.#store.health(), late]);
    cancel();
    if (answer === null) return { ...(this.#latest ?? silent), state: 'degraded', message: silent.message };
    this.#latest = answer;
    return answer;
  }
}
