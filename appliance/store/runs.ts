import { timeOf } from '../core/quantise.ts';
import { Jitter } from '../core/statistics.ts';
import { slot } from '../core/storing.ts';

/** A `SampleRun` in codes, on whatever time axis its holder says: monotonic in packets, epoch in queries. */
export interface CodeRun {
  startMs: number;
  intervalMs: number;
  /** Codes of core/quantise.ts; `slot` values where there is no time. */
  codes: Int16Array;
  duplicates: number;
  reordered: number;
  late: number;
}

export function endOf(run: CodeRun): number {
  return run.startMs + run.codes.length * run.intervalMs;
}

/** The part of a run from slot `from` up to `to`; the amendments stay with the part that holds the first slot. */
function part(run: CodeRun, from: number, to: number): CodeRun {
  const keeps = from === 0;
  return {
    startMs: run.startMs + from * run.intervalMs,
    intervalMs: run.intervalMs,
    codes: run.codes.subarray(from, to),
    duplicates: keeps ? run.duplicates : 0,
    reordered: keeps ? run.reordered : 0,
    late: keeps ? run.late : 0,
  };
}

/** Starts are kept in whole µs and epochs have 0.2 µs as a double: a slot this close before a moment is on it. */
export const roundingMs = 0.01;

/** Index of the first slot at or after a moment. */
function slotAt(run: CodeRun, atMs: number): number {
  const index = Math.ceil((atMs - run.startMs - roundingMs) / run.intervalMs);
  return Math.min(Math.max(index, 0), run.codes.length);
}

/** The slots that start within [fromMs, toMs), or null when there are none. */
export function clip(run: CodeRun, fromMs: number, toMs: number): CodeRun | null {
  const from = slotAt(run, fromMs);
  const to = slotAt(run, toMs);
  if (from >= to) return null;
  return from === 0 && to === run.codes.length ? run : part(run, from, to);
}

/**
 * Lays runs of one series over each other, so that no moment counts twice: where two overlap, the later in the list
 * wins. (They overlap when the clock was set back, or when the same hour is imported again.) Result in time order.
 */
export function overlay(runs: readonly CodeRun[]): CodeRun[] {
  let result: CodeRun[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    // Half a slot of tolerance: neighbours touch, they do not overlap.
    const from = run.startMs - run.intervalMs / 2;
    if (last === undefined || from >= lastSlot(last)) {
      result.push(run);
      continue;
    }
    const to = endOf(run) - run.intervalMs / 2;
    const kept: CodeRun[] = [];
    let isPlaced = false;
    for (const older of result) {
      const before = clip(older, Number.NEGATIVE_INFINITY, from);
      const after = clip(older, to, Number.POSITIVE_INFINITY);
      if (before !== null) kept.push(before);
      if (!isPlaced && (after !== null || older.startMs >= to)) {
        kept.push(run);
        isPlaced = true;
      }
      if (after !== null) kept.push(after);
    }
    if (!isPlaced) kept.push(run);
    result = kept;
  }
  return result;
}

function lastSlot(run: CodeRun): number {
  return endOf(run) - run.intervalMs;
}

/**
 * Joins runs that continue each other on the same grid (to 2 ms); expects time order. Amendments count at the start of
 * their run, so a run that has some begins a new one.
 */
export function join(runs: readonly CodeRun[]): CodeRun[] {
  const result: CodeRun[] = [];
  let group: CodeRun[] = [];
  const close = () => {
    const first = group[0];
    if (first === undefined) return;
    result.push(group.length === 1 ? first : joined(first, group));
    group = [];
  };
  for (const run of runs) {
    const last = group.at(-1);
    if (last !== undefined && !continues(last, run)) close();
    group.push(run);
  }
  close();
  return result;
}

function continues(last: CodeRun, run: CodeRun): boolean {
  const isAmended = run.duplicates + run.reordered + run.late > 0;
  return !isAmended && last.intervalMs === run.intervalMs && Math.abs(endOf(last) - run.startMs) <= 2;
}

function joined(first: CodeRun, group: readonly CodeRun[]): CodeRun {
  const codes = new Int16Array(group.reduce((sum, run) => sum + run.codes.length, 0));
  let offset = 0;
  for (const run of group) {
    codes.set(run.codes, offset);
    offset += run.codes.length;
  }
  return { ...first, codes };
}

/** True when at least one slot was measured. */
export function hasMeasured(run: CodeRun): boolean {
  return run.codes.some((code) => code !== slot.skipped);
}

/**
 * Visits every slot of one hour's runs in time order, with the jitter estimate after it (NaN where there is none). The
 * estimate starts anew each hour, so that what a query finds does not depend on where the query begins.
 */
export function walk(
  runs: readonly CodeRun[],
  visit: (atMs: number, code: number, intervalMs: number, jitterUs: number) => void,
): void {
  const jitter = new Jitter();
  let expectedMs = Number.NaN;
  for (const run of runs) {
    if (Math.abs(run.startMs - expectedMs) > run.intervalMs / 2) jitter.pause();
    const { codes, intervalMs, startMs } = run;
    for (let index = 0; index < codes.length; index += 1) {
      const code = codes[index]!; // within its length
      visit(
        startMs + index * intervalMs,
        code,
        intervalMs,
        code < 0 ? Number.NaN : jitter.next(timeOf(code)),
      );
    }
    expectedMs = endOf(run);
  }
}
