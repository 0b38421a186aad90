import type { Exchange } from '../core/probing.ts';

/** Layout of native/src/ring.h. */
const headerBytes = 64;
const recordBytes = 64;
const flags = { kernelReceive: 1, reordered: 4 } as const;

/** Codes of `enum outcome` in native/src/ring.h, in order. */
export const outcomes = [
  'ok',
  'timeout',
  'unreachable',
  'refused',
  'local',
  'skipped',
  'late',
  'duplicate',
  'too-big',
  'hop',
] as const;

function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** RFC 5952: the longest run of zero groups is left out. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((bytes[at + 2 * i] ?? 0) << 8) | (bytes[at + 2 * i + 1] ?? 0),
  );
  let [start, length] = [-1, 1];
  for (let i = 0; i < 8; i += 1) {
    let end = i;
    while (end < 8 && groups[end] === 0) end += 1;
    if (end - i > length) [start, length] = [i, end - i];
    if (end > i) i = end;
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (start < 0) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** Reads the engine's results out of shared memory, without a copy and without an object per result. */
export class RingReader {
  readonly #positions: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;
  readonly #capacity: number;
  readonly #exchange: Exchange = {
    handle: 0,
    seq: 0,
    sentMonoMs: 0,
    outcome: 'ok',
    rttUs: Number.NaN,
    ttl: 0,
    errno: 0,
    icmpType: 0,
    icmpCode: 0,
    rcode: 0,
    from: '',
    isReordered: false,
    isKernelStamped: false,
  };

  constructor(memory: ArrayBuffer) {
    this.#positions = new Uint32Array(memory, 0, 2);
    this.#doubles = new Float64Array(memory, headerBytes);
    this.#words = new Uint32Array(memory, headerBytes);
    this.#halves = new Uint16Array(memory, headerBytes);
    this.#bytes = new Uint8Array(memory, headerBytes);
    this.#capacity = (memory.byteLength - headerBytes) / recordBytes;
  }

  get waiting(): number {
    return (Atomics.load(this.#positions, 0) - Atomics.load(this.#positions, 1)) >>> 0;
  }

  /** What waits now. It can be iterated any number of times until `release`. */
  take(): { count: number; exchanges: Iterable<Readonly<Exchange>> } {
    const tail = Atomics.load(this.#positions, 1);
    const count = this.waiting;
    return { count, exchanges: { [Symbol.iterator]: () => this.#iterate(tail, count) } };
  }

  /** Gives the places of `count` results back to the engine. */
  release(count: number): void {
    Atomics.add(this.#positions, 1, count);
  }

  *#iterate(tail: number, count: number): Generator<Readonly<Exchange>> {
    const exchange = this.#exchange;
    for (let i = 0; i < count; i += 1) {
      const index = ((tail + i) >>> 0) & (this.#capacity - 1);
      const slots = this.#read(index, exchange);
      yield exchange;
      // A run of skipped slots is one record, so that an hour of standstill does not flood the ring.
      const first = exchange.seq;
      for (let slot = 1; slot < slots; slot += 1) {
        exchange.seq = first + slot;
        yield exchange;
      }
    }
  }

  #read(index: number, exchange: Exchange): number {
    const byte = index * recordBytes;
    const word = byte / 4;
    const double = byte / 8;
    const bits = this.#bytes[byte + 36] ?? 0;
    exchange.seq = this.#doubles[double] ?? 0;
    exchange.sentMonoMs = this.#doubles[double + 1] ?? 0;
    exchange.rttUs = this.#doubles[double + 2] ?? Number.NaN;
    exchange.handle = this.#words[word + 6] ?? 0;
    exchange.errno = (this.#words[word + 7] ?? 0) | 0;
    const outcome = this.#bytes[byte + 32] ?? 0;
    exchange.outcome = outcomes[outcome] as Exchange['outcome']; // the ring never carries the one-shots' codes
    exchange.ttl = this.#bytes[byte + 33] ?? 0;
    exchange.icmpType = this.#bytes[byte + 34] ?? 0;
    exchange.icmpCode = this.#bytes[byte + 35] ?? 0;
    exchange.rcode = this.#halves[byte / 2 + 19] ?? 0;
    exchange.isKernelStamped = (bits & flags.kernelReceive) !== 0;
    exchange.isReordered = (bits & flags.reordered) !== 0;
    // Text only for errors: an answer comes from the target, and building a string for each would cost.
    const family = outcome === 2 || outcome === 3 ? this.#bytes[byte + 37] : 0;
    exchange.from =
      family === 4 ? ipv4Text(this.#bytes, byte + 48) : family === 6 ? ipv6Text(this.#bytes, byte + 48) : '';
    return this.#words[word + 10] ?? 1;
  }
}
