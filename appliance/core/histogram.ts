import { codeCount, lowerEdgeUs, timeOf } from './quantise.ts';

/** Codes are looked at in blocks of 32. */
const blockBits = 5;

/**
 * How often each code occurred. Merging is exact: the histogram of a day equals the sum of its minutes. Quantiles
 * take the samples of one bucket as evenly spread over it and interpolate between neighbours (Hyndman–Fan type 7).
 */
export class Histogram {
  readonly #counts = new Uint32Array(codeCount);
  /** Which blocks of codes have counts: a minute has 60 samples, so nearly all of the 18,000 codes are empty. */
  readonly #blocks = new Uint8Array((codeCount >> blockBits) + 1);
  #total = 0;
  #lowest = codeCount;
  #highest = -1;

  get total(): number {
    return this.#total;
  }

  get minUs(): number {
    return this.#total === 0 ? Number.NaN : timeOf(this.#lowest);
  }

  get maxUs(): number {
    return this.#total === 0 ? Number.NaN : timeOf(this.#highest);
  }

  get meanUs(): number {
    let sum = 0;
    // Not by `forEach`: a sum that a closure adds to is a new object at every step.
    for (let code = this.#nextUsed(this.#lowest); code <= this.#highest; code = this.#nextUsed(code + 1)) {
      const count = this.#counts[code]!; // within bounds
      if (count > 0) sum += count * timeOf(code);
    }
    return this.#total === 0 ? Number.NaN : sum / this.#total;
  }

  add(code: number, count = 1): void {
    this.#counts[code]! += count; // codes come from codeOf, so they are within bounds
    this.#total += count;
    this.#blocks[code >> blockBits] = 1;
    if (code < this.#lowest) this.#lowest = code;
    if (code > this.#highest) this.#highest = code;
  }

  merge(other: Histogram): void {
    other.forEach((code, count) => {
      this.add(code, count);
    });
  }

  clear(): void {
    if (this.#highest >= 0) {
      for (let block = this.#lowest >> blockBits; block <= this.#highest >> blockBits; block += 1) {
        if (this.#blocks[block] === 0) continue;
        this.#counts.fill(0, block << blockBits, (block + 1) << blockBits);
        this.#blocks[block] = 0;
      }
    }
    this.#total = 0;
    this.#lowest = codeCount;
    this.#highest = -1;
  }

  quantile(share: number): number {
    return this.quantiles([share])[0]!; // one asked, one given
  }

  /** Values in µs for ascending shares of 0..1; NaN when empty. One pass. */
  quantiles(shares: readonly number[]): number[] {
    if (this.#total === 0) return shares.map(() => Number.NaN);
    const result: number[] = [];
    let code = this.#lowest;
    let before = 0;
    const valueAt = (index: number): number => {
      // index < total, so this ends within bounds
      while (index >= before + this.#counts[code]!) {
        before += this.#counts[code]!;
        code = this.#nextUsed(code + 1);
      }
      const count = this.#counts[code]!;
      const low = lowerEdgeUs(code);
      return low + ((index - before + 0.5) / count) * (lowerEdgeUs(code + 1) - low);
    };
    for (const share of shares) {
      const rank = share * (this.#total - 1);
      const index = Math.floor(rank);
      const lower = valueAt(index);
      if (rank === index) {
        result.push(this.#clamp(lower));
        continue;
      }
      // The next share may need the bucket that this one looked beyond.
      const atCode = code;
      const atBefore = before;
      const upper = valueAt(index + 1);
      code = atCode;
      before = atBefore;
      result.push(this.#clamp(lower + (rank - index) * (upper - lower)));
    }
    return result;
  }

  /** A quantile is never outside of what is reported as smallest and largest. */
  #clamp(valueUs: number): number {
    return Math.min(Math.max(valueUs, this.minUs), this.maxUs);
  }

  /** Every code that occurred, ascending, with its count. */
  forEach(visit: (code: number, count: number) => void): void {
    for (let code = this.#nextUsed(this.#lowest); code <= this.#highest; code = this.#nextUsed(code + 1)) {
      const count = this.#counts[code]!; // within bounds
      if (count > 0) visit(code, count);
    }
  }

  /** This code, or the first one of the next block that is not empty. */
  #nextUsed(code: number): number {
    let block = code >> blockBits;
    if (this.#blocks[block] !== 0) return code;
    while (block < this.#highest >> blockBits && this.#blocks[block] === 0) block += 1;
    return block << blockBits;
  }
}
