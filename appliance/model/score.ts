import {
  type BaselineName,
  baselineNames,
  type OverallScore,
  type Ratios,
  type SeriesScore,
} from '../core/forecasting.ts';
import { type Band, bandLoss } from './quantiles.ts';

/** Running score of one forecaster at one horizon. */
export class Score {
  origins = 0;
  #loss = 0;
  #error = 0;
  #inside = 0;
  #size = 0;

  add(y: number, band: Band): void {
    this.origins += 1;
    this.#loss += bandLoss(y, band);
    this.#error += Math.abs(y - band.p50);
    this.#inside += y >= band.p10 && y <= band.p90 ? 1 : 0;
    this.#size += Math.abs(y);
  }

  /** Weighted quantile loss: twice the summed pinball losses over the summed values, mean of the levels. */
  get wql(): number {
    return (2 * this.#loss) / this.#size;
  }

  get mae(): number {
    return this.#error / this.origins;
  }

  get coverage80(): number {
    return this.#inside / this.origins;
  }
}

/** Smaller is better; 1 when both are without error. */
export function ratioOf(ours: number, theirs: number): number | null {
  if (theirs > 0) return ours / theirs;
  return ours === 0 ? 1 : null;
}

/** A series without any error would make every mean of ratios zero. */
const leastRatio = 1e-3;

export function geometricMean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return Math.exp(
    known.reduce((sum, value) => sum + Math.log(Math.max(value, leastRatio)), 0) / known.length,
  );
}

/** `reference` gives a point and no interval, so it is compared by the error of that point. */
export function ratiosOf(ours: Score, baselines: Readonly<Record<BaselineName, Score>>) {
  const mae = {} as Ratios; // filled for every name below
  const wql = {} as Ratios;
  for (const name of baselineNames) {
    mae[name] = ratioOf(ours.mae, baselines[name].mae);
    wql[name] = name === 'reference' ? mae[name] : ratioOf(ours.wql, baselines[name].wql);
  }
  return { ratio: wql, maeRatio: mae };
}

/** Geometric means over the series of each horizon, so that no series outweighs another by its unit. */
export function overall(series: readonly SeriesScore[], horizons: readonly number[]): OverallScore[] {
  return horizons.flatMap((horizon) => {
    const own = series.filter((score) => score.horizon === horizon);
    if (own.length === 0) return [];
    const mean = (pick: 'ratio' | 'maeRatio') =>
      Object.fromEntries(
        baselineNames.map((name) => [name, geometricMean(own.map((score) => score[pick][name]))]),
      ) as Ratios; // one entry for each name
    const coverage80 = geometricMean(own.map((score) => score.coverage80)) ?? 0;
    return [{ horizon, series: own.length, coverage80, ratio: mean('ratio'), maeRatio: mean('maeRatio') }];
  });
}
