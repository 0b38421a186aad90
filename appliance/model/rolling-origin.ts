import type { BaselineName, SeriesScore } from '../core/forecasting.ts';
import { baselineNames } from '../core/forecasting.ts';
import { baselinesOf } from './baselines.ts';
import { Forecaster } from './forecaster.ts';
import { ResidualBand } from './residual-band.ts';
import { ratiosOf, Score } from './score.ts';
import type { HourlySeries } from './series-file.ts';
import type { SiteHours } from './site-hours.ts';

/** Forecasts are scored from here on: two weeks to learn from. */
export const warmupHours = 14 * 24;
/** A score over fewer hours says nothing. */
export const fewestOrigins = 24;

/** Scores one series at every horizon: at each hour only what was known by then is seen. */
export function scoreSeries(
  series: HourlySeries,
  horizons: readonly number[],
  site: SiteHours,
): SeriesScore[] {
  const forecaster = new Forecaster(series.metric, series.startMs, site, horizons);
  const history = forecaster.history;
  const tracks = horizons.map((horizon) => new Track(horizon, series.metric === 'ping'));
  for (let at = 0; at < series.values.length; at += 1) {
    const value = series.values[at] ?? Number.NaN;
    forecaster.observe(value);
    for (const track of tracks) {
      track.settle(at, value);
      for (const name of baselineNames)
        track.bands[name].note(at + track.horizon, track.baselines[name](history, track.horizon));
      const target = at + track.horizon;
      const y = series.values[target] ?? Number.NaN;
      const band = forecaster.forecast(track.horizon);
      if (at < warmupHours || Number.isNaN(y) || band === null) continue;
      track.own.add(y, band);
      for (const name of baselineNames)
        track.scores[name].add(y, track.bands[name].around(track.baselines[name](history, track.horizon)));
    }
  }
  return tracks.map(({ horizon, own, scores }) => ({
    name: series.name,
    metric: series.metric,
    horizon,
    origins: own.origins,
    wql: own.wql,
    mae: own.mae,
    coverage80: own.coverage80,
    ...ratiosOf(own, scores),
  }));
}

/** What belongs to one horizon. */
class Track {
  readonly horizon: number;
  readonly baselines: ReturnType<typeof baselinesOf>;
  readonly own = new Score();
  readonly scores = each(() => new Score());
  readonly bands = each(() => new ResidualBand());

  constructor(horizon: number, isPing: boolean) {
    this.horizon = horizon;
    this.baselines = baselinesOf(isPing);
  }

  settle(at: number, value: number): void {
    for (const name of baselineNames) this.bands[name].settle(at, value);
  }
}

function each<Value>(make: () => Value): Record<BaselineName, Value> {
  return { naive24: make(), median24: make(), ewma: make(), reference: make() };
}
