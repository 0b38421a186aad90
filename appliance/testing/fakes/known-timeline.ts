import type { Clock } from '../../core/clock.ts';
import { Timeline } from '../../core/timeline.ts';

/** A timeline over a clock that is believed. */
export function knownTimeline(clock: Clock): Timeline {
  return new Timeline(clock, () => ({ isSynchronised: true, hasHardwareClock: true }), 0);
}
