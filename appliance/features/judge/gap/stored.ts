/** When what is on disk begins and ends. */
import { type MeasurementStore, slot } from '../../../core/storing.ts';
import type { Target } from '../../watch/latency/schema.ts';

/** Enough to know when anything was measured: those that are probed most often. */
const maxSeries = 4;
/** The store counts a run to the end of its last slot, and slots of rare targets are long. */
const lookBackMs = 10 * 60_000;
const densestMs = 2000;
/** Ten minutes at 20 ms. */
const maxSamples = 30_000;

/** Epoch ms of the last exchange on disk that was sent before `beforeMs`, looked for around `nearMs`; null: none there. */
export async function lastStoredMs(
  measurements: MeasurementStore,
  targets: readonly Target[],
  nearMs: number,
  beforeMs: number,
): Promise<number | null> {
  const dense = targets.filter(({ intervalMs, method }) => intervalMs <= densestMs && method !== 'dns');
  let last: number | null = null;
  for (const target of dense.slice(0, maxSeries)) {
    const { atMs, rttUs } = await measurements.samples({
      series: await seriesOf(measurements, target),
      fromMs: nearMs - lookBackMs,
      toMs: Math.min(nearMs + 1, beforeMs),
      limit: maxSamples,
    });
    const index = rttUs.findLastIndex((value) => value !== slot.skipped);
    if (index >= 0) last = Math.max(last ?? 0, atMs[index]!); // same length
  }
  return last;
}

export async function oldestStoredMs(
  measurements: MeasurementStore,
  targets: readonly Target[],
): Promise<number | null> {
  let oldest: number | null = null;
  for (const target of targets.slice(0, maxSeries)) {
    const extent = await measurements.extent(await seriesOf(measurements, target));
    if (extent) oldest = Math.min(oldest ?? extent.fromMs, extent.fromMs);
  }
  return oldest;
}

/** The series the latency feature stores a target under. */
function seriesOf(measurements: MeasurementStore, { id, line, family, method }: Target): Promise<number> {
  const kind = method === 'tcp' || method === 'dns' ? method : 'icmp';
  return measurements.openSeries({ kind, line, target: id, family });
}
