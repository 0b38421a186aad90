import { quantileOf } from './quantiles.ts';

/** The newest `capacity` places, always sorted as well: a quantile costs nothing, a new value one shift of memory. */
export class SortedWindow {
  readonly #sorted: Float64Array;
  readonly #ring: Float64Array;
  #count = 0;
  #next = 0;

  constructor(capacity: number) {
    this.#sorted = new Float64Array(capacity);
    this.#ring = new Float64Array(capacity).fill(Number.NaN);
  }

  /** Values without the empty places. */
  get count(): number {
    return this.#count;
  }

  /** NaN is an empty place: it pushes out what is old and adds nothing. */
  push(value: number): void {
    const oldest = this.#ring[this.#next] ?? Number.NaN;
    if (!Number.isNaN(oldest)) this.#remove(oldest);
    this.#ring[this.#next] = value;
    this.#next = (this.#next + 1) % this.#ring.length;
    if (Number.isNaN(value)) return;
    const at = this.#place(value);
    this.#sorted.copyWithin(at + 1, at, this.#count);
    this.#sorted[at] = value;
    this.#count += 1;
  }

  quantile(level: number): number {
    return quantileOf(this.#sorted, level, this.#count);
  }

  clear(): void {
    this.#ring.fill(Number.NaN);
    this.#count = 0;
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
