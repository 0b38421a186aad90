/** The same judge over stored exchanges: what was recorded can be drawn again from the data, by anybody, at any time. */
import { slot } from '../../../core/storing.ts';
import type { Evidence, LinkEvidence, NodeFacts } from './evidence.ts';
import { Judge, type JudgeOptions } from './judge.ts';
import type { BusyRecord, OutageRecord } from './records.ts';

/** One stored series of a target. */
export interface StoredSeries {
  facts: NodeFacts;
  isQuick: boolean;
  /** A loss was known this long after sending. */
  timeoutMs: number;
  /** Epoch ms of sending, in order, and µs or a `slot` code. */
  atMs: Float64Array;
  rttUs: Float64Array;
}

/** All exchanges in the order in which their outcomes were known. */
export function* storedEvidence(
  series: readonly StoredSeries[],
  fromMs: number,
  links: readonly LinkEvidence[] = [],
): Generator<Evidence> {
  const targets = new Map(series.map(({ facts }) => [facts.id, facts]));
  yield { kind: 'targets', atMs: fromMs, targets: [...targets.values()] };
  const order = orderOf(series);
  let nextLink = 0;
  for (const { which, index, knownMs } of order) {
    while (nextLink < links.length && links[nextLink]!.atMs <= knownMs) yield links[nextLink++]!; // within its length
    const { facts, isQuick, atMs, rttUs } = series[which]!; // made from it
    const value = rttUs[index]!; // same length
    yield {
      kind: 'exchange',
      atMs: knownMs,
      target: facts.id,
      sentMs: atMs[index]!, // same length
      rttUs: value >= 0 ? value : Number.NaN,
      isQuick,
    };
  }
}

function orderOf(series: readonly StoredSeries[]): { which: number; index: number; knownMs: number }[] {
  const order: { which: number; index: number; knownMs: number }[] = [];
  for (const [which, { atMs, rttUs, timeoutMs }] of series.entries()) {
    for (let index = 0; index < atMs.length; index += 1) {
      const value = rttUs[index]!; // same length
      if (value === slot.skipped) continue;
      const waitedMs = value >= 0 ? value / 1000 : value === slot.local ? 0 : timeoutMs;
      order.push({ which, index, knownMs: atMs[index]! + waitedMs }); // same length
    }
  }
  return order.sort((a, b) => a.knownMs - b.knownMs);
}

export interface Replayed {
  records: OutageRecord[];
  busy: BusyRecord[];
}

/** Judges stored evidence piece by piece, from the beginning. */
export class Replay {
  readonly #judge: Judge;
  readonly #records = new Map<number, OutageRecord>();
  readonly #busy = new Map<number, BusyRecord>();

  constructor(options: JudgeOptions = {}) {
    this.#judge = new Judge(options);
  }

  take(piece: Evidence): void {
    for (const change of this.#judge.take(piece)) {
      if (change.type === 'busy') this.#busy.set(change.busy.key, change.busy);
      else if (change.type !== 'worked') this.#records.set(change.record.key, change.record);
    }
  }

  get found(): Replayed {
    return { records: [...this.#records.values()], busy: [...this.#busy.values()] };
  }
}

export function rejudge(evidence: Iterable<Evidence>, options: JudgeOptions = {}): Replayed {
  const replay = new Replay(options);
  for (const piece of evidence) replay.take(piece);
  return replay.found;
}
