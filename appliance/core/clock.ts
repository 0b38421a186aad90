/** The only door to time. Two clocks: the wall can step, the monotonic one cannot (CLOCK_MONOTONIC, as in native/). */
export interface Clock {
  /** Epoch milliseconds, UTC, as the operating system believes it now. */
  wallMs(): number;
  /** Milliseconds of CLOCK_MONOTONIC, same origin as the engine's stamps; stands still during suspend. */
  monoMs(): number;
  /** Calls `fn` once after `delayMs`; the returned function cancels. Never keeps the process alive. */
  after(delayMs: number, fn: () => void): () => void;
  /**
   * Calls `fn` every `everyMs`, the first time within that; the returned function cancels. Never keeps the process
   * alive. Calls fall on multiples of the period, so that all that is due in a second wakes the process once.
   */
  every(everyMs: number, fn: () => void): () => void;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monoMs: () => Number(process.hrtime.bigint()) / 1e6,
  after(delayMs, fn) {
    const timer = setTimeout(fn, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  every(everyMs, fn) {
    let timer: NodeJS.Timeout;
    const plan = () => {
      const restMs = everyMs - (systemClock.monoMs() % everyMs);
      // A timer may fire a millisecond early, which must not make two of one call.
      const isSame = restMs < Math.min(everyMs / 2, 20);
      timer = setTimeout(call, isSame ? restMs + everyMs : restMs);
      timer.unref();
    };
    const call = () => {
      plan();
      fn();
    };
    plan();
    return () => clearTimeout(timer);
  },
};

/** Epoch milliseconds as ISO 8601 UTC with `Z`, the form of every time on the wire. */
export function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Resolves after `delayMs`, or at once when the signal aborts; never rejects. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((fulfil) => {
    const finish = () => {
      cancel();
      signal.removeEventListener('abort', finish);
      fulfil();
    };
    const cancel = clock.after(delayMs, finish);
    signal.addEventListener('abort', finish, { once: true });
    if (signal.aborted) finish();
  });
}
