/** One full suspicion, and how many may follow each other at once before the share counts. */
const suspicionMs = 5000;
const burst = 3;
/** At most this share of the time is spent on suspicions of full speed. */
const share = 0.2;

/** A token bucket: a line that loses a packet every few seconds is not probed at full speed for ever. */
export class SuspicionBudget {
  #heldMs = burst * suspicionMs;
  #atMonoMs = Number.NaN;

  /** Takes the price of one suspicion; false when it is not there. */
  take(nowMonoMs: number): boolean {
    const earnedMs = Number.isNaN(this.#atMonoMs) ? 0 : (nowMonoMs - this.#atMonoMs) * share;
    this.#heldMs = Math.min(burst * suspicionMs, this.#heldMs + earnedMs);
    this.#atMonoMs = nowMonoMs;
    if (this.#heldMs < suspicionMs) return false;
    this.#heldMs -= suspicionMs;
    return true;
  }
}
