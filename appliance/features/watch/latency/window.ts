import type { Outcome } from '../../../core/shapes.ts';

const keepMs = 15 * 60_000;
const maxSlots = 4096; // at 50/s that is 80 s, at 1/s the whole 15 minutes

/** Counts of one stretch of time; times in µs, NaN when nothing answered. */
export interface WindowSummary {
  count: number;
  lost: number;
  p50Us: number;
  minUs: number;
  maxUs: number;
  lastRttUs: number;
  /** Exchanges lost in a row at the end. */
  lostInRow: number;
  /** CLOCK_MONOTONIC ms of the first exchange of that row; NaN when the last one was answered. */
  lostSinceMonoMs: number;
  lastSentMonoMs: number;
}

/** Every second every target is summed up: sorting in one place that stays makes no garbage. */
const sorted = new Float32Array(maxSlots);

/** The last quarter of an hour of one target at full resolution, in a ring of fixed size. */
export class LiveWindow {
  readonly #sent: Float64Array;
  /** µs; NaN = lost. Slots that were not measured are not in the ring. */
  readonly #rtt: Float32Array;
  #next = 0;
  #length = 0;

  constructor(intervalMs: number) {
    const slots = Math.min(maxSlots, Math.max(64, Math.ceil(keepMs / intervalMs)));
    this.#sent = new Float64Array(slots);
    this.#rtt = new Float32Array(slots);
  }

  add(sentMonoMs: number, outcome: Outcome, rttUs: number): void {
    if (outcome === 'skipped') return;
    // Results arrive as they end: put a slow answer back where it was sent, so that a row of losses is a row.
    let index = this.#next;
    for (let step = 0; step < this.#length; step += 1) {
      const before = (index - 1 + this.#sent.length) % this.#sent.length;
      if (this.#sent[before]! <= sentMonoMs) break;
      this.#sent[index] = this.#sent[before]!;
      this.#rtt[index] = this.#rtt[before]!;
      index = before;
    }
    this.#sent[index] = sentMonoMs;
    this.#rtt[index] = outcome === 'ok' || outcome === 'refused' ? rttUs : Number.NaN;
    this.#next = (this.#next + 1) % this.#sent.length;
    this.#length = Math.min(this.#length + 1, this.#sent.length);
  }

  /** Visits what was sent at or after `fromMonoMs`, oldest first; rttUs is NaN for a lost exchange. */
  forEach(fromMonoMs: number, visit: (sentMonoMs: number, rttUs: number) => void): void {
    const slots = this.#sent.length;
    let steps = 0;
    // The ring is dense below #length and in the order of sending: walk back from the newest, then visit forwards.
    while (steps < this.#length && this.#sent[(this.#next - 1 - steps + slots) % slots]! >= fromMonoMs)
      steps += 1;
    for (let step = steps; step > 0; step -= 1) {
      const index = (this.#next - step + slots) % slots;
      visit(this.#sent[index]!, this.#rtt[index]!);
    }
  }

  summarise(fromMonoMs: number): WindowSummary {
    let answered = 0;
    const summary: WindowSummary = {
      count: 0,
      lost: 0,
      p50Us: Number.NaN,
      minUs: Number.NaN,
      maxUs: Number.NaN,
      lastRttUs: Number.NaN,
      lostInRow: 0,
      lostSinceMonoMs: Number.NaN,
      lastSentMonoMs: Number.NaN,
    };
    this.forEach(fromMonoMs, (sent, rtt) => {
      summary.count += 1;
      summary.lastSentMonoMs = sent;
      if (Number.isNaN(rtt)) {
        summary.lost += 1;
        summary.lostInRow += 1;
        if (summary.lostInRow === 1) summary.lostSinceMonoMs = sent;
      } else {
        sorted[answered] = rtt;
        answered += 1;
        summary.lastRttUs = rtt;
        summary.lostInRow = 0;
        summary.lostSinceMonoMs = Number.NaN;
      }
    });
    if (answered > 0) {
      const rtts = sorted.subarray(0, answered).sort();
      summary.minUs = rtts[0]!;
      summary.maxUs = rtts[answered - 1]!;
      const middle = (answered - 1) / 2;
      summary.p50Us = (rtts[Math.floor(middle)]! + rtts[Math.ceil(middle)]!) / 2;
    }
    return summary;
  }
}
