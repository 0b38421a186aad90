/** What was seen of one direction while it was loaded: bytes and round-trip times over time. Pure. */

export interface BytesAt {
  /** CLOCK_MONOTONIC ms. */
  monoMs: number;
  /** At the receiver, counting up. */
  bytes: number;
}

export interface DelayAt {
  sentMonoMs: number;
  /** NaN: lost. */
  rttMs: number;
}

/** Bytes at a moment, between two samples in a straight line; NaN outside. */
export function bytesAt(samples: readonly BytesAt[], monoMs: number): number {
  let low = 0;
  let high = samples.length - 1;
  const [first] = samples;
  const last = samples[high];
  if (!first || !last || monoMs < first.monoMs || monoMs > last.monoMs) return Number.NaN;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.monoMs ?? 0) <= monoMs) low = middle;
    else high = middle;
  }
  const [before, after] = [samples[low] ?? first, samples[high] ?? last];
  if (after.monoMs <= before.monoMs) return after.bytes;
  const share = (monoMs - before.monoMs) / (after.monoMs - before.monoMs);
  return before.bytes + share * (after.bytes - before.bytes);
}

/** Mean rate between two moments; NaN where the trace does not reach. */
export function rateMbps(samples: readonly BytesAt[], fromMs: number, toMs: number): number {
  return ((bytesAt(samples, toMs) - bytesAt(samples, fromMs)) * 8) / 1000 / (toMs - fromMs);
}

export interface FewDelays {
  count: number;
  lost: number;
  /** Round-trip times that there were, ascending. */
  sorted: number[];
}

export function delaysBetween(delays: readonly DelayAt[], fromMs: number, toMs: number): FewDelays {
  const within = delays.filter(({ sentMonoMs }) => sentMonoMs >= fromMs && sentMonoMs <= toMs);
  const answered = within.map(({ rttMs }) => rttMs).filter((rttMs) => !Number.isNaN(rttMs));
  return {
    count: within.length,
    lost: within.length - answered.length,
    sorted: answered.sort((a, b) => a - b),
  };
}

/** Of ascending values, with linear interpolation; NaN of none. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
