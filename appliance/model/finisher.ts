import { correct } from './correction.ts';
import type { Draft } from './forecaster.ts';
import { type Band, bandLoss } from './quantiles.ts';

const halfLifeHours = 168;
const keep = 0.5 ** (1 / halfLifeHours);
const sharpness = 20;
const priorHours = 50;
const maxLoss = 5;
/** Of an edge after an hour in which the value lay on the wrong side of it; on the logarithmic scale. */
const edgeStep = 0.01;
/** An edge may be moved to between half and twice its distance. */
const maxEdge = Math.LN2;
const outsideShare = 0.1;

interface Pending {
  draft: Band;
  corrected: Band | null;
  final: Band;
}

/**
 * Makes the forecast of a draft at one horizon: mixes the network's correction in by what it was worth on this line, and
 * moves the edges so that a tenth of the values falls beyond each. Widths only: a moved median is worse after a change
 * of level.
 */
export class Finisher {
  /** Forecasts for hours that have not come; at most `horizon` of them. */
  readonly #pending = new Map<number, Pending>();
  #draftLoss = 0;
  #correctedLoss = 0;
  #hours = 0;
  #lower = 0;
  #upper = 0;

  /** Share that the network has in the forecasts now, 0..1. */
  get networkShare(): number {
    if (this.#hours === 0) return 0.5;
    const mean = (this.#draftLoss + this.#correctedLoss) / 2;
    if (!(mean > 0)) return 0.5;
    const weight = (loss: number) =>
      (((loss / mean) * this.#hours + priorHours) / (this.#hours + priorHours)) ** -sharpness;
    return weight(this.#correctedLoss) / (weight(this.#correctedLoss) + weight(this.#draftLoss));
  }

  settle(at: number, value: number): void {
    const pending = this.#pending.get(at);
    this.#pending.delete(at);
    if (pending === undefined || Number.isNaN(value)) return;
    const { draft, corrected, final } = pending;
    this.#lower = bound(this.#lower + edgeStep * (Number(value < final.p10) - outsideShare));
    this.#upper = bound(this.#upper + edgeStep * (Number(value > final.p90) - outsideShare));
    if (corrected === null) return;
    const loss = (band: Band) => Math.min(bandLoss(value, exponential(band)) / Math.exp(draft.p50), maxLoss);
    this.#hours = this.#hours * keep + 1;
    this.#draftLoss = this.#draftLoss * keep + loss(draft);
    this.#correctedLoss = this.#correctedLoss * keep + loss(corrected);
  }

  /** `output` is what the network gave for the features of the draft; null without it. */
  finish(target: number, draft: Draft, output: ArrayLike<number> | null): Band {
    const corrected = output === null ? null : correct(draft, output);
    const share = corrected === null ? 0 : this.networkShare;
    const mix = (level: keyof Band) =>
      corrected === null ? draft[level] : draft[level] + share * (corrected[level] - draft[level]);
    const p50 = mix('p50');
    const final = exponential({
      p10: p50 - (p50 - mix('p10')) * Math.exp(this.#lower),
      p50,
      p90: p50 + (mix('p90') - p50) * Math.exp(this.#upper),
    });
    this.#pending.set(target, { draft, corrected, final });
    return final;
  }
}

function exponential({ p10, p50, p90 }: Band): Band {
  return { p10: Math.exp(p10), p50: Math.exp(p50), p90: Math.exp(p90) };
}

function bound(edge: number): number {
  return Math.max(-maxEdge, Math.min(maxEdge, edge));
}
