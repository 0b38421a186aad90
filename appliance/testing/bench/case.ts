import type { Lab } from '../lab/lab.ts';
import type { LongRun } from './long-run.ts';

/** One number, with its unit, as the table shows it. */
export interface Quantity {
  value: number;
  unit: string;
}

/** One line of the table. */
export interface Finding {
  /** What of the case it is, when a case has several. */
  what: string;
  ours: Quantity | null;
  peer: (Quantity & { name: string }) | null;
  /** In words, from the list of targets. */
  target: string;
  /** null: shown, not judged; or "not measured", with the reason in the note. */
  isMet: boolean | null | 'not measured';
  /** How it was measured, when that is not obvious. */
  note?: string;
}

export interface BenchCase {
  id: string;
  title: string;
  run(bench: Bench): Promise<Finding[]>;
}

/** Thrown by a case that cannot run here; the table then says "not measured" and why, which never counts as met. */
export class NotMeasured extends Error {
  override name = 'NotMeasured';
}

/** What a case may use. */
export interface Bench {
  /** The long versions: 10,000 probes, 50 kills, … */
  readonly isFull: boolean;
  readonly rounds: number;
  readonly minutes: number;
  /** Scratch space that outlives the run. */
  readonly cacheFolder: string;
  say(text: string): void;
  /** The network of this run, healthy again at each call. */
  lab(): Promise<Lab>;
  /** The service with ten targets over `minutes`, run once for all cases that look at it. */
  longRun(): Promise<LongRun>;
  /** Makes sure that a program is there, by apt when this is root; throws NotMeasured when it is not to be had. */
  need(program: string, aptPackage: string): Promise<void>;
}

export const us = (value: number): Quantity => ({ value, unit: 'µs' });
export const ms = (value: number): Quantity => ({ value, unit: 'ms' });
export const mb = (value: number): Quantity => ({ value, unit: 'MB' });
export const count = (value: number, unit = ''): Quantity => ({ value, unit });

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return Number.NaN;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] ?? Number.NaN;
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Runs ours and the peer in turn, so that a slow minute of the machine meets both, and returns all rounds. */
export async function interleave<Ours, Peer>(
  rounds: number,
  ours: (round: number) => Promise<Ours>,
  peer: (round: number) => Promise<Peer>,
): Promise<{ ours: Ours[]; peer: Peer[] }> {
  const result: { ours: Ours[]; peer: Peer[] } = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) result.ours.push(await ours(round));
    result.peer.push(await peer(round));
    if (round % 2 === 1) result.ours.push(await ours(round));
  }
  return result;
}
