import type { Thresholds } from './records.ts';

/** Silence: a stretch in which nothing that stands for the Internet answered, seen in the order of sending. */

/** So much of it must have been looked at: a pause in sending before one burst of losses is no silence. */
const leastSeen = 0.5;
/** Losses that a silence needs at least: with a third of all packets lost, five in a row are one in 250. */
const leastLost = 5;
/** Long silences are summed up; of the moment every exchange is kept. */
const keepMs = 20_000;
const maxKept = 4096;

export interface Silent {
  /** Sent time of the first and last lost exchange. */
  firstLostMs: number;
  lastLostMs: number;
  /** Sent time of the answered exchanges around it; infinite where there is none. */
  answeredBeforeMs: number;
  answeredAfterMs: number;
}

interface Entry {
  sentMs: number;
  isAnswered: boolean;
}

/** Exchanges of all anchors of one family, in the order of sending, whatever the order in which they ended. */
export class SilenceWatch {
  readonly #thresholds: Pick<Thresholds, 'silenceMs'>;
  #entries: Entry[] = [];
  /** Newest answered sent time of what is no longer kept. */
  #answeredBeforeMs = Number.NEGATIVE_INFINITY;

  /** The threshold is read anew each time: the owner may change it. */
  constructor(thresholds: Pick<Thresholds, 'silenceMs'>) {
    this.#thresholds = thresholds;
  }

  /** Adds an exchange; returns the silence it stands in, when that is long and sure enough. */
  add(sentMs: number, isAnswered: boolean): Silent | null {
    const entries = this.#entries;
    let index = entries.length;
    while (index > 0 && entries[index - 1]!.sentMs > sentMs) index -= 1; // above 0
    entries.splice(index, 0, { sentMs, isAnswered });
    const found = isAnswered ? null : this.#around(index);
    this.#forget();
    return found;
  }

  /** How many of what was sent at or after `fromMs` were answered and lost, and the newest of them. */
  since(fromMs: number): { answered: number; lost: number; newestMs: number; lastLostMs: number } {
    let answered = 0;
    let lost = 0;
    let lastLostMs = Number.NEGATIVE_INFINITY;
    for (let index = this.#entries.length - 1; index >= 0; index -= 1) {
      const entry = this.#entries[index]!; // within its length
      if (entry.sentMs < fromMs) break;
      if (entry.isAnswered) answered += 1;
      else {
        lost += 1;
        lastLostMs = Math.max(lastLostMs, entry.sentMs);
      }
    }
    return { answered, lost, newestMs: this.#entries.at(-1)?.sentMs ?? Number.NaN, lastLostMs };
  }

  /** Sent time of the newest exchange; NaN before the first. */
  get newestMs(): number {
    return this.#entries.at(-1)?.sentMs ?? Number.NaN;
  }

  between(fromMs: number, toMs: number): { answered: number; lost: number } {
    let answered = 0;
    let lost = 0;
    for (let index = this.#entries.length - 1; index >= 0; index -= 1) {
      const { sentMs, isAnswered } = this.#entries[index]!; // within its length
      if (sentMs < fromMs) break;
      if (sentMs > toMs) continue;
      if (isAnswered) answered += 1;
      else lost += 1;
    }
    return { answered, lost };
  }

  hasAnswerBetween(fromMs: number, toMs: number): boolean {
    return this.#entries.some(({ sentMs, isAnswered }) => isAnswered && sentMs >= fromMs && sentMs <= toMs);
  }

  /** The last lost exchange sent before `ms`. */
  lastLostBefore(ms: number): number {
    for (let index = this.#entries.length - 1; index >= 0; index -= 1) {
      const entry = this.#entries[index]!; // within its length
      if (!entry.isAnswered && entry.sentMs < ms) return entry.sentMs;
    }
    return Number.NaN;
  }

  clear(): void {
    this.#entries = [];
    this.#answeredBeforeMs = Number.NEGATIVE_INFINITY;
  }

  #around(index: number): Silent | null {
    const entries = this.#entries;
    let first = index;
    while (first > 0 && !entries[first - 1]!.isAnswered) first -= 1; // above 0
    let last = index;
    while (last + 1 < entries.length && !entries[last + 1]!.isAnswered) last += 1; // below the length
    const silent: Silent = {
      firstLostMs: entries[first]!.sentMs,
      lastLostMs: entries[last]!.sentMs,
      answeredBeforeMs: entries[first - 1]?.sentMs ?? this.#answeredBeforeMs,
      answeredAfterMs: entries[last + 1]?.sentMs ?? Number.POSITIVE_INFINITY,
    };
    const { silenceMs } = this.#thresholds;
    const from = Math.max(silent.answeredBeforeMs, silent.firstLostMs - silenceMs);
    const to = Math.min(silent.answeredAfterMs, silent.lastLostMs);
    const seenMs = silent.lastLostMs - silent.firstLostMs;
    const isLong = to - from >= silenceMs && seenMs >= leastSeen * silenceMs;
    return last - first + 1 >= leastLost && isLong ? silent : null;
  }

  #forget(): void {
    const entries = this.#entries;
    const newestMs = entries.at(-1)?.sentMs ?? 0;
    if (entries.length < 64 || (entries[0]!.sentMs > newestMs - 2 * keepMs && entries.length < maxKept))
      return;
    let old = Math.max(0, entries.length - maxKept / 2);
    while (entries[old]!.sentMs < newestMs - keepMs) old += 1; // ends at the newest
    for (let index = 0; index < old; index += 1)
      if (entries[index]!.isAnswered) this.#answeredBeforeMs = entries[index]!.sentMs;
    entries.splice(0, old);
  }
}
