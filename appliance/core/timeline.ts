import type { Clock } from './clock.ts';
import type { Anchor } from './storing.ts';

/** A wall clock that differs this much from where it should be has been stepped; less is discipline by NTP. */
const stepMs = 500;

export interface TimelineChange {
  anchor: Anchor;
  /** How far the wall clock jumped; 0 when it only became known. */
  steppedMs: number;
}

/** What the operating system says about its clock. */
export interface ClockTrust {
  /** Disciplined by NTP/PTP now (adjtimex without STA_UNSYNC). */
  isSynchronised: boolean;
  /** A battery-backed clock set the time at boot. */
  hasHardwareClock: boolean;
}

/**
 * Maps the monotonic clock to UTC. Everything is measured on the monotonic clock; the wall clock only labels it, so a
 * step changes labels and never makes a gap, a double or a negative round-trip time.
 */
export class Timeline {
  readonly #clock: Clock;
  readonly #trust: () => ClockTrust;
  /** Times before this cannot be true: the newest moment found in the data folder, or the day of the release. */
  readonly #notBeforeMs: number;
  readonly #listeners = new Set<(change: TimelineChange) => void>();
  #anchor: Anchor;

  constructor(clock: Clock, trust: () => ClockTrust, notBeforeMs: number) {
    this.#clock = clock;
    this.#trust = trust;
    this.#notBeforeMs = notBeforeMs;
    this.#anchor = { offsetMs: this.#offsetNow(), isKnown: false };
    this.#anchor = { ...this.#anchor, isKnown: this.#isBelievable() };
  }

  get anchor(): Readonly<Anchor> {
    return this.#anchor;
  }

  /** UTC epoch ms of a moment on the monotonic clock, as best known now. */
  wallMs(monoMs: number): number {
    return monoMs + this.#anchor.offsetMs;
  }

  nowMs(): number {
    return this.wallMs(this.#clock.monoMs());
  }

  onChange(listener: (change: TimelineChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Compares the clocks; call it every few seconds. Small drift is followed silently, a step or new trust is told. */
  check(): void {
    const offsetMs = this.#offsetNow();
    const drift = offsetMs - this.#anchor.offsetMs;
    const isStep = Math.abs(drift) >= stepMs;
    const isKnown = this.#anchor.isKnown || this.#isBelievable();
    if (this.#anchor.isKnown && isStep && !this.#isBelievable()) return; // back to 1970: keep what we had
    const becameKnown = isKnown && !this.#anchor.isKnown;
    this.#anchor = { offsetMs, isKnown };
    if (!isStep && !becameKnown) return;
    const change = { anchor: this.#anchor, steppedMs: isStep ? drift : 0 };
    for (const listener of this.#listeners) listener(change);
  }

  #isBelievable(): boolean {
    if (this.#clock.wallMs() < this.#notBeforeMs) return false;
    const trust = this.#trust();
    return trust.isSynchronised || trust.hasHardwareClock;
  }

  /** Brackets the wall reading by two monotonic ones, so that a preemption in between cannot look like a step. */
  #offsetNow(): number {
    let best = Number.POSITIVE_INFINITY;
    let offset = 0;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const before = this.#clock.monoMs();
      const wall = this.#clock.wallMs();
      const after = this.#clock.monoMs();
      if (after - before < best) {
        best = after - before;
        offset = wall - (before + after) / 2;
      }
    }
    return offset;
  }
}
