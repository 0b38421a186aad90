/** The quantiles of every forecast: an 80 % interval around the median. */
export const levels = [0.1, 0.5, 0.9] as const;

/** A forecast of one value; p10 <= p50 <= p90. */
export interface Band {
  p10: number;
  p50: number;
  p90: number;
}

/** Quantile of sorted values, with linear interpolation between neighbours; NaN of nothing. */
export function quantileOf(sorted: ArrayLike<number>, level: number, count = sorted.length): number {
  if (count === 0) return Number.NaN;
  const place = level * (count - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, count - 1)] ?? Number.NaN;
  return low + (high - low) * (place - below);
}

export function medianOf(values: Iterable<number>): number {
  return quantileOf(Float64Array.from(values).sort(), 0.5);
}

/** Quantile (pinball) loss of a forecast `q` at `level` when `y` came. */
export function pinball(y: number, q: number, level: number): number {
  return y >= q ? level * (y - q) : (1 - level) * (q - y);
}

/** Mean pinball loss over the three levels. */
export function bandLoss(y: number, { p10, p50, p90 }: Band): number {
  return (pinball(y, p10, 0.1) + pinball(y, p50, 0.5) + pinball(y, p90, 0.9)) / 3;
}
