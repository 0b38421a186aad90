import { quantileOf } from './quantiles.ts';

/** The newest `capacity` values, always sorted as well: a quantile costs nothing, a new value one shift of memory. */
export class SortedWindow {
  readonly #sorted: Float64Array;
  readonly #ring: Float64Array;
  #count = 0;
  #next = 0;

  constructor(capacity: number) {
    this.#sorted = new Float64Array(capacity);
    this.#ring = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** NaN is not kept. */
  push(value: number): void {
    if (Number.isNaN(value)) return;
    if (this.#count === this.#ring.length) this.#remove(this.#ring[this.#next] ?? 0);
    this.#ring[this.#next] = value;
    this.#next = (this.#next + 1) % this.#ring.length;
    const at = this.#place(value);
    this.#sorted.copyWithin(at + 1, at, this.#count);
    this.#sorted[at] = value;
    this.#count += 1;
  }

  quantile(level: number): number {
    return quantileOf(this.#sorted, level, this.#count);
  }

  clear(): void {
    this.#count = 0;
    this.#next = 0;
  }

  #remove(value: number): void {
    const at = this.#place(value);
    this.#sorted.copyWithin(at, at + 1, this.#count);
    this.#count -= 1;
  }

  /** Index of the first value that is not smaller. */
  #place(value: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
