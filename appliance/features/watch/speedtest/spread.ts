/** By linear interpolation between the neighbours; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  return below + ((sorted[Math.ceil(place)] ?? below) - below) * (place % 1);
}

/** Median and quartiles. `values` is not empty. */
export function spreadOf(values: readonly number[]) {
  return {
    median: quantile(values, 0.5),
    p25: quantile(values, 0.25),
    p75: quantile(values, 0.75),
    tests: values.length,
  };
}

/** The middle half of a normal distribution is 1.349 standard deviations wide. */
export const standardDeviation = ({ p25, p75 }: { p25: number; p75: number }) => (p75 - p25) / 1.349;
