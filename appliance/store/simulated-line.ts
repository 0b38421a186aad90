/** Deterministic round-trip times for benchmarks and drills: noise, spikes, a daily load, bursts of loss. */
import { type MinutePacket, type SampleRun, slot } from '../core/storing.ts';

/** mulberry32: 32 bits of state, good enough for noise and the same on every machine. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One series: call it with epoch seconds in order. */
export function simulatedLine(seed: number, baseUs: number): (second: number) => number {
  const random = randomOf(seed);
  const normal = () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
  let lossLeft = 0;
  return (second) => {
    const load = Math.max(0, Math.sin(((second % 86_400) / 86_400 - 0.3) * 2 * Math.PI));
    if (lossLeft === 0 && random() < 0.0005 + 0.002 * load) lossLeft = 1 + Math.floor(random() * 6);
    if (lossLeft > 0) {
      lossLeft -= 1;
      return slot.timeout;
    }
    const queue = Math.exp(normal() * 0.6 - 1) * (1 + 3 * load) * 1000;
    const spike = random() < 0.01 ? -Math.log(random() + 1e-12) * 40_000 : 0;
    return baseUs * (1 + 0.05 * load) + queue + spike;
  };
}

export interface SimulatedSeries {
  id: number;
  everyS: number;
  next: (second: number) => number;
}

/** The load that the targets speak of: 8 series at 1 s, 8 at 30 s, 4 at 60 s. */
export const standardLoad = [
  ...Array.from({ length: 8 }, (_, index) => ({ kind: 'icmp', everyS: 1, baseUs: 8000 + index * 6000 })),
  ...Array.from({ length: 8 }, () => ({ kind: 'dns', everyS: 30, baseUs: 12_000 })),
  ...Array.from({ length: 4 }, () => ({ kind: 'http', everyS: 60, baseUs: 60_000 })),
];

/** One minute of all series; the monotonic clock is taken as epoch less `offsetMs`. */
export function simulatedMinute(
  series: readonly SimulatedSeries[],
  startMs: number,
  offsetMs: number,
): MinutePacket {
  const startMonoMs = startMs - offsetMs;
  const runs = series.map(({ id, everyS, next }): SampleRun => {
    const rttUs = Float64Array.from({ length: 60 / everyS }, (_, index) =>
      next(startMs / 1000 + index * everyS),
    );
    return {
      series: id,
      startMonoMs,
      intervalMs: everyS * 1000,
      rttUs,
      duplicates: 0,
      reordered: 0,
      late: 0,
    };
  });
  return { startMonoMs, runs };
}
