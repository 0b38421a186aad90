/** What a new result says against those before it. Pure; only results of one line, family and engine are compared. */
import type { SpeedTest } from './schema.ts';
import { spreadOf, standardDeviation } from './spread.ts';

/** Newest ones that are compared with: about two days, so that a new plan is the usual soon. */
export const comparedTests = 10;
const leastTests = 3;
/** A change that is worth a full test. */
const changedBy = 0.1;
/** A result that is worth a second opinion. */
const badBy = 0.2;
/** So many standard deviations from the median are no chance. */
const outside = 3;

export interface Change {
  downRatio: number | null;
  upRatio: number | null;
  /** More than a tenth, and outside what tests of this line spread. */
  isReal: boolean;
  /** Much less than usual. */
  isBad: boolean;
}

/** `earlier`: of the same line, family and engine, newest first. Null when there are too few. */
export function changeOf(test: SpeedTest, earlier: readonly SpeedTest[]): Change | null {
  const usable = earlier.filter(isUsable).slice(0, comparedTests);
  if (!isUsable(test) || usable.length < leastTests) return null;
  const of = (name: 'downloadMbps' | 'uploadMbps') =>
    against(
      test[name],
      usable.map((one) => one[name]),
    );
  const [down, up] = [of('downloadMbps'), of('uploadMbps')];
  const both = [down, up].filter((each) => each !== null);
  if (both.length === 0) return null;
  return {
    downRatio: down?.ratio ?? null,
    upRatio: up?.ratio ?? null,
    isReal: both.some(({ isOutside, ratio }) => isOutside && Math.abs(ratio - 1) > changedBy),
    isBad: both.some(({ isOutside, ratio }) => isOutside && ratio < 1 - badBy),
  };
}

/** Others' traffic is in the number of a busy line. */
export const isUsable = ({ outcome, flags }: SpeedTest) => outcome === 'ok' && !flags.includes('busy');

function against(value: number | null, before: readonly (number | null)[]) {
  const known = before.filter((one) => one !== null);
  if (value === null || known.length < leastTests) return null;
  const spread = spreadOf(known);
  const { median } = spread;
  if (median <= 0) return null;
  return { ratio: value / median, isOutside: Math.abs(value - median) > outside * standardDeviation(spread) };
}
