import type { Metric } from '../core/forecasting.ts';
import { median24 } from './baselines.ts';
import { History } from './history.ts';
import type { Band } from './quantiles.ts';
import { ResidualBand } from './residual-band.ts';
import type { SiteHours } from './site-hours.ts';

/** Below this many measured hours in 28 days there is no forecast. */
const fewestHours = 12;
const monthHours = 28 * 24;

/** Forecasts one series at some horizons; fed hour by hour. */
export class Forecaster {
  readonly history: History;
  readonly #bands: Map<number, ResidualBand>;

  constructor(_metric: Metric, startMs: number, site: SiteHours, horizons: readonly number[]) {
    this.history = new History(startMs, site);
    this.#bands = new Map(horizons.map((horizon) => [horizon, new ResidualBand()]));
  }

  observe(value: number): void {
    this.history.push(value);
    const at = this.history.length - 1;
    for (const [horizon, band] of this.#bands) {
      band.settle(at, value);
      band.note(at + horizon, median24(this.history, horizon));
    }
  }

  /** Null while too little is known. */
  forecast(horizon: number): Band | null {
    const band = this.#bands.get(horizon);
    if (band === undefined || this.history.recent(monthHours).length < fewestHours) return null;
    return band.around(median24(this.history, horizon));
  }
}
