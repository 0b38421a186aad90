import { expertCount } from './experts.ts';
import type { History } from './history.ts';
import { type Band, levels } from './quantiles.ts';

const recentHours = 6;
const dayHours = 24;
/** The same hour of days ago, the first three with their neighbours. */
const lags = [
  ...[1, 2, 3].flatMap((days) => [-1, 0, 1].map((beside) => days * dayHours - beside)),
  ...[4, 5, 6, 7, 14].map((days) => days * dayHours),
];
export const featureCount = expertCount * levels.length + 2 * recentHours + 2 * lags.length + 8;

/** The scale never gets finer than half a per cent of the value. */
export const leastSpread = 0.005;
const maxHorizon = 48;
const monthHours = 28 * 24;

/** Width of the drafted interval: the unit in which the network sees everything. */
export const spreadOf = ({ p10, p90 }: Band) => Math.max(p90 - p10, leastSpread);

/**
 * What the network is shown of a draft: every expert, the newest hours and the same hour of other days, as distances
 * from the drafted median in widths of the drafted interval. A value that is missing is 0 and its mask is 0. No unit, no
 * level and no clock time is in it, so a line in another place or with another plan looks the same.
 */
export class FeatureVector {
  /** Drafts for hours that have not come; as many as the horizon has hours. */
  readonly #pending = new Map<number, Band>();
  #bias = 0;
  #outside = 0;

  /** What was drafted for the hour `target`. */
  note(target: number, draft: Band): void {
    this.#pending.set(target, draft);
  }

  settle(at: number, value: number): void {
    const draft = this.#pending.get(at);
    this.#pending.delete(at);
    if (draft === undefined || Number.isNaN(value)) return;
    const log = Math.log(value);
    this.#bias += 0.1 * (clip((log - draft.p50) / spreadOf(draft), 3) - this.#bias);
    this.#outside += 0.05 * (Number(log < draft.p10 || log > draft.p90) - this.#outside);
  }

  make(
    history: History,
    horizon: number,
    measuredHours: number,
    said: Float64Array,
    draft: Band,
  ): Float32Array {
    const row = new Float32Array(featureCount);
    const spread = spreadOf(draft);
    const distance = (log: number) => (Number.isNaN(log) ? 0 : clip((log - draft.p50) / spread, 4));
    let at = 0;
    const put = (value: number) => {
      row[at] = value;
      at += 1;
    };
    const putHour = (index: number) => {
      const value = history.at(index);
      put(distance(Math.log(value)));
      put(Number.isNaN(value) ? 0 : 1);
    };
    const newest = history.length - 1;
    for (const log of said) put(distance(log));
    for (let back = 0; back < recentHours; back += 1) putHour(newest - back);
    for (const lag of lags) putHour(newest + horizon - lag);
    put(distance(draft.p10));
    put(distance(draft.p90));
    put(Math.log(spread) / 2);
    put(Math.log(horizon) / Math.log(maxHorizon));
    put(Math.min(newest - history.newest, dayHours) / dayHours);
    put(measuredHours / monthHours);
    put(this.#bias);
    put(3 * this.#outside);
    return row;
  }
}

function clip(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}
