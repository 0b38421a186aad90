import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';

/** Editors write a file in several steps; this joins them into one reading. */
const settleMs = 200;

/** Tells when a file was written, made, replaced or removed. What cannot be watched is a warning, not an error. */
export class FileWatch {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onSettled: () => void;
  #watcher: FSWatcher | null = null;
  #cancel: (() => void) | null = null;

  constructor(path: string, clock: Clock, log: Log, onSettled: () => void) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
    this.#onSettled = onSettled;
  }

  /** Does nothing while it is watching already. */
  start(): void {
    if (this.#watcher) return;
    try {
      // The folder, because editors and our own writes replace the file.
      const watcher = watch(dirname(this.#path), { persistent: false }, (_event, name) => {
        if (name === null || name === basename(this.#path)) this.#settle();
      });
      watcher.on('error', (error) => {
        this.#log.warn({ err: error, file: this.#path }, 'the configuration file is no longer watched');
        watcher.close();
        this.#watcher = null;
      });
      this.#watcher = watcher;
    } catch (error) {
      this.#log.warn({ err: error, file: this.#path }, 'the configuration file cannot be watched');
    }
  }

  stop(): void {
    this.#watcher?.close();
    this.#watcher = null;
    this.#cancel?.();
    this.#cancel = null;
  }

  #settle(): void {
    this.#cancel?.();
    this.#cancel = this.#clock.after(settleMs, this.#onSettled);
  }
}
