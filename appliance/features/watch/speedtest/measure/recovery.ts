/** Waits until the queue that a load has left is empty. */
import { type Clock, pause } from '../../../../core/clock.ts';
import type { DelayProbe } from './delay-probe.ts';

const longestMs = 3000;
const lookMs = 50;
/** So many answers in a row near idle; one alone may have overtaken. */
const needed = 3;

const isIdle = (rttMs: number, baseMs: number) => rttMs <= baseMs + Math.max(2, baseMs * 0.1);

/** How long it took, ms after the end of the load; null when it did not become idle within three seconds. */
export async function waitUntilIdle(
  clock: Clock,
  probe: Pick<DelayProbe, 'best'>,
  baseMs: number,
  endMs: number,
  signal: AbortSignal,
): Promise<number | null> {
  for (;;) {
    const since = probe.best().filter(({ sentMonoMs, rttMs }) => sentMonoMs >= endMs && !Number.isNaN(rttMs));
    const at = since.findIndex((_, index) => {
      const few = since.slice(index, index + needed);
      return few.length === needed && few.every(({ rttMs }) => isIdle(rttMs, baseMs));
    });
    const first = since[at];
    if (first) return first.sentMonoMs - endMs;
    if (clock.monoMs() - endMs > longestMs) return null;
    await pause(clock, lookMs, signal);
    signal.throwIfAborted();
  }
}
