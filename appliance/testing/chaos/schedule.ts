import type { TrueExchange } from '../lab/truth.ts';

/** How evenly one target was probed, as the wire saw it. */
export interface Schedule {
  /** How far each gap between two sends was from the interval, ms, smallest first. */
  deviationsMs: number[];
  /** Slots in which nothing was sent. */
  missing: number;
}

/** A run of sequence numbers that is longer than this has another beginning. */
const maxStep = 16;

interface Chain {
  id: number;
  sends: { seq: number; atMs: number }[];
}

/**
 * The schedule of the continuous probing of one address. Single probes and closer looks may go to the same address with
 * numbers of their own, so the sends are followed from number to number and the longest row counts.
 */
export function scheduleOf(exchanges: readonly TrueExchange[], intervalMs: number): Schedule {
  const chains: Chain[] = [];
  for (const { id, seq, sentAtMs } of exchanges) {
    const steps = (chain: Chain) => (seq - (chain.sends.at(-1)?.seq ?? seq) + 65_536) % 65_536; // ICMP: 16 bits
    const fitting = chains.filter((chain) => chain.id === id && steps(chain) >= 1 && steps(chain) <= maxStep);
    const [chain] = fitting.sort((a, b) => steps(a) - steps(b));
    if (chain) chain.sends.push({ seq, atMs: sentAtMs });
    else chains.push({ id, sends: [{ seq, atMs: sentAtMs }] });
  }
  const sends = chains.sort((a, b) => b.sends.length - a.sends.length)[0]?.sends ?? [];
  const deviationsMs: number[] = [];
  let missing = 0;
  for (const [index, { seq, atMs }] of sends.entries()) {
    const before = sends[index - 1];
    if (!before) continue;
    const steps = (seq - before.seq + 65_536) % 65_536;
    missing += steps - 1;
    deviationsMs.push(Math.abs(atMs - before.atMs - steps * intervalMs));
  }
  return { deviationsMs: deviationsMs.sort((a, b) => a - b), missing };
}

/** The value below which this share of them lies; NaN of none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
