import { expertCount, fallbackExpert } from './experts.ts';
import { levels, pinball } from './quantiles.ts';

const width = expertCount * levels.length;
/** Half of what an expert is judged by is younger than this many measured hours. */
const halfLifeHours = 72;
const keep = 0.5 ** (1 / halfLifeHours);
/** How sharply the better expert is preferred: weight = relative loss to the power of minus this. */
const sharpness = 16;
/** So many hours of equal losses stand before the first real one. */
const priorHours = 40;
/** One absurd hour must not decide for days. */
const maxLoss = 5;

/**
 * Weighs experts at one horizon by how well each forecast every quantile lately, and averages them on the logarithmic
 * scale. Polynomial weights as in Cesa-Bianchi and Lugosi, Prediction, Learning, and Games, §2.1, with forgetting.
 */
export class Mixture {
  readonly #losses = new Float64Array(width);
  /** What was said for the hours that have not come yet, by hour; at most `horizon` of them. */
  readonly #pending = new Map<number, Float64Array>();
  readonly #spare: Float64Array[] = [];
  #hours = 0;

  /** What the experts said for the hour `target`. */
  note(target: number, said: Float64Array): void {
    const kept = this.#spare.pop() ?? new Float64Array(width);
    kept.set(said);
    this.#pending.set(target, kept);
  }

  /** What came in the hour `at`; NaN when nothing did. */
  settle(at: number, value: number): void {
    const said = this.#pending.get(at);
    if (said === undefined) return;
    this.#pending.delete(at);
    this.#spare.push(said);
    const scale = Math.exp(said[fallbackExpert * levels.length + 1] ?? Number.NaN);
    if (Number.isNaN(value) || !(scale > 0)) return;
    this.#hours = this.#hours * keep + 1;
    for (let place = 0; place < width; place += 1) {
      const level = place % levels.length;
      const own = said[place] ?? Number.NaN;
      const counted = Number.isNaN(own) ? (said[fallbackExpert * levels.length + level] ?? 0) : own;
      const loss = pinball(value, Math.exp(counted), levels[level] ?? 0.5) / scale;
      this.#losses[place] = (this.#losses[place] ?? 0) * keep + Math.min(loss, maxLoss);
    }
  }

  /** The three quantiles in logarithms, in order. */
  combine(said: Float64Array, into: Float64Array): void {
    for (let level = 0; level < levels.length; level += 1) into[level] = this.#level(said, level);
    const [low = 0, middle = 0, high = 0] = into;
    into[0] = Math.min(low, middle, high);
    into[2] = Math.max(low, middle, high);
  }

  #level(said: Float64Array, level: number): number {
    let mean = 0;
    for (let place = level; place < width; place += levels.length)
      mean += (this.#losses[place] ?? 0) / expertCount;
    let weights = 0;
    let sum = 0;
    for (let place = level; place < width; place += levels.length) {
      const quantile = said[place] ?? Number.NaN;
      if (Number.isNaN(quantile)) continue;
      const relative = mean > 0 ? (this.#losses[place] ?? 0) / mean : 1;
      const weight = ((relative * this.#hours + priorHours) / (this.#hours + priorHours)) ** -sharpness;
      weights += weight;
      sum += weight * quantile;
    }
    return sum / weights;
  }
}
