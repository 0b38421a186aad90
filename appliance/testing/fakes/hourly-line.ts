import type { HourlySeries, Metric } from '../../core/forecasting.ts';
import { Random } from '../../model/training/random.ts';

export interface LineShape {
  metric?: Metric;
  days?: number;
  /** Share of the hours that were not measured. */
  gaps?: number;
  /** Changes the value of an hour, given its index. */
  bend?(value: number, at: number): number;
}

/** 90 Mbit/s, a fifth less in the evening, some noise; the same for the same seed. */
export function hourlyLine(
  seed: number,
  { metric = 'download', days = 42, gaps = 0, bend }: LineShape = {},
): HourlySeries {
  const random = new Random(seed);
  const values = Float64Array.from({ length: days * 24 }, (_, at) => {
    const isEvening = at % 24 >= 19 && at % 24 <= 22;
    const value = 90 * (isEvening ? 0.8 : 1) * Math.exp(0.05 * random.normal());
    const isMissing = random.isLikely(gaps);
    return isMissing ? Number.NaN : (bend?.(value, at) ?? value);
  });
  return { name: `line-${seed}`, metric, startMs: Date.UTC(2026, 2, 2), values, samples: values.length };
}
