/** Colour steps of the hour-of-week heat map. Plain functions. */
import type { LatencyHeatmap } from '../../../appliance/features/watch/latency/schema.ts';
import { quantile } from './scale.ts';

export type HeatCell = LatencyHeatmap['cells'][number];
export type HeatMetric = 'p50' | 'p95' | 'loss';

/** What a cell shows; null where nothing answered, so there is no round-trip time to show. */
export function heatValue(cell: HeatCell, metric: HeatMetric): number | null {
  if (metric === 'loss') return cell.count === 0 ? null : cell.lost / cell.count;
  return metric === 'p50' ? cell.p50Ms : cell.p95Ms;
}

/** Four limits between five steps: fixed for loss, evenly spread from the usual low to the usual high for times. */
export function heatLimits(cells: readonly HeatCell[], metric: HeatMetric): number[] {
  if (metric === 'loss') return [0, 0.001, 0.01, 0.05];
  const sorted = cells.flatMap((cell) => heatValue(cell, metric) ?? []).sort((a, b) => a - b);
  const low = quantile(sorted, 0.05) ?? 0;
  // Below a tenth of itself a difference between hours is noise, not a pattern.
  const high = Math.max(quantile(sorted, 0.95) ?? 0, low * 1.1, low + 0.1);
  return [1, 2, 3, 4].map((step) => low + ((high - low) * step) / 5);
}

/** The step 0..4 of a value: how many limits it exceeds. */
export function heatStep(value: number, limits: readonly number[]): number {
  return limits.filter((limit) => value > limit).length;
}
