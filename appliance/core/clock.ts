/** The only door to time. Two clocks: the wall can step, the monotonic one cannot (CLOCK_MONOTONIC, as in native/). */
export interface Clock {
  /** Epoch milliseconds, UTC, as the operating system believes it now. */
  wallMs(): number;
  /** Milliseconds of CLOCK_MONOTONIC, same origin as the engine's stamps; stands still during suspend. */
  monoMs(): number;
  /** Calls `fn` once after `delayMs`; the returned function cancels. Never keeps the process alive. */
  after(delayMs: number, fn: () => void): () => void;
  /** Calls `fn` every `everyMs`; the returned function cancels. Never keeps the process alive. */
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
    const timer = setInterval(fn, everyMs);
    timer.unref();
    return () => clearInterval(timer);
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
