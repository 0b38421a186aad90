/** One page in one family of one line: when it is its turn, and what it did lately. */
import type { Family } from '../../../core/shapes.ts';
import type { Page } from './expectation.ts';
import type { PageCheck, PageOutcome } from './schema.ts';

const hurriedPaceMs = 3000;
/** A page that has no address in this family may get one some day. */
const absentPaceMs = 10 * 60_000;
/** A first failure is looked at again soon, for so long. */
const confirmMs = 10_000;
const firstStepMs = 2000;
/** Fetches under way at once: one and the next, when the first one waits for its timeout. */
const maxUnderWay = 2;

export class PageWatch {
  readonly line: string;
  readonly page: Page;
  readonly family: Family;
  readonly failedTotals = new Map<PageOutcome, number>();
  last: PageCheck | null = null;
  /** Seconds of the last good one; NaN while there is none. */
  lastGoodSeconds = Number.NaN;
  /** It has no address in this family, which is nobody's fault. */
  isAbsent = false;
  #share: number;
  #notBeforeMonoMs: number;
  #underWay = 0;
  #lastBegunMonoMs = Number.NEGATIVE_INFINITY;
  #newestMonoMs = Number.NEGATIVE_INFINITY;
  #confirmUntilMonoMs = Number.NEGATIVE_INFINITY;
  #previous: PageOutcome | null = null;
  #settled: PageOutcome | null = null;

  /** `place` of `count`: the pages of a line are spread over the interval. */
  constructor(
    { line, page, family }: Pick<PageWatch, 'line' | 'page' | 'family'>,
    { place, count }: { place: number; count: number },
    nowMonoMs: number,
  ) {
    this.line = line;
    this.page = page;
    this.family = family;
    this.#share = place / count;
    this.#notBeforeMonoMs = nowMonoMs + (place + 1) * firstStepMs;
  }

  /** Two in a row make an outcome; null until then. */
  get outcome(): PageOutcome | null {
    return this.#settled;
  }

  get wasEverGood(): boolean {
    return !Number.isNaN(this.lastGoodSeconds);
  }

  get hasRoom(): boolean {
    return this.#underWay < maxUnderWay;
  }

  isDue(nowMonoMs: number, intervalMs: number, isHurried: boolean): boolean {
    if (!this.hasRoom || nowMonoMs < this.#notBeforeMonoMs) return false;
    const isQuick = isHurried || nowMonoMs < this.#confirmUntilMonoMs;
    const paceMs = this.isAbsent ? absentPaceMs : isQuick ? hurriedPaceMs : intervalMs;
    // Half a second off the full ones, on which the tick falls: a millisecond early or late makes no difference.
    const turnAt = (atMonoMs: number) => Math.floor((atMonoMs + 500) / paceMs - this.#share);
    return turnAt(nowMonoMs) > turnAt(this.#lastBegunMonoMs);
  }

  begin(nowMonoMs: number): void {
    this.#underWay += 1;
    this.#lastBegunMonoMs = nowMonoMs;
  }

  end(): void {
    this.#underWay -= 1;
  }

  /** True when its outcome is another one than before, twice in a row. */
  take(check: PageCheck, sentMonoMs: number, nowMonoMs: number): boolean {
    const { outcome, totalMs } = check;
    if (outcome === 'ok') this.lastGoodSeconds = (totalMs ?? 0) / 1000;
    else this.failedTotals.set(outcome, (this.failedTotals.get(outcome) ?? 0) + 1);
    if (sentMonoMs < this.#newestMonoMs) return false; // overtaken by one that was sent later
    this.#newestMonoMs = sentMonoMs;
    this.last = check;
    if (outcome !== 'ok' && this.#settled === 'ok' && this.#previous === 'ok')
      this.#confirmUntilMonoMs = nowMonoMs + confirmMs;
    return this.#settle(outcome);
  }

  /** Two failures of different kinds in a row are a failure as well: the newer one. */
  #settle(outcome: PageOutcome): boolean {
    const previous = this.#previous;
    const before = this.#settled;
    this.#previous = outcome;
    if (before === null) {
      this.#settled = outcome;
      return false;
    }
    const isConfirmed =
      previous === outcome || (before === 'ok' && previous !== 'ok' && outcome !== 'ok' && previous !== null);
    if (outcome === before || !isConfirmed) return false;
    this.#settled = outcome;
    return true;
  }
}
