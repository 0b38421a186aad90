import { spreadOf } from './feature-vector.ts';
import type { Band } from './quantiles.ts';

/** Numbers that the network gives for a forecast. */
export const outputCount = 3;
/** A draft without any width gets room to be widened. */
export const leastWidth = 1e-4;

/**
 * What the network's numbers mean: the median moves by at most one width of the drafted interval, each edge to between
 * 1/e and e times its distance. All zeros leave the draft as it is.
 */
export function correct(draft: Band, output: ArrayLike<number>): Band {
  const [low = 0, middle = 0, high = 0] = [output[0], output[1], output[2]];
  const p50 = draft.p50 + spreadOf(draft) * Math.tanh(middle);
  return {
    p10: p50 - Math.max(draft.p50 - draft.p10, leastWidth) * Math.exp(Math.tanh(low)),
    p50,
    p90: p50 + Math.max(draft.p90 - draft.p50, leastWidth) * Math.exp(Math.tanh(high)),
  };
}
