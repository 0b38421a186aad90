import type { ExchangeEvidence, NodeFacts } from './evidence.ts';

/** How far back a node remembers. */
const keepMs = 75_000;
/** Twenty a second for a minute, and calm ones beside it. */
const maxKept = 2048;
/** Calm answers from which a piece of the baseline is learned. */
const blockSize = 30;
/** The first, provisional baseline; later blocks refine it. */
const firstBlockSize = 8;
/** Weight of a new block: five minutes of them make up about two thirds of the baseline. */
const learningRate = 0.1;

export interface Counts {
  sent: number;
  lost: number;
  /** Median of the answers, µs; NaN without any. */
  medianUs: number;
}

interface Kept {
  sentMs: number;
  rttUs: number;
  isQuick: boolean;
}

/** What one target did in the last minute, and how it is when all is well. */
export class NodeTrack {
  facts: NodeFacts;
  /** Newest answered exchange (by the time it was sent); -Infinity before the first. */
  lastAnsweredMs = Number.NEGATIVE_INFINITY;
  /** Sent time of the first lost exchange after the newest answered one; NaN while it answers. */
  lostSinceMs = Number.NaN;
  lostInRow = 0;
  /** Sent time of the newest lost exchange; -Infinity before the first. */
  lastLostMs = Number.NEGATIVE_INFINITY;
  /** µs; NaN until enough was seen. */
  baselineUs = Number.NaN;
  /** Tenth to ninetieth percentile, µs. */
  baselineSpreadUs = Number.NaN;
  baselineLoss = 0;
  #kept: Kept[] = [];
  #block: number[] = [];
  #blockLost = 0;

  constructor(facts: NodeFacts) {
    this.facts = facts;
  }

  get hasAnswered(): boolean {
    return this.lastAnsweredMs > Number.NEGATIVE_INFINITY;
  }

  add({ sentMs, rttUs, isQuick }: ExchangeEvidence): void {
    const kept = this.#kept;
    let index = kept.length;
    while (index > 0 && kept[index - 1]!.sentMs > sentMs) index -= 1; // above 0
    kept.splice(index, 0, { sentMs, rttUs, isQuick });
    const newest = kept[kept.length - 1]!.sentMs; // just filled
    let old = Math.max(0, kept.length - maxKept);
    while (kept[old]!.sentMs < newest - keepMs) old += 1; // ends at the newest
    if (old > 256 || kept.length > maxKept) kept.splice(0, old);
    if (Number.isNaN(rttUs)) {
      this.lastLostMs = Math.max(this.lastLostMs, sentMs);
      if (sentMs > this.lastAnsweredMs) {
        this.lostInRow += 1;
        if (Number.isNaN(this.lostSinceMs) || sentMs < this.lostSinceMs) this.lostSinceMs = sentMs;
      }
    } else if (sentMs > this.lastAnsweredMs) {
      this.lastAnsweredMs = sentMs;
      this.#recountLost();
    }
  }

  /** Takes a calm exchange into the baseline; called only while nothing is wrong. */
  learn(rttUs: number): void {
    if (Number.isNaN(rttUs)) this.#blockLost += 1;
    else this.#block.push(rttUs);
    const count = this.#block.length + this.#blockLost;
    const isFirst = Number.isNaN(this.baselineUs);
    if (count < (isFirst ? firstBlockSize : blockSize)) return;
    const sorted = this.#block.sort((a, b) => a - b);
    const lossRatio = this.#blockLost / count;
    this.#block = [];
    this.#blockLost = 0;
    this.baselineLoss = isFirst ? lossRatio / 4 : mix(this.baselineLoss, lossRatio, learningRate);
    if (sorted.length < firstBlockSize / 2) return;
    const spreadUs = quantile(sorted, 0.9) - quantile(sorted, 0.1);
    this.baselineUs = isFirst
      ? quantile(sorted, 0.5)
      : mix(this.baselineUs, quantile(sorted, 0.5), learningRate);
    this.baselineSpreadUs = isFirst ? spreadUs : mix(this.baselineSpreadUs, spreadUs, learningRate);
  }

  /** What was being learned when something went wrong belongs to neither. */
  forgetBlock(): void {
    this.#block = [];
    this.#blockLost = 0;
  }

  /** What is normal is learned anew: another path, or a change that has come to stay. */
  forgetBaseline(): void {
    this.forgetBlock();
    this.baselineUs = Number.NaN;
    this.baselineSpreadUs = Number.NaN;
  }

  /** Exchanges sent within [fromMs, toMs] whose outcome is known. */
  counts(fromMs: number, toMs: number): Counts {
    const answered: number[] = [];
    let sent = 0;
    for (let index = this.#kept.length - 1; index >= 0; index -= 1) {
      const { sentMs, rttUs } = this.#kept[index]!; // within its length
      if (sentMs < fromMs) break;
      if (sentMs > toMs) continue;
      sent += 1;
      if (!Number.isNaN(rttUs)) answered.push(rttUs);
    }
    answered.sort((a, b) => a - b);
    return { sent, lost: sent - answered.length, medianUs: quantile(answered, 0.5) };
  }

  /** Median and spread of the answers to what was sent since `fromMs`, and how many there are. */
  recent(fromMs: number): { count: number; medianUs: number; spreadUs: number } {
    const answered = this.answers(fromMs).sort((a, b) => a - b);
    return {
      count: answered.length,
      medianUs: quantile(answered, 0.5),
      spreadUs: quantile(answered, 0.9) - quantile(answered, 0.1),
    };
  }

  /** Round-trip times of what was sent since `fromMs`, newest first. */
  answers(fromMs: number): number[] {
    const answered: number[] = [];
    for (let index = this.#kept.length - 1; index >= 0; index -= 1) {
      const { sentMs, rttUs } = this.#kept[index]!; // within its length
      if (sentMs < fromMs) break;
      if (!Number.isNaN(rttUs)) answered.push(rttUs);
    }
    return answered;
  }

  /** Sent time of the newest answered exchange that was sent before `ms`; null when none is remembered. */
  answeredBefore(ms: number): number | null {
    if (this.lastAnsweredMs <= ms) return this.hasAnswered ? this.lastAnsweredMs : null;
    return this.#kept.findLast(({ sentMs, rttUs }) => sentMs <= ms && !Number.isNaN(rttUs))?.sentMs ?? null;
  }

  #recountLost(): void {
    this.lostInRow = 0;
    this.lostSinceMs = Number.NaN;
    for (let index = this.#kept.length - 1; index >= 0; index -= 1) {
      const { sentMs } = this.#kept[index]!; // within its length
      if (sentMs <= this.lastAnsweredMs) break;
      this.lostInRow += 1;
      this.lostSinceMs = sentMs;
    }
  }
}

const mix = (old: number, value: number, weight: number) => old + weight * (value - old);

/** Nearest rank on sorted values; NaN for none. */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!; // within its length
}
