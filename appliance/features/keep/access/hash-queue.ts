import { AppError } from '../../../core/errors.ts';

/** Tries under way at once, from strangers; addresses that are known have as many places again. */
export const maxUnderWay = 32;

interface Waiting {
  isKnown: boolean;
  start(): void;
}

/**
 * One password hash at a time: each takes 19 MiB and a core of a small board. Tries from addresses that are known go
 * first and have places of their own, so that a flood from everywhere does not keep the owner out.
 */
export class HashQueue {
  #isBusy = false;
  #underWay = 0;
  readonly #waiting: Waiting[] = [];

  get underWay(): number {
    return this.#underWay;
  }

  /** Throws `SIGN_IN_BUSY` when all places are taken. `before` holds a place and does not hold the processor. */
  async run<Result>(
    isKnown: boolean,
    work: () => Promise<Result>,
    before: () => Promise<void> = async () => undefined,
  ): Promise<Result> {
    if (this.#underWay >= (isKnown ? 2 * maxUnderWay : maxUnderWay)) throw busy();
    this.#underWay += 1;
    try {
      await before();
      return await this.#inTurn(isKnown, work);
    } finally {
      this.#underWay -= 1;
    }
  }

  async #inTurn<Result>(isKnown: boolean, work: () => Promise<Result>): Promise<Result> {
    if (this.#isBusy) await this.#wait(isKnown);
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#isBusy = false;
      else next.start(); // still busy, so that nobody slips in before that one runs on
    }
  }

  #wait(isKnown: boolean): Promise<void> {
    return new Promise((start) => {
      const stranger = isKnown ? this.#waiting.findIndex((waiting) => !waiting.isKnown) : -1;
      this.#waiting.splice(stranger < 0 ? this.#waiting.length : stranger, 0, { isKnown, start });
    });
  }
}

function busy(): AppError {
  return new AppError('SIGN_IN_BUSY', 'Too many sign-ins at the same time; try again in a few seconds', {
    status: 503,
    details: { retryAfterSeconds: 5 },
  });
}
