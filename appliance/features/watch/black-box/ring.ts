import { codeOf } from '../../../core/quantise.ts';
import { slot } from '../../../core/storing.ts';
import type { TargetExchange } from '../latency/schema.ts';

export const keepMs = 5 * 60_000;
/** Five calm minutes at one a second. */
const smallest = 384;
/** Five minutes at 20 a second, 36 KB: 20 targets that are all under suspicion take 0.7 MB. */
const largest = 6144;
/** Times are tenths of a millisecond in 32 bits; they wrap after five days, and nothing here is that old. */
const perMs = 10;
const wrap = 2 ** 32;

/** Exchanges as columns, in the order of sending; a code of core/quantise.ts or a `slot` for each. */
export interface Columns {
  sentMonoMs: Float64Array;
  codes: Int16Array;
}

/** Every exchange of one target in the last five minutes, in the order in which they ended. */
export class ExchangeRing {
  #sent = new Uint32Array(smallest);
  #codes = new Int16Array(smallest);
  #next = 0;
  #length = 0;

  get byteLength(): number {
    return this.#sent.byteLength + this.#codes.byteLength;
  }

  add({ sentMonoMs, outcome, rttUs }: TargetExchange): void {
    if (this.#length === this.#sent.length) this.#makeRoom(sentMonoMs);
    this.#sent[this.#next] = Math.round(sentMonoMs * perMs) % wrap;
    this.#codes[this.#next] = outcome === 'ok' ? codeOf(rttUs) : slot[outcome];
    this.#next = (this.#next + 1) % this.#sent.length;
    this.#length = Math.min(this.#length + 1, this.#sent.length);
  }

  /** What was sent from one moment up to another (both included); `nowMonoMs` says in which turn of the wrap. */
  between(fromMonoMs: number, toMonoMs: number, nowMonoMs: number): Columns {
    const nowTicks = Math.round(nowMonoMs * perMs);
    const found: { sent: number; code: number }[] = [];
    for (let index = 0; index < this.#length; index += 1) {
      const sent = (nowTicks - ageTicks(this.#sent[index]!, nowTicks)) / perMs; // filled from 0 to #length
      if (sent >= fromMonoMs && sent <= toMonoMs) found.push({ sent, code: this.#codes[index]! }); // same
    }
    found.sort((one, other) => one.sent - other.sent);
    return {
      sentMonoMs: Float64Array.from(found, ({ sent }) => sent),
      codes: Int16Array.from(found, ({ code }) => code),
    };
  }

  /** Grows while what would be overwritten is still worth keeping, up to the bound. */
  #makeRoom(nowMonoMs: number): void {
    const oldest = this.#sent[this.#next]!; // full: the next place holds the oldest
    const ageMs = ageTicks(oldest, Math.round(nowMonoMs * perMs)) / perMs;
    if (ageMs >= keepMs || this.#sent.length >= largest) return;
    const sent = new Uint32Array(this.#sent.length * 2);
    const codes = new Int16Array(sent.length);
    const tail = this.#sent.length - this.#next;
    sent.set(this.#sent.subarray(this.#next));
    sent.set(this.#sent.subarray(0, this.#next), tail);
    codes.set(this.#codes.subarray(this.#next));
    codes.set(this.#codes.subarray(0, this.#next), tail);
    this.#next = this.#length;
    this.#sent = sent;
    this.#codes = codes;
  }
}

function ageTicks(ticks: number, nowTicks: number): number {
  return (((nowTicks - ticks) % wrap) + wrap) % wrap;
}
