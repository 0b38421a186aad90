import type { Metric } from '../core/forecasting.ts';
import { Forecaster } from './forecaster.ts';
import type { Band } from './quantiles.ts';
import { medianOf } from './quantiles.ts';
import type { SiteHours } from './site-hours.ts';
import { TailThreshold } from './tail-threshold.ts';

/**
 * Judged against the forecast of the day before: that of the hour before would already have taken the anomaly for the
 * new normal.
 */
const horizon = 24;
const monthDays = 28;
/** A line that never varies is still allowed to vary by so much. */
const leastWidth = 0.03;
/** Standard deviations of a normal distribution below its 0.1 quantile. */
const tenthDeviations = 1.2816;
/** Of the median absolute deviation of a normal distribution. */
const madScale = 1.4826;
/** Only so that sums stay finite: how high calm hours go is for the threshold to learn. */
const maxDeviation = 1e4;
/** The knob counts alarms, the threshold hours; on real lines an alarm lasted about so long (measured). */
const hoursOfAlarm = 2.5;
/** What of a slide is kept, added at most and forgiven each hour. */
const slideKeep = 0.93;
const maxSlideStep = 5;
const slideDrift = 1;
/** Thresholds never fall below one deviation: a line that never varied may start to. */
const leastHourLimit = Math.log1p(1);
const leastSlideLimit = 3;

export interface AnomalyHour {
  /** In units of the threshold of this line; NaN while that is not known. */
  score: number;
  isAlarm: boolean;
}

/** Scores one series hour by hour: low rates and long round trips are bad, the opposite is no anomaly. */
export class AnomalyScorer {
  readonly #forecaster: Forecaster;
  /** Of single hours, and of slides: each may cause half of the false alarms. */
  readonly #hourLimit: TailThreshold;
  readonly #slideLimit: TailThreshold;
  readonly #sign: number;
  readonly #expected = new Map<number, Band>();
  #slide = 0;

  constructor(metric: Metric, startMs: number, site: SiteHours, alarmsPerWeek: number) {
    this.#forecaster = new Forecaster(startMs, site, [horizon]);
    this.#hourLimit = new TailThreshold((alarmsPerWeek * hoursOfAlarm) / 2);
    this.#slideLimit = new TailThreshold((alarmsPerWeek * hoursOfAlarm) / 2);
    this.#sign = metric === 'ping' ? 1 : -1;
  }

  /** The value of the next hour; null where nothing was measured or nothing is known yet. */
  observe(value: number): AnomalyHour | null {
    const at = this.#forecaster.history.length;
    const expected = this.#expected.get(at);
    this.#expected.delete(at);
    const judged =
      expected === undefined || Number.isNaN(value) ? null : this.#judge(at, Math.log(value), expected);
    this.#forecaster.observe(value);
    const draft = this.#forecaster.draft(horizon);
    if (draft !== null) this.#expected.set(at + horizon, draft);
    return judged;
  }

  #judge(at: number, log: number, expected: Band): AnomalyHour {
    const ofForecast = this.#ofForecast(log, expected);
    const ofHour = this.#ofHour(at, log);
    // Of the two the forecast is the better judge (measured); the hour of the day holds where it has drifted along.
    const now = bound((2 * ofForecast + ofHour) / 3);
    // Page 1954, with forgetting: many hours a little bad add up, one very bad hour does not last.
    this.#slide = Math.max(0, slideKeep * this.#slide + Math.min(now, maxSlideStep) - slideDrift);
    const hour = Math.log1p(Math.max(0, now));
    const hourLimit = Math.max(this.#hourLimit.value, leastHourLimit);
    const slideLimit = Math.max(this.#slideLimit.value, leastSlideLimit);
    const score = Math.max(hour / hourLimit, this.#slide / slideLimit);
    this.#hourLimit.push(hour);
    this.#slideLimit.push(this.#slide);
    return { score, isAlarm: score > 1 };
  }

  #ofForecast(log: number, { p10, p50, p90 }: Band): number {
    const width = this.#sign > 0 ? p90 - p50 : p50 - p10;
    return bound((this.#sign * (log - p50) * tenthDeviations) / Math.max(width, leastWidth));
  }

  /** Against the same hour, with its neighbours, of the last 28 days. */
  #ofHour(at: number, log: number): number {
    const { history } = this.#forecaster;
    const logs: number[] = [];
    for (let day = 1; day <= monthDays; day += 1)
      for (let beside = -1; beside <= 1; beside += 1) {
        const past = history.at(at - day * 24 + beside);
        if (!Number.isNaN(past)) logs.push(Math.log(past));
      }
    if (logs.length < 6) return 0;
    const centre = medianOf(logs);
    const spread = madScale * medianOf(logs.map((each) => Math.abs(each - centre)));
    return bound((this.#sign * (log - centre)) / Math.max(spread, leastWidth));
  }
}

function bound(value: number): number {
  return Math.max(-maxDeviation, Math.min(maxDeviation, value));
}
