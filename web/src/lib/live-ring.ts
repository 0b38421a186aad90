import type { LiveExchange, LiveWindow } from '../../../appliance/features/watch/latency/schema.ts';

/** 20 targets at five exchanges a second for ten minutes stay below this. */
const usualExchanges = 4000;

export interface RecentNumbers {
  count: number;
  lost: number;
  lossRatio: number | null;
  medianMs: number | null;
  /** RFC 3550 §6.4.1 over the period, a lost exchange breaks the pair. */
  jitterMs: number | null;
  /** The newest exchange; null when it was lost, undefined when there is none. */
  nowMs: number | null | undefined;
}

/** A stretch of a sparkline; times are NaN when nothing answered. */
export interface SparkBucket {
  medianMs: number;
  highMs: number;
  hasLoss: boolean;
  isMeasured: boolean;
}

/** The last minutes of one target at full resolution: when each exchange was sent and its round-trip time, NaN = lost. */
export class LiveRing {
  readonly times: number[] = [];
  readonly rtts: number[] = [];
  readonly #keepMs: number;
  readonly #maxExchanges: number;

  constructor(keepMs: number, maxExchanges = usualExchanges) {
    this.#keepMs = keepMs;
    this.#maxExchanges = maxExchanges;
  }

  /** Takes the server's window and keeps what the stream brought meanwhile. */
  load(window: LiveWindow): void {
    const startedAt = Date.parse(window.startedAt);
    const streamed = this.times.map((at, index) => [at, this.rtts[index] ?? Number.NaN] as const);
    this.times.length = 0;
    this.rtts.length = 0;
    window.offsetsMs.forEach((offset, index) => {
      this.#insert(startedAt + offset, window.rttMs[index] ?? Number.NaN);
    });
    for (const [at, rtt] of streamed) this.#insert(at, rtt);
    this.#trim();
  }

  add(exchange: LiveExchange): void {
    if (exchange.outcome === 'skipped') return; // nothing was tried: not measured, and not lost
    const hasReply = exchange.outcome === 'ok' || exchange.outcome === 'refused';
    this.#insert(Date.parse(exchange.at), hasReply ? (exchange.rttMs ?? Number.NaN) : Number.NaN);
    this.#trim();
  }

  /** Numbers of the exchanges sent after `fromMs`. */
  recent(fromMs: number): RecentNumbers {
    const answered: number[] = [];
    let total = 0;
    let jitter = 0;
    let previous = Number.NaN;
    for (let index = this.firstAfter(fromMs); index < this.times.length; index += 1) {
      const rtt = this.rtts[index] ?? Number.NaN;
      total += 1;
      if (!Number.isNaN(rtt)) answered.push(rtt);
      if (!Number.isNaN(rtt) && !Number.isNaN(previous)) jitter += (Math.abs(rtt - previous) - jitter) / 16;
      previous = rtt;
    }
    answered.sort((a, b) => a - b);
    const newest = total === 0 ? undefined : this.rtts[this.rtts.length - 1];
    return {
      count: total,
      lost: total - answered.length,
      lossRatio: total === 0 ? null : (total - answered.length) / total,
      medianMs: answered[Math.floor((answered.length - 1) / 2)] ?? null,
      jitterMs: answered.length > 1 ? jitter : null,
      nowMs: newest === undefined ? undefined : Number.isNaN(newest) ? null : newest,
    };
  }

  /** `number` stretches of `stepMs` up to `endMs`. */
  buckets(endMs: number, stepMs: number, number: number): SparkBucket[] {
    return Array.from({ length: number }, (_, index) => {
      const from = endMs - (number - index) * stepMs;
      const all = this.rtts.slice(this.firstAfter(from), this.firstAfter(from + stepMs));
      const answered = all.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
      return {
        medianMs: answered[Math.floor((answered.length - 1) / 2)] ?? Number.NaN,
        highMs: answered[answered.length - 1] ?? Number.NaN,
        hasLoss: answered.length < all.length,
        isMeasured: all.length > 0,
      };
    });
  }

  /** Index of the first exchange sent at or after a moment. */
  firstAfter(ms: number): number {
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] ?? 0) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A timeout ends after younger exchanges did, so order is kept by looking back a little. */
  #insert(at: number, rtt: number): void {
    let index = this.times.length;
    while (index > 0 && (this.times[index - 1] ?? 0) > at) index -= 1;
    if (this.times[index - 1] === at) return; // sent twice: by the snapshot and by the stream
    this.times.splice(index, 0, at);
    this.rtts.splice(index, 0, rtt);
  }

  /** In steps of a tenth, so that the arrays are not moved at every exchange. */
  #trim(): void {
    const newest = this.times[this.times.length - 1] ?? 0;
    const stale = Math.max(this.firstAfter(newest - this.#keepMs), this.times.length - this.#maxExchanges);
    if (stale < this.times.length / 10) return;
    this.times.splice(0, stale);
    this.rtts.splice(0, stale);
  }
}
