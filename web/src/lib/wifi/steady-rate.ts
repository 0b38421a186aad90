/** The rate of a transfer from what was counted along the way. Plain functions. */

/** Bytes that the receiver had at a moment of its own clock. */
export interface Counted {
  atMs: number;
  bytes: number;
}

/** Slow start, and the radio waking up, are not the capacity of the way. */
const warmUpMs = 1000;
/** Less than this says nothing. */
const shortestMs = 500;

/** Mean rate after the warm-up; null when too little was counted. */
export function steadyMbps(counts: readonly Counted[]): number | null {
  const last = counts.at(-1);
  const begin = counts.find((one) => one.atMs - (counts[0]?.atMs ?? 0) >= warmUpMs);
  if (!last || !begin || last.atMs - begin.atMs < shortestMs || last.bytes <= begin.bytes) return null;
  return mbps(begin, last);
}

/** The rate of about the last half second, for showing it live; null at first. */
export function recentMbps(counts: readonly Counted[], overMs = 500): number | null {
  const last = counts.at(-1);
  if (!last) return null;
  const begin = counts.findLast((one) => last.atMs - one.atMs >= overMs) ?? counts[0];
  return begin && last.atMs - begin.atMs >= 100 ? mbps(begin, last) : null;
}

function mbps(from: Counted, to: Counted): number {
  return ((to.bytes - from.bytes) * 8) / 1000 / (to.atMs - from.atMs);
}

export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? null;
}
