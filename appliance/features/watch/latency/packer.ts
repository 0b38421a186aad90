import type { Exchange } from '../../../core/probing.ts';
import { type MinutePacket, type SampleRun, slot } from '../../../core/storing.ts';

const pending = -9;
/** Slots of one series that wait for an earlier one at most; beyond it the missing ones count as not measured. */
const maxWaiting = 16_384;

interface OpenRun {
  startMonoMs: number;
  firstSeq: number;
  /** One entry a slot: µs, a `slot` code, or `pending`. */
  values: number[];
  duplicates: number;
  reordered: number;
  late: number;
}

/** Collects the exchanges of one series, in whatever order they end, into runs of equally spaced slots. */
export class SeriesPacker {
  readonly #series: number;
  readonly #intervalMs: number;
  #open: OpenRun | null = null;
  #closed: OpenRun[] = [];

  constructor(series: number, intervalMs: number) {
    this.#series = series;
    this.#intervalMs = intervalMs;
  }

  add(exchange: Readonly<Exchange>): void {
    const run = this.#runFor(exchange);
    if (!run) return;
    switch (exchange.outcome) {
      case 'duplicate':
        run.duplicates += 1;
        return;
      case 'late':
        run.late += 1;
        return;
      default:
        if (exchange.isReordered) run.reordered += 1;
        run.values[exchange.seq - run.firstSeq] = slotValue(exchange);
    }
  }

  /** Takes every slot that is settled; the rest stays for the next packet. */
  take(): SampleRun[] {
    const runs = [...this.#closed, ...(this.#open ? [this.#open] : [])];
    this.#closed = [];
    const taken = runs.map((run) =>
      run === this.#open ? this.#takeSettled(run) : this.#toRun(run, run.values.length),
    );
    return taken.filter((run) => run !== null && run.rttUs.length > 0) as SampleRun[]; // nulls were just dropped
  }

  /** The same as a copy, without taking anything: slots still under way count as not measured. */
  peek(): SampleRun[] {
    const runs = [...this.#closed, ...(this.#open ? [this.#open] : [])];
    return runs.filter((run) => run.values.length > 0).map((run) => this.#toRun(run, run.values.length));
  }

  #runFor(exchange: Readonly<Exchange>): OpenRun | null {
    const open = this.#open;
    if (open && exchange.seq < open.firstSeq) {
      // An amendment to a slot that has been handed over: its counters go with the next packet.
      return exchange.outcome === 'late' || exchange.outcome === 'duplicate' ? open : null;
    }
    if (open) {
      const index = exchange.seq - open.firstSeq;
      const expected = open.startMonoMs + index * this.#intervalMs;
      // The engine keeps an absolute schedule; where it had to start a new one (resume, clock trouble), so do we.
      if (index < maxWaiting && Math.abs(exchange.sentMonoMs - expected) <= this.#intervalMs / 2) {
        while (open.values.length <= index) open.values.push(pending);
        return open;
      }
      if (open.values.length > 0) this.#closed.push(open);
    }
    this.#open = {
      startMonoMs: exchange.sentMonoMs,
      firstSeq: exchange.seq,
      values: [pending],
      duplicates: 0,
      reordered: 0,
      late: 0,
    };
    return this.#open;
  }

  #takeSettled(run: OpenRun): SampleRun | null {
    const firstPending = run.values.indexOf(pending);
    const settled = firstPending < 0 ? run.values.length : firstPending;
    const taken = this.#toRun(run, settled);
    run.values = run.values.slice(settled);
    run.firstSeq += settled;
    run.startMonoMs += settled * this.#intervalMs;
    run.duplicates = 0;
    run.reordered = 0;
    run.late = 0;
    return taken;
  }

  #toRun(run: OpenRun, length: number): SampleRun {
    const rttUs = new Float64Array(length);
    for (let index = 0; index < length; index += 1) {
      const value = run.values[index]!; // below values.length
      rttUs[index] = value === pending ? slot.skipped : value;
    }
    return {
      series: this.#series,
      startMonoMs: run.startMonoMs,
      intervalMs: this.#intervalMs,
      rttUs,
      duplicates: run.duplicates,
      reordered: run.reordered,
      late: run.late,
    };
  }
}

function slotValue(exchange: Readonly<Exchange>): number {
  switch (exchange.outcome) {
    case 'ok':
    case 'refused': // a refusal is an answer: the round trip was made
      return exchange.rttUs;
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

/** Joins the runs of many series into the packet of a minute; null when nothing was measured. */
export function packetOf(runs: SampleRun[]): MinutePacket | null {
  if (runs.length === 0) return null;
  return { startMonoMs: Math.min(...runs.map((run) => run.startMonoMs)), runs };
}
