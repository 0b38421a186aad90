import type { BaselineName, HourlySeries, SeriesScore } from '../core/forecasting.ts';
import { baselineNames } from '../core/forecasting.ts';
import { baselinesOf } from './baselines.ts';
import { Finisher } from './finisher.ts';
import { type Draft, Forecaster } from './forecaster.ts';
import { History } from './history.ts';
import { ResidualBand } from './residual-band.ts';
import { ratiosOf, Score } from './score.ts';
import type { SiteHours } from './site-hours.ts';

/** Forecasts are scored from here on: two weeks to learn from. */
export const warmupHours = 14 * 24;
/** A score over fewer hours says nothing. */
export const fewestOrigins = 24;

/** Gives three numbers for each row of features; null rows are not asked. */
export type Network = (rows: readonly Float32Array[]) => Promise<readonly ArrayLike<number>[]>;

/** Scores one series at every horizon: at each hour only what was known by then is seen. */
export async function scoreSeries(
  series: HourlySeries,
  horizons: readonly number[],
  site: SiteHours,
  network: Network | null,
): Promise<SeriesScore[]> {
  const drafts = draftAll(new Forecaster(series.startMs, site, horizons), series.values, horizons);
  const scores: SeriesScore[] = [];
  for (const [which, horizon] of horizons.entries()) {
    const own = drafts[which] ?? [];
    const answers = await askNetwork(network, own);
    scores.push(scoreHorizon(series, horizon, site, own, answers, new Finisher()));
  }
  return scores;
}

/** The drafts of every hour, by horizon. */
export function draftAll(
  forecaster: Forecaster,
  values: Float64Array,
  horizons: readonly number[],
): (Draft | null)[][] {
  const drafts: (Draft | null)[][] = horizons.map(() => []);
  for (const value of values) {
    forecaster.observe(value);
    for (const [which, horizon] of horizons.entries()) drafts[which]?.push(forecaster.draft(horizon));
  }
  return drafts;
}

/** One answer for each draft that there is, in order; null without a network. */
export async function askNetwork(
  network: Network | null,
  drafts: readonly (Draft | null)[],
): Promise<readonly ArrayLike<number>[] | null> {
  if (network === null) return null;
  return network(drafts.flatMap((draft) => (draft === null ? [] : [draft.features])));
}

/** Finishes and scores the drafts of one horizon; afterwards the finisher has learnt from all of them. */
export function scoreHorizon(
  { name, metric, startMs, values }: HourlySeries,
  horizon: number,
  site: SiteHours,
  drafts: readonly (Draft | null)[],
  answers: readonly ArrayLike<number>[] | null,
  finisher: Finisher,
): SeriesScore {
  const history = new History(startMs, site);
  const baselines = baselinesOf(metric === 'ping');
  const bands = each(() => new ResidualBand());
  const scores = each(() => new Score());
  const own = new Score();
  let asked = 0;
  for (const [at, value] of values.entries()) {
    const target = at + horizon;
    const y = values[target] ?? Number.NaN;
    history.push(value);
    finisher.settle(at, value);
    const draft = drafts[at] ?? null;
    const band = draft === null ? null : finisher.finish(target, draft, answers?.[asked] ?? null);
    if (draft !== null) asked += 1;
    const isScored = at >= warmupHours && band !== null && !Number.isNaN(y);
    if (isScored) own.add(y, band);
    for (const baseline of baselineNames) {
      const point = baselines[baseline](history, horizon);
      bands[baseline].settle(at, value);
      if (isScored) scores[baseline].add(y, bands[baseline].around(point));
      bands[baseline].note(target, point);
    }
  }
  const { origins, wql, mae, coverage80 } = own;
  return { name, metric, horizon, origins, wql, mae, coverage80, ...ratiosOf(own, scores) };
}

function each<Value>(make: () => Value): Record<BaselineName, Value> {
  return { naive24: make(), median24: make(), ewma: make(), reference: make() };
}
