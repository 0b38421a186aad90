/** Traffic that fills the line: slow for a known reason, and nobody's fault. */

import type { DelayView } from './delay.ts';
import type { TrafficEvidence } from './evidence.ts';
import type { BusyRecord } from './records.ts';

/** Below this a line is idle, whatever its size. */
const leastBps = 1_000_000;
/** Queues of a full line add at least so much. */
const leastAddedUs = 8000;
/** Without counters only a delay that nobody could overlook is taken for a queue. */
const inferredAddedUs = 15_000;
/** The step to another delay looks like breathing for as long as it is in view. */
const inferredAfterMs = 4500;
/** No detour of an access line adds more; a queue does. */
const certainlyQueueUs = 300_000;
/** A queue breathes; a detour does not. */
const queueSpread = 0.12;
/** A delay of which the router at home shows so much is not the access line's. */
const homeShare = 0.4;
/** Traffic of the last seconds counts, that of this instant may pause. */
const trafficMs = 6000;
/** A busy line that pauses for less is still the same busy line. */
const endsAfterMs = 8000;
const startsAfterMs = 2000;
/** Queues and their losses outlast the traffic a little. */
const graceMs = 15_000;

export class BusyWatch {
  readonly #line: string;
  readonly #nextKey: () => number;
  readonly #tell: (busy: BusyRecord) => void;
  #traffic: TrafficEvidence[] = [];
  #candidateSinceMs = Number.NaN;
  #delayedSinceMs = Number.NaN;
  #lastBusyMs = Number.NEGATIVE_INFINITY;
  #open: BusyRecord | null = null;

  constructor(line: string, nextKey: () => number, tell: (busy: BusyRecord) => void) {
    this.#line = line;
    this.#nextKey = nextKey;
    this.#tell = tell;
  }

  get record(): BusyRecord | null {
    return this.#open;
  }

  /** Whether loss and delay on the access line at this moment have this reason. */
  explains(atMs: number): boolean {
    return atMs - this.#lastBusyMs <= graceMs;
  }

  traffic(traffic: TrafficEvidence): void {
    this.#traffic.push(traffic);
    while (this.#traffic[0]!.atMs < traffic.atMs - trafficMs) this.#traffic.shift(); // ends at the newest
  }

  /** Looks at the delays of this moment; `isLossy` when losses come with them. */
  judge(views: readonly DelayView[], isLossy: boolean, atMs: number): void {
    const reason = this.#reason(views, isLossy, atMs);
    if (reason) {
      this.#lastBusyMs = atMs;
      if (Number.isNaN(this.#candidateSinceMs)) this.#candidateSinceMs = atMs;
      if (!this.#open && atMs - this.#candidateSinceMs >= startsAfterMs) {
        this.#open = {
          key: this.#nextKey(),
          line: this.#line,
          startMs: this.#candidateSinceMs,
          endMs: null,
          ...reason,
        };
        this.#tell(this.#open);
      } else if (this.#open) this.#grow(this.#open, reason);
      return;
    }
    if (atMs - this.#lastBusyMs < endsAfterMs) return;
    this.#candidateSinceMs = Number.NaN;
    this.end(this.#lastBusyMs);
  }

  end(atMs: number): void {
    if (!this.#open) return;
    this.#open.endMs = Math.max(this.#open.startMs, Math.min(atMs, this.#lastBusyMs));
    const ended = this.#open;
    this.#open = null;
    this.#tell(ended);
  }

  #reason(
    views: readonly DelayView[],
    isLossy: boolean,
    atMs: number,
  ): Omit<BusyRecord, 'key' | 'line' | 'startMs' | 'endMs'> | null {
    const added = views.map(({ addedUs, addedAtIspUs }) =>
      Number.isNaN(addedAtIspUs) ? addedUs : Math.min(addedUs, addedAtIspUs),
    );
    const addedUs = Math.max(...added);
    if (!(addedUs >= leastAddedUs)) {
      this.#delayedSinceMs = Number.NaN;
      return null;
    }
    if (Number.isNaN(this.#delayedSinceMs)) this.#delayedSinceMs = atMs;
    const { downBps, upBps, source } = this.#flow(atMs);
    const direction = directionOf(downBps, upBps);
    if (Math.max(downBps, upBps) >= leastBps) return { direction, source, downBps, upBps, addedUs };
    const isAtHome = views.some(
      ({ addedAtGatewayUs, addedUs: all, isHomeUneven }) =>
        isHomeUneven || addedAtGatewayUs >= homeShare * all,
    );
    const breathUs = Math.max(...views.map((view) => view.breathUs));
    const isQueue = addedUs >= certainlyQueueUs || breathUs >= queueSpread * addedUs || isLossy;
    if (atMs - this.#delayedSinceMs < inferredAfterMs || isAtHome || addedUs < inferredAddedUs || !isQueue)
      return null;
    return { direction: 'unknown', source: 'inferred', downBps, upBps, addedUs };
  }

  /** The router's count where there is one, since it sees the whole house. */
  #flow(atMs: number): { downBps: number; upBps: number; source: 'own' | 'router' } {
    const fresh = this.#traffic.filter((traffic) => atMs - traffic.atMs <= trafficMs);
    const router = fresh.filter(({ source }) => source === 'router');
    const used = router.length > 0 ? router : fresh;
    return {
      source: router.length > 0 ? 'router' : 'own',
      downBps: Math.max(0, ...used.map((traffic) => traffic.downBps)),
      upBps: Math.max(0, ...used.map((traffic) => traffic.upBps)),
    };
  }

  #grow(open: BusyRecord, reason: Omit<BusyRecord, 'key' | 'line' | 'startMs' | 'endMs'>): void {
    open.addedUs = Math.max(open.addedUs, reason.addedUs);
    open.downBps = Math.max(open.downBps, reason.downBps);
    open.upBps = Math.max(open.upBps, reason.upBps);
    if (open.source === 'inferred' && reason.source !== 'inferred') {
      open.source = reason.source;
      this.#tell(open);
    }
    if (open.direction !== reason.direction && reason.direction !== 'unknown')
      open.direction = directionOf(open.downBps, open.upBps);
  }
}

function directionOf(downBps: number, upBps: number): 'down' | 'up' | 'both' {
  if (downBps >= leastBps && upBps >= leastBps && Math.min(downBps, upBps) * 20 >= Math.max(downBps, upBps))
    return 'both';
  return downBps >= upBps ? 'down' : 'up';
}
