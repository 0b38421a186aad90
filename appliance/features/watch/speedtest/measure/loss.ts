/** Packets that are lost although the queue is not full: a bad line, and not one that is merely busy. Pure. */
import type { LoadSample, RemoteCount } from '../../../../core/load.ts';
import { type DelayAt, delaysBetween, quantile } from './trace.ts';

/** So many times segments must have been repeated before it is more than chance. */
const leastEvents = 4;
const mostlyShare = 0.5;
/** Below this share of the deepest queue seen, an overflow does not explain a loss. */
const lowQueueShare = 0.5;
const lookBackMs = 150;

interface Repeats {
  monoMs: number;
  retransmits: number;
}

export interface LossInput {
  samples: readonly LoadSample[];
  remotes: readonly RemoteCount[];
}

/** True when most repeats came while the delay was far from its highest. */
export function isLossy(
  { samples, remotes }: LossInput,
  delays: readonly DelayAt[],
  baseMs: number,
): boolean {
  const first = samples[0]?.monoMs ?? Number.NaN;
  const own = samples.map(({ monoMs, retransmits }) => ({ monoMs, retransmits }));
  const events = [...eventsOf(own), ...remoteEvents(remotes, first)];
  if (events.length < leastEvents) return false;
  const all = delaysBetween(delays, first, Number.POSITIVE_INFINITY).sorted;
  const lowMs = baseMs + (quantile(all, 0.98) - baseMs) * lowQueueShare;
  const low = events.filter((atMs) => {
    const { sorted } = delaysBetween(delays, atMs - lookBackMs - baseMs, atMs);
    return quantile(sorted, 0.9) < lowMs;
  });
  return low.length / events.length > mostlyShare;
}

/** Moments at which segments had been repeated since the sample before. */
function eventsOf(repeats: readonly Repeats[]): number[] {
  return repeats
    .filter(({ retransmits }, index) => index > 0 && retransmits > (repeats[index - 1]?.retransmits ?? 0))
    .map(({ monoMs }) => monoMs);
}

/** The other side tells four times a second, of each stream. */
function remoteEvents(remotes: readonly RemoteCount[], firstMs: number): number[] {
  const streams = new Map<number, Repeats[]>();
  for (const { stream, elapsedUs, retransmits } of remotes) {
    if (retransmits === null) continue;
    const known = streams.get(stream) ?? [];
    known.push({ monoMs: firstMs + elapsedUs / 1000, retransmits });
    streams.set(stream, known);
  }
  return [...streams.values()].flatMap(eventsOf);
}
