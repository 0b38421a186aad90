import type { Clock } from '../../../core/clock.ts';
import { SuspicionBudget } from './budget.ts';
import { phases, slowerFromMs } from './plan.ts';

/** It ends this long after the last call. */
const holdMs = 5000;
/** The same reason makes it quick again only after this time, another one sooner. */
const restartMs = 30_000;
/** However often the reason changes while an outage is open. */
const leastRestartMs = 10_000;

interface LineHurry {
  reason: string | null;
  /** When the quick phase began, or would have begun. */
  startedMonoMs: number;
  untilMonoMs: number;
}

interface Options {
  clock: Clock;
  /** True while something is being kept for this line: then the budget does not count. */
  isOpen: (line: string) => boolean;
  /** Called at each phase with the age of the suspicion; null when it is over. */
  onPhase: (line: string, ageMs: number | null) => void;
}

/** When each line is probed how quickly: phases, their end and what they may cost. */
export class Hurry {
  readonly #options: Options;
  /** One per line of the configuration that was ever suspected. */
  readonly #budgets = new Map<string, SuspicionBudget>();
  readonly #lines = new Map<string, LineHurry>();
  readonly #cancels = new Map<string, () => void>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Without a reason a call that finds a suspicion under way only makes it last. */
  call(line: string, reason: string | null): void {
    const now = this.#options.clock.monoMs();
    const known = this.#lines.get(line);
    if (!known) {
      const startedMonoMs = this.#mayBeQuick(line, now) ? now : now - slowerFromMs;
      this.#lines.set(line, { reason, startedMonoMs, untilMonoMs: now + holdMs });
      this.#enter(line);
      return;
    }
    known.untilMonoMs = now + holdMs;
    const ageMs = now - known.startedMonoMs;
    const isNews = reason !== null && reason !== known.reason;
    const newsMs = this.#options.isOpen(line) ? leastRestartMs : slowerFromMs;
    if (ageMs < (isNews ? newsMs : restartMs)) return;
    known.reason = reason ?? known.reason;
    if (!this.#mayBeQuick(line, now)) return;
    known.startedMonoMs = now;
    this.#enter(line);
  }

  isHurrying(line: string): boolean {
    return this.#lines.has(line);
  }

  /** Age of a line's suspicion; null without one. */
  ageMs(line: string): number | null {
    const known = this.#lines.get(line);
    return known ? this.#options.clock.monoMs() - known.startedMonoMs : null;
  }

  lines(): string[] {
    return [...this.#lines.keys()];
  }

  stop(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
    this.#lines.clear();
  }

  #mayBeQuick(line: string, now: number): boolean {
    const budget = this.#budgets.get(line) ?? new SuspicionBudget();
    this.#budgets.set(line, budget);
    return budget.take(now) || this.#options.isOpen(line);
  }

  /** Tells the phase of now and wakes at the next border: of a phase, or of the whole. */
  #enter(line: string): void {
    this.#options.onPhase(line, this.ageMs(line));
    this.#wakeNext(line);
  }

  #wakeNext(line: string): void {
    this.#cancels.get(line)?.();
    const known = this.#lines.get(line);
    if (!known) return;
    const { clock } = this.#options;
    const now = clock.monoMs();
    const ageMs = now - known.startedMonoMs;
    const border = phases.find(({ untilMs }) => ageMs < untilMs)?.untilMs ?? Number.POSITIVE_INFINITY;
    const delayMs = Math.max(0, Math.min(border - ageMs, known.untilMonoMs - now));
    this.#cancels.set(
      line,
      clock.after(delayMs, () => this.#wake(line, border)),
    );
  }

  #wake(line: string, border: number): void {
    const known = this.#lines.get(line);
    if (!known) return;
    const now = this.#options.clock.monoMs();
    if (now >= known.untilMonoMs) {
      this.#lines.delete(line);
      this.#cancels.delete(line);
      this.#options.onPhase(line, null);
    } else if (now - known.startedMonoMs >= border) this.#enter(line);
    else this.#wakeNext(line); // it was extended meanwhile
  }
}
