/** Round-trip times to the box by the smallest request there is. */
import { median } from './steady-rate.ts';

const path = '/ping';
const betweenMs = 100;

/**
 * Asks again and again until `signal` ends it; gives the median in ms, null when nothing answered. The first answer
 * does not count: it may have opened a connection.
 */
export async function delayUntil(signal: AbortSignal, onDelay: (ms: number) => void): Promise<number | null> {
  const times: number[] = [];
  let asked = 0;
  while (!signal.aborted) {
    const ms = await askOnce(asked);
    asked += 1;
    if (ms !== null && asked > 1 && !signal.aborted) {
      times.push(ms);
      onDelay(ms);
    }
    await new Promise((resolve) => setTimeout(resolve, betweenMs));
  }
  return median(times);
}

export function delayFor(
  ms: number,
  signal: AbortSignal,
  onDelay: (ms: number) => void,
): Promise<number | null> {
  return delayUntil(AbortSignal.any([signal, AbortSignal.timeout(ms)]), onDelay);
}

async function askOnce(number: number): Promise<number | null> {
  const url = `${path}?r=${number}-${Date.now()}`;
  const startedMs = performance.now();
  try {
    const response = await fetch(url, { cache: 'no-store' });
    const endMs = performance.now();
    await response.text();
    return timingOf(url) ?? endMs - startedMs;
  } catch {
    return null; // lost: the next one tells more
  }
}

/** By the browser's network part: without the time this page's own thread was busy. */
function timingOf(url: string): number | null {
  const entry = performance.getEntriesByName(new URL(url, location.href).href)[0];
  performance.clearResourceTimings();
  if (!(entry instanceof PerformanceResourceTiming) || entry.requestStart === 0) return null;
  return entry.responseStart - entry.requestStart;
}
