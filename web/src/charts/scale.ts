/** Maths of the charts' axes. Plain functions. */

/** The smallest round number (1, 1.5, 2, 2.5, … × 10ⁿ) that is not below the value. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10]) {
    if (step * power >= value * (1 - 1e-9)) return step * power;
  }
  return 10 * power;
}

/** Value at a share of a sorted list (nearest rank); undefined when it is empty. */
export function quantile(sorted: ArrayLike<number>, q: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))];
}

/**
 * The top of a chart that shows what is normal at a readable size: room above the 98th percentile, but not far above
 * the 90th, so that peaks are clipped and marked instead of flattening everything else. All of it where they are close.
 */
export function robustMaximum(values: readonly number[], smallest: number): number {
  const sorted = Float64Array.from(values.filter((value) => Number.isFinite(value))).sort();
  const highest = sorted[sorted.length - 1];
  if (highest === undefined) return smallest;
  const usual = Math.min(quantile(sorted, 0.98) ?? highest, 2.5 * (quantile(sorted, 0.9) ?? highest)) * 1.25;
  return niceCeiling(Math.max(smallest, highest <= usual * 1.5 ? highest * 1.05 : usual));
}

/** Keeps a scale calm: it grows at once, shrinks only when less than half of it is used. */
export function calmMaximum(previous: number | null, wanted: number): number {
  if (previous === null || wanted > previous || wanted < previous / 2) return wanted;
  return previous;
}

export interface Span {
  fromMs: number;
  toMs: number;
}

/** The parts of a range in which no series has an exchange for longer than `longestMs`. */
export function gapsBetween(series: readonly (readonly number[])[], range: Span, longestMs: number): Span[] {
  const slotMs = longestMs / 4;
  const slots = new Uint8Array(Math.ceil((range.toMs - range.fromMs) / slotMs));
  for (const times of series) for (const at of times) slots[Math.floor((at - range.fromMs) / slotMs)] = 1;
  const gaps: Span[] = [];
  let start = -1;
  for (let slot = 0; slot <= slots.length; slot += 1) {
    const isEmpty = slot < slots.length && slots[slot] === 0;
    if (isEmpty && start < 0) start = slot;
    if (isEmpty || start < 0) continue;
    const toMs = Math.min(range.toMs, range.fromMs + slot * slotMs);
    if ((slot - start) * slotMs > longestMs) gaps.push({ fromMs: range.fromMs + start * slotMs, toMs });
    start = -1;
  }
  return gaps;
}

/** Running median over an odd number of neighbours; NaN where most of them were lost, so that no line crosses a gap. */
export function runningMedian(values: readonly number[], width: number): number[] {
  const half = Math.floor(width / 2);
  const sorted: number[] = [];
  const medians: number[] = [];
  for (let index = -half; index < values.length; index += 1) {
    insert(sorted, values[index + half] ?? Number.NaN);
    remove(sorted, values[index - half - 1] ?? Number.NaN);
    if (index < 0) continue;
    const isMissing = Number.isNaN(values[index] ?? Number.NaN) || sorted.length <= half / 2;
    medians.push(isMissing ? Number.NaN : (sorted[(sorted.length - 1) >> 1] ?? Number.NaN));
  }
  return medians;
}

function insert(sorted: number[], value: number): void {
  if (Number.isNaN(value)) return;
  let place = sorted.length;
  while (place > 0 && (sorted[place - 1] ?? 0) > value) place -= 1;
  sorted.splice(place, 0, value);
}

function remove(sorted: number[], value: number): void {
  if (!Number.isNaN(value)) sorted.splice(sorted.indexOf(value), 1);
}
