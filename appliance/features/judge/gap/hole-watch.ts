/** Finds the times within a run in which nothing was measured, from the exchanges themselves: no timer, no polling. */

export interface Hole {
  reason: 'suspended' | 'not-measured';
  /** When the first exchange after it was sent. */
  endMonoMs: number;
  /** In real time; the monotonic clock does not count what the machine slept. */
  lengthMs: number;
}

export interface Machine {
  /** Wall clock minus monotonic clock. */
  offsetMs: () => number;
  suspendedMs: () => number;
  /** A time without exchanges longer than this is a hole. */
  holeMs: () => number;
}

/** The clocks part by this much in no other way than by a step or by sleep. */
const jumpMs = 1000;

export class HoleWatch {
  readonly #machine: Machine;
  #lastMonoMs: number;
  #offsetMs: number;
  #suspendedMs: number;
  /** Slept, and no exchange was sent since. */
  #sleptMs = 0;

  constructor(machine: Machine, firstMonoMs: number) {
    this.#machine = machine;
    this.#lastMonoMs = firstMonoMs;
    this.#offsetMs = machine.offsetMs();
    this.#suspendedMs = machine.suspendedMs();
  }

  /** Tells when exchanges that have just ended were sent; returns the holes that they close. */
  see(sentMonoMs: readonly number[]): Hole[] {
    this.#lookForSleep();
    const newest = sentMonoMs.reduce((latest, sent) => Math.max(latest, sent), this.#lastMonoMs);
    if (newest === this.#lastMonoMs) return [];
    if (this.#sleptMs === 0 && newest - this.#lastMonoMs <= this.#machine.holeMs()) {
      this.#lastMonoMs = newest;
      return [];
    }
    return [...sentMonoMs].sort((one, other) => one - other).flatMap((sent) => this.#step(sent));
  }

  /** The hole that is open at this moment, if there is one. */
  open(nowMonoMs: number): Hole[] {
    this.#lookForSleep();
    return this.#step(nowMonoMs);
  }

  #step(monoMs: number): Hole[] {
    if (monoMs <= this.#lastMonoMs) return [];
    const awakeMs = monoMs - this.#lastMonoMs;
    const sleptMs = this.#sleptMs;
    if (sleptMs === 0 && awakeMs <= this.#machine.holeMs()) {
      this.#lastMonoMs = monoMs;
      return [];
    }
    this.#lastMonoMs = monoMs;
    this.#sleptMs = 0;
    const reason = sleptMs > 0 ? 'suspended' : 'not-measured';
    return [{ reason, endMonoMs: monoMs, lengthMs: awakeMs + sleptMs }];
  }

  /** A jump of the wall clock is asked about; two clock readings in place of a file of /proc in all other cases. */
  #lookForSleep(): void {
    const offsetMs = this.#machine.offsetMs();
    const hasJumped = Math.abs(offsetMs - this.#offsetMs) > jumpMs;
    this.#offsetMs = offsetMs;
    if (!hasJumped) return;
    const suspendedMs = this.#machine.suspendedMs();
    const grownMs = suspendedMs - this.#suspendedMs;
    this.#suspendedMs = suspendedMs;
    if (grownMs > jumpMs) this.#sleptMs += grownMs;
  }
}
