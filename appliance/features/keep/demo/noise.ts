/** Randomness that is looked up instead of drawn: the same place gives the same number, in any order of asking. */

/** A well-mixed 32-bit number for a pair of integers (the finaliser of MurmurHash3). */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b ^ 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Uniform in (0, 1): never 0, so that its logarithm exists. */
export function uniform(a: number, b: number): number {
  return (mix(a, b) + 0.5) / 4_294_967_296;
}

/** Exponential with mean 1. */
export function exponential(a: number, b: number): number {
  return -Math.log(uniform(a, b));
}

/** Wanders smoothly between 0 and 1; `at` in steps. */
export function wander(seed: number, at: number): number {
  const step = Math.floor(at);
  const share = at - step;
  const smooth = share * share * (3 - 2 * share);
  return uniform(seed, step) * (1 - smooth) + uniform(seed, step + 1) * smooth;
}

export function seedOf(text: string, seed: number): number {
  let h = seed;
  for (let index = 0; index < text.length; index += 1) h = mix(h, text.charCodeAt(index));
  return h;
}
