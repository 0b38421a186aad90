import { ExpertPool, expertCount } from './experts.ts';
import { FeatureVector } from './feature-vector.ts';
import { History } from './history.ts';
import { Mixture } from './mixture.ts';
import { levels } from './quantiles.ts';
import type { SiteHours } from './site-hours.ts';
import { SortedWindow } from './sorted-window.ts';

/** Below this many measured hours in 28 days there is no forecast. */
export const fewestHours = 12;
const monthHours = 28 * 24;
/** What is beyond is no rate and no round trip but a broken counter. */
const leastValue = 1e-6;
const mostValue = 1e9;

/** What the experts agree on, in logarithms, and what the network is shown of it. */
export interface Draft {
  p10: number;
  p50: number;
  p90: number;
  features: Float32Array;
}

/** Drafts the forecasts of one series at some horizons; fed hour by hour, knows nothing but that. */
export class Forecaster {
  readonly history: History;
  readonly #experts: ExpertPool;
  readonly #tracks: Map<number, { mixture: Mixture; features: FeatureVector }>;
  readonly #month = new SortedWindow(monthHours);
  readonly #said = new Float64Array(expertCount * levels.length);
  readonly #joint = new Float64Array(levels.length);

  constructor(startMs: number, site: SiteHours, horizons: readonly number[]) {
    this.history = new History(startMs, site);
    this.#experts = new ExpertPool(this.history, horizons);
    this.#tracks = new Map(
      horizons.map((hours) => [hours, { mixture: new Mixture(), features: new FeatureVector() }]),
    );
  }

  /** The value of the next hour; NaN when nothing was measured. */
  observe(value: number): void {
    const known = value >= leastValue && value <= mostValue ? value : Number.NaN;
    const at = this.history.length;
    this.history.push(known);
    this.#month.push(known);
    this.#experts.observe(known);
    for (const { mixture, features } of this.#tracks.values()) {
      mixture.settle(at, known);
      features.settle(at, known);
    }
  }

  /** Of the last 28 days. */
  get measuredHours(): number {
    return this.#month.count;
  }

  /** For `horizon` hours after the newest one, once for each hour; null while too little is known. */
  draft(horizon: number): Draft | null {
    const track = this.#tracks.get(horizon);
    const draft = this.outlook(horizon);
    if (track === undefined || draft === null) return null;
    const target = this.history.length - 1 + horizon;
    track.mixture.note(target, this.#said);
    track.features.note(target, draft);
    return draft;
  }

  /** The same without being judged by it later, at any horizon: weights are those of the nearest that is drafted. */
  outlook(horizon: number): Draft | null {
    const learntAt = nearest([...this.#tracks.keys()], horizon);
    const track = this.#tracks.get(learntAt);
    if (track === undefined || this.#month.count < fewestHours) return null;
    this.#experts.ask(horizon, learntAt, this.#said);
    track.mixture.combine(this.#said, this.#joint);
    const [p10 = 0, p50 = 0, p90 = 0] = this.#joint;
    const band = { p10, p50, p90 };
    return {
      ...band,
      features: track.features.make(this.history, horizon, this.#month.count, this.#said, band),
    };
  }
}

/** On a scale of ratios: six hours are nearer to twelve than to one. */
export function nearest(horizons: readonly number[], wanted: number): number {
  const distance = (hours: number) => Math.abs(Math.log(hours / wanted));
  return horizons.reduce(
    (best, each) => (distance(each) < distance(best) ? each : best),
    horizons[0] ?? wanted,
  );
}
