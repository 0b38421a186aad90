import { messageOf } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';

/** Work that waits while the disk is full or the key is missing; what is beyond is found again at the next start. */
const maxDue = 500;

/** Does one thing after the other, and what failed again when it is next run. */
export class Agenda {
  readonly #log: Log;
  readonly #due = new Map<string, () => Promise<void>>();
  #running: Promise<void> | null = null;
  #lastTrouble = '';

  constructor(log: Log) {
    this.#log = log;
  }

  /** Newer work on the same subject takes the place of older. */
  add(subject: string, work: () => Promise<void>): void {
    if (this.#due.size < maxDue || this.#due.has(subject)) this.#due.set(subject, work);
  }

  /** Resolves when everything was tried once; never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#work().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #work(): Promise<void> {
    const failed = new Map<string, () => Promise<void>>();
    let trouble = '';
    // What is added meanwhile comes at the end of the map, and has its turn in this run.
    for (const [subject, work] of this.#due) {
      this.#due.delete(subject);
      try {
        await work();
        failed.delete(subject);
      } catch (error) {
        failed.set(subject, work);
        trouble = messageOf(error);
        if (trouble !== this.#lastTrouble)
          this.#log.error({ subject, err: error }, `not in the chain yet: ${trouble}`);
        this.#lastTrouble = trouble;
      }
    }
    if (trouble === '') this.#lastTrouble = '';
    for (const [subject, work] of failed) this.add(subject, work);
  }
}
