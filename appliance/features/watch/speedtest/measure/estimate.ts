/** What a line can carry, from a burst of a few MB: for lines on which each byte costs. Pure. */
import { standsAbove } from './steady.ts';
import { type BytesAt, type DelayAt, rateMbps } from './trace.ts';

/** Of each way. On 100 Mbit/s a quarter of a second, and the queue stands after a few round trips. */
export const estimateBytes = 3_000_000;
export const estimateMs = 1500;
/** Bursts on shaped lines of 5 to 300 Mbit/s were within this of the full test. */
const leastErrorShare = 0.05;
/** The queue never stood: the line carries this much, and perhaps a lot more. */
const unprovenErrorShare = 0.5;
const leastSpanMs = 90;

export interface Estimate {
  mbps: number;
  /** Half the width of the range that the capacity lies in. */
  errorMbps: number;
}

/** Null where the burst was too short for two readings. */
export function estimateCapacity(
  samples: readonly BytesAt[],
  delays: readonly DelayAt[],
  baseMs: number,
): Estimate | null {
  const [firstMs, lastMs] = [samples[0]?.monoMs ?? Number.NaN, samples.at(-1)?.monoMs ?? Number.NaN];
  const standing = delays.find(
    ({ sentMonoMs, rttMs }) => sentMonoMs >= firstMs && sentMonoMs <= lastMs && rttMs > standsAbove(baseMs),
  );
  const fromMs = standing ? Math.min(standing.sentMonoMs, lastMs - leastSpanMs) : (firstMs + lastMs) / 2;
  if (!(fromMs >= firstMs)) return null;
  const mbps = rateMbps(samples, fromMs, lastMs);
  const middleMs = (fromMs + lastMs) / 2;
  const halves = rateMbps(samples, fromMs, middleMs) - rateMbps(samples, middleMs, lastMs);
  if (!Number.isFinite(mbps)) return null;
  const errorShare = standing ? leastErrorShare : unprovenErrorShare;
  return { mbps, errorMbps: Math.max(mbps * errorShare, Math.abs(halves) / 2) };
}
