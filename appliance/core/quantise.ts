/**
 * Round-trip times as whole numbers on a logarithmic scale, so that samples and histograms share one code space and
 * merging is counting. A code is off by at most half of `growth - 1`, whatever the size of the value.
 */
import { slot } from './storing.ts';

/** Neighbouring codes differ by this factor: ±0.05 %, which is 37 µs at 73 ms. */
export const growth = 1.001;

const logGrowth = Math.log(growth);
/** Longer than any timeout; larger values become this one. */
const largestUs = 100e6;

/** Codes run from 0 (1 µs and less) to `codeCount - 1`. */
export const codeCount = Math.ceil(Math.log(largestUs) / logGrowth) + 1;

const centres = Float64Array.from({ length: codeCount }, (_, code) => growth ** code);
const edges = Float64Array.from({ length: codeCount + 1 }, (_, code) => growth ** (code - 0.5));

/** The code of a round-trip time in µs; `slot` values pass unchanged, anything else that is no time is `skipped`. */
export function codeOf(rttUs: number): number {
  if (rttUs > 1) return Math.min(codeCount - 1, Math.round(Math.log(rttUs) / logGrowth));
  if (rttUs >= 0) return 0;
  return rttUs <= slot.timeout && rttUs >= slot.skipped && Number.isInteger(rttUs) ? rttUs : slot.skipped;
}

/** The time in µs a code stands for; `slot` values pass unchanged. */
export function timeOf(code: number): number {
  return code < 0 ? code : centres[code]!; // codes come from codeOf or a checked decoder
}

/** Smallest time of a bucket; that of the next code is its largest. */
export function lowerEdgeUs(code: number): number {
  return edges[code]!; // same as above
}

export function codesOf(rttUs: Float64Array): Int16Array {
  const codes = new Int16Array(rttUs.length);
  for (let index = 0; index < codes.length; index += 1) codes[index] = codeOf(rttUs[index]!); // within its length
  return codes;
}
