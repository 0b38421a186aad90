/** From counters to bits per second. Pure. */

export interface CounterReading {
  atMonoMs: number;
  rxBytes: number;
  txBytes: number;
}

export interface Rate {
  downBps: number;
  upBps: number;
}

/** Where counters of many routers start again. */
const wrapBytes = 2 ** 32;

/** Bytes since the reading before; null when the counter began anew. */
function grown(before: number, after: number, doesWrap: boolean): number | null {
  if (after >= before) return after - before;
  const wrapped = after + wrapBytes - before;
  // A router that was restarted looks like one whose counter wrapped; half a turn between two readings is too much.
  return doesWrap && before < wrapBytes && wrapped < wrapBytes / 2 ? wrapped : null;
}

/** The rate between two readings; null when it cannot be told. */
export function rateBetween(before: CounterReading, after: CounterReading, doesWrap: boolean): Rate | null {
  const seconds = (after.atMonoMs - before.atMonoMs) / 1000;
  const down = grown(before.rxBytes, after.rxBytes, doesWrap);
  const up = grown(before.txBytes, after.txBytes, doesWrap);
  if (down === null || up === null || seconds <= 0) return null;
  return { downBps: Math.round((8 * down) / seconds), upBps: Math.round((8 * up) / seconds) };
}

const isRestarted = (before: number | null, after: number | null) =>
  before !== null && after !== null && after < before;

/** A counter that stands still this long stands for a line that is idle. */
const idleMs = 30_000;

/**
 * Rates of a router. Some update their counters only every ten seconds or so: the time until they move belongs to what
 * moved, so standing still is not told as silence at first.
 */
export class RouterRate {
  #base: (CounterReading & { uptimeSeconds: number | null }) | null = null;

  /** The rate since the counters moved last; null while there is nothing to tell. */
  add(reading: CounterReading & { uptimeSeconds: number | null }): Rate | null {
    const base = this.#base;
    if (base === null || isRestarted(base.uptimeSeconds, reading.uptimeSeconds)) {
      this.#base = reading;
      return null;
    }
    const hasMoved = reading.rxBytes !== base.rxBytes || reading.txBytes !== base.txBytes;
    if (!hasMoved && reading.atMonoMs - base.atMonoMs < idleMs) return null;
    this.#base = reading;
    return rateBetween(base, reading, true);
  }

  /** After a silence the next reading is a first one. */
  forget(): void {
    this.#base = null;
  }
}
