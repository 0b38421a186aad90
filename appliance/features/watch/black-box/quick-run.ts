import type { Exchange } from '../../../core/probing.ts';
import { type SampleRun, slot } from '../../../core/storing.ts';
import { quickTimeoutMs } from './plan.ts';

/** One minute at 50 ms; what is longer is handed over in between. */
const maxSlots = 4096;

/** The exchanges of one target in one phase as a run of equally spaced slots, in whatever order they end. */
export class QuickRun {
  readonly #intervalMs: number;
  /** End of the phase before, so that the first slot does not hide its last ones. */
  readonly #afterMonoMs: number;
  #startMonoMs = Number.NaN;
  #firstSeq = 0;
  /** µs or a `slot` code; NaN while under way. */
  #values: number[] = [];
  #counts = { duplicates: 0, reordered: 0, late: 0 };
  #isFirst = true;

  constructor(intervalMs: number, afterMonoMs: number) {
    this.#intervalMs = intervalMs;
    this.#afterMonoMs = afterMonoMs;
  }

  add(exchange: Readonly<Exchange>): void {
    if (exchange.outcome === 'duplicate') this.#counts.duplicates += 1;
    else if (exchange.outcome === 'late') this.#counts.late += 1;
    else this.#place(exchange);
  }

  /** Takes what is settled; with `isOver` all of it, what never ended counting as not measured. */
  take(series: number, nowMonoMs: number, isOver: boolean): SampleRun[] {
    const settled = isOver ? this.#values.length : this.#settledAt(nowMonoMs);
    if (settled === 0) return [];
    const rttUs = Float64Array.from(this.#values.splice(0, settled), (value) =>
      Number.isNaN(value) ? slot.skipped : value,
    );
    const run = {
      series,
      startMonoMs: this.#startMonoMs,
      intervalMs: this.#intervalMs,
      rttUs,
      ...this.#counts,
    };
    this.#startMonoMs += settled * this.#intervalMs;
    this.#firstSeq += settled;
    this.#counts = { duplicates: 0, reordered: 0, late: 0 };
    if (!this.#isFirst) return [run];
    this.#isFirst = false;
    return splitFirst(run, this.#afterMonoMs);
  }

  #place(exchange: Readonly<Exchange>): void {
    // A slot that is still under way may end before an earlier one: the first to end says where the grid lies.
    if (Number.isNaN(this.#startMonoMs))
      this.#startMonoMs = exchange.sentMonoMs - exchange.seq * this.#intervalMs;
    const index = exchange.seq - this.#firstSeq;
    if (index < 0 || index >= maxSlots) return;
    while (this.#values.length <= index) this.#values.push(Number.NaN);
    this.#values[index] = slotValue(exchange);
    if (exchange.isReordered) this.#counts.reordered += 1;
  }

  #settledAt(nowMonoMs: number): number {
    const oldMs = nowMonoMs - quickTimeoutMs - 1000;
    const waiting = this.#values.findIndex(
      (value, index) => Number.isNaN(value) && this.#startMonoMs + index * this.#intervalMs > oldMs,
    );
    return waiting < 0 ? this.#values.length : waiting;
  }
}

/**
 * A run covers half a slot before its start, and what covers later wins in the store. After a quicker phase that would
 * hide its last slots, so the first slot of the slower one stands alone and is as wide as there is room.
 */
function splitFirst(run: SampleRun, afterMonoMs: number): SampleRun[] {
  const roomMs = run.startMonoMs - afterMonoMs;
  if (run.rttUs.length < 2 || !(roomMs < run.intervalMs)) return [run];
  const first = { ...run, intervalMs: Math.max(1, roomMs), rttUs: run.rttUs.slice(0, 1) };
  const rest = {
    ...run,
    startMonoMs: run.startMonoMs + run.intervalMs,
    rttUs: run.rttUs.slice(1),
    duplicates: 0,
    reordered: 0,
    late: 0,
  };
  return [first, rest];
}

function slotValue({ outcome, rttUs }: Readonly<Exchange>): number {
  switch (outcome) {
    case 'ok':
    case 'refused': // a refusal is an answer: the round trip was made
      return rttUs;
    case 'unreachable':
      return slot.unreachable;
    case 'local':
      return slot.local;
    case 'skipped':
      return slot.skipped;
    default:
      return slot.timeout;
  }
}
