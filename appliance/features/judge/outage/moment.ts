/** The line at this moment, before anything about it is sure: so much is enough to acquit others. Pure. */
import type { Family } from '../../../core/shapes.ts';
import type { LineView } from './line-view.ts';
import type { NodeTrack } from './track.ts';

/** Loss comes and goes: what is worse, the last seconds or somewhat longer, counts. */
const lossMs = [3000, 8000] as const;
/** By then every loss is known; answers are known at once, and would outnumber them. */
const knownAfterMs = 3100;
/** A queue fills within seconds; names wait in it like everything else. */
const delayMs = 2500;
const addedUs = 50_000;

export interface Moment {
  /** What hosts on the Internet lose, 0..1; with half a packet more, since none of sixty is not never. */
  lossRatio: number;
  /** Most of them take longer than usual. */
  isSlow: boolean;
}

/** By the hosts that stand for the Internet in the families that are not silent. */
export function momentOf(view: LineView, silent: readonly Family[], atMs: number): Moment {
  const world = view
    .families()
    .filter((family) => !silent.includes(family))
    .flatMap((family) => view.worldNodes(family));
  const added = world
    .map((track) => track.recent(atMs - delayMs).medianUs - track.baselineUs)
    .filter((value) => !Number.isNaN(value));
  const slow = added.filter((value) => value >= addedUs);
  return {
    lossRatio: Math.max(
      ...lossMs.map((forMs) => lossOf(world, atMs - knownAfterMs - forMs, atMs - knownAfterMs)),
    ),
    isSlow: slow.length > 0 && slow.length * 2 >= added.length,
  };
}

function lossOf(world: readonly NodeTrack[], fromMs: number, toMs: number): number {
  let sent = 0;
  let lost = 0;
  for (const track of world) {
    const counts = track.counts(fromMs, toMs);
    sent += counts.sent;
    lost += counts.lost;
  }
  return (lost + 0.5) / (sent + 1);
}
