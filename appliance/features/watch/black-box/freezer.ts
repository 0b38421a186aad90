import type { Clock } from '../../../core/clock.ts';
import type { CapturedSeries } from './codec.ts';
import { quickTimeoutMs } from './plan.ts';
import type { Recorder } from './recorder.ts';

/** Kept before the beginning and after the end. */
const beforeMs = 60_000;
const afterMs = 30_000;
/** A long event keeps its beginning and its end. */
const headMs = 3 * 60_000;
const tailMs = 2 * 60_000;
/** What was under way at a moment has ended this much later. */
const settleMs = quickTimeoutMs + 500;
/** Events that are open at once; beyond it the oldest is closed as it stands. */
const maxFrozen = 16;

export interface FrozenCapture {
  key: string;
  line: string;
  startMonoMs: number;
  endMonoMs: number;
  series: CapturedSeries[];
}

interface Frozen {
  key: string;
  line: string;
  startMonoMs: number;
  /** NaN while the event lasts. */
  endMonoMs: number;
  /** The beginning, taken out of the rings before it is overwritten there. */
  head: CapturedSeries[] | null;
  cancel: () => void;
}

interface Options {
  clock: Clock;
  recorder: Recorder;
  /** Nothing was recorded before this moment. */
  beganMonoMs: number;
  onComplete: (capture: FrozenCapture) => void;
}

/** Holds what surrounds each open event until it is complete. */
export class Freezer {
  readonly #options: Options;
  readonly #frozen = new Map<string, Frozen>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** True while an event of this line is open. */
  isOpen(line: string): boolean {
    return [...this.#frozen.values()].some(
      (frozen) => frozen.line === line && Number.isNaN(frozen.endMonoMs),
    );
  }

  freeze(key: string, line: string, fromMonoMs: number): void {
    const startMonoMs = Math.max(fromMonoMs - beforeMs, this.#options.beganMonoMs);
    const known = this.#frozen.get(key);
    if (known) {
      known.startMonoMs = Math.min(known.startMonoMs, startMonoMs);
      known.endMonoMs = Number.NaN; // it goes on
      this.#await(known);
      return;
    }
    const [oldest] = this.#frozen.values();
    if (oldest && this.#frozen.size >= maxFrozen) this.#complete(oldest);
    const frozen: Frozen = {
      key,
      line,
      startMonoMs,
      endMonoMs: Number.NaN,
      head: null,
      cancel: () => undefined,
    };
    this.#frozen.set(key, frozen);
    this.#await(frozen);
  }

  release(key: string): void {
    const frozen = this.#frozen.get(key);
    if (!frozen || !Number.isNaN(frozen.endMonoMs)) return;
    frozen.endMonoMs = this.#options.clock.monoMs() + afterMs;
    this.#await(frozen);
  }

  /** Completes everything as far as it goes. */
  stop(): void {
    for (const frozen of [...this.#frozen.values()]) this.#complete(frozen);
  }

  /** Waits for the next moment at which something has to be taken out of the rings. */
  #await(frozen: Frozen): void {
    frozen.cancel();
    const { clock } = this.#options;
    const now = clock.monoMs();
    const headDueMonoMs = frozen.head ? Number.POSITIVE_INFINITY : headEndOf(frozen) + settleMs;
    const endDueMonoMs = Number.isNaN(frozen.endMonoMs)
      ? Number.POSITIVE_INFINITY
      : frozen.endMonoMs + settleMs;
    const dueMonoMs = Math.min(headDueMonoMs, endDueMonoMs);
    if (!Number.isFinite(dueMonoMs)) return;
    frozen.cancel = clock.after(Math.max(0, dueMonoMs - now), () => {
      if (dueMonoMs === endDueMonoMs) return this.#complete(frozen);
      frozen.head = this.#take(frozen, frozen.startMonoMs, headEndOf(frozen));
      this.#await(frozen);
    });
  }

  #complete(frozen: Frozen): void {
    frozen.cancel();
    this.#frozen.delete(frozen.key);
    const { clock, onComplete } = this.#options;
    const now = clock.monoMs();
    const endMonoMs = Math.min(now, Number.isNaN(frozen.endMonoMs) ? now : frozen.endMonoMs);
    const { key, line, startMonoMs, head } = frozen;
    const restFrom = head ? Math.max(headEndOf(frozen) + stepMs, endMonoMs - tailMs) : startMonoMs;
    const rest = this.#take(frozen, restFrom, endMonoMs);
    onComplete({ key, line, startMonoMs, endMonoMs, series: joined(head ?? [], rest) });
  }

  #take({ line }: Frozen, fromMonoMs: number, toMonoMs: number): CapturedSeries[] {
    const { recorder, clock } = this.#options;
    return recorder.between(line, fromMonoMs, toMonoMs, clock.monoMs());
  }
}

/** Resolution of the rings: the first moment after another one. */
const stepMs = 0.1;

const headEndOf = ({ startMonoMs }: Frozen) => startMonoMs + headMs;

function joined(head: readonly CapturedSeries[], rest: readonly CapturedSeries[]): CapturedSeries[] {
  const names = [...new Set([...head, ...rest].map(({ target }) => target))];
  return names.map((target) => {
    const parts = [...head, ...rest].filter((part) => part.target === target);
    return {
      target,
      sentMonoMs: Float64Array.from(parts.flatMap(({ sentMonoMs }) => [...sentMonoMs])),
      codes: Int16Array.from(parts.flatMap(({ codes }) => [...codes])),
    };
  });
}
