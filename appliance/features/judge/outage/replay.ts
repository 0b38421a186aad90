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

/** Judges a stretch of evidence from the beginning. */
export function rejudge(evidence: Iterable<Evidence>, options: JudgeOptions = {}): Replayed {
  const judge = new Judge(options);
  const records = new Map<number, OutageRecord>();
  const busy = new Map<number, BusyRecord>();
  for (const piece of evidence) {
    for (const change of judge.take(piece)) {
      if (change.type === 'busy') busy.set(change.busy.key, change.busy);
      else if (change.type !== 'worked') records.set(change.record.key, change.record);
    }
  }
  return { records: [...records.values()], busy: [...busy.values()] };
}
