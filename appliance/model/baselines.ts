import type { BaselineName } from '../core/forecasting.ts';
import type { History } from './history.ts';
import { quantileOf } from './quantiles.ts';

/** A point forecast `horizon` hours after the newest hour; NaN while nothing was measured. */
export type Baseline = (history: History, horizon: number) => number;

const dayHours = 24;
const monthHours = 28 * 24;

/** The value of the same hour of the newest day that has one; else the newest value. */
export const naive24: Baseline = (history, horizon) => {
  const target = history.length - 1 + horizon;
  for (let days = Math.ceil(horizon / dayHours); days <= 7; days += 1) {
    const value = history.at(target - days * dayHours);
    if (!Number.isNaN(value)) return value;
  }
  return history.at(history.newest);
};

/** Median of the last 24 hours; where they are empty, of as many as go back to a value. */
export const median24: Baseline = (history) => rollingMedian(history, dayHours);

export function rollingMedian(history: History, hours: number): number {
  const values = history.recent(hours);
  return values.length > 0 ? quantileOf(values.sort(), 0.5) : history.at(history.newest);
}

const ewmaShare = 0.3;
/** What is older weighs 0.7^60, nothing that a double could tell. */
const ewmaValues = 60;

/** Exponentially weighted mean over the measured hours. */
export const ewma: Baseline = (history) => {
  const values = history.recent(monthHours, ewmaValues);
  let level = values[0] ?? history.at(history.newest);
  for (const value of values) level += ewmaShare * (value - level);
  return level;
};

const regressionValues = 12;
const floor = { rate: 0.1, ping: 1 };

/**
 * A formula in wide use: six tenths of the mean of the hour of the day, with the same kind of day counting more, and
 * four tenths of a straight line through the last twelve values, one step on.
 */
export function blend(isPing: boolean): Baseline {
  return (history, horizon) => {
    const values = history.recent(monthHours, regressionValues);
    if (values.length === 0) return history.at(history.newest);
    const trend = lineStep(values);
    const past = hourMean(history, history.length - 1 + horizon);
    const value = Number.isNaN(past) ? trend : 0.6 * past + 0.4 * trend;
    return Math.max(value, isPing ? floor.ping : floor.rate);
  };
}

/** The newest value and one more step of the least-squares slope. */
function lineStep(values: Float64Array): number {
  const count = values.length;
  const middle = (count - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  let above = 0;
  let below = 0;
  for (const [at, value] of values.entries()) {
    above += (at - middle) * (value - mean);
    below += (at - middle) ** 2;
  }
  return (values[count - 1] ?? Number.NaN) + (below > 0 ? above / below : 0);
}

function hourMean(history: History, target: number): number {
  const isWeekend = history.weekday(target) >= 5;
  const hour = history.hourOfDay(target);
  let sum = 0;
  let weights = 0;
  for (let at = Math.max(0, history.length - monthHours); at < history.length; at += 1) {
    const value = history.at(at);
    if (Number.isNaN(value) || history.hourOfDay(at) !== hour) continue;
    const weight = history.weekday(at) >= 5 === isWeekend ? 2 : 0.7;
    sum += weight * value;
    weights += weight;
  }
  return weights > 0 ? sum / weights : Number.NaN;
}

export function baselinesOf(isPing: boolean): Record<BaselineName, Baseline> {
  return { naive24, median24, ewma, reference: blend(isPing) };
}
