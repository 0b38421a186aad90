import type Database from 'better-sqlite3';
import type { RetentionConfig } from './config.ts';
import { dayMs, hourMs, keyOf, maxChunkParts, maxSeries, timeKeyOf } from './schema.ts';

/** Rows that one call removes at most, about 50 ms on a Pi. */
const rowsAtOnce = 480;
/** Pages given back to the file system at once. */
const pagesAtOnce = 256;

/** Removes what is too old or too much: samples first, then hourly rows; daily rows stay. */
export class Retention {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  dropPackets(ids: readonly number[]): void {
    const remove = this.#database.prepare('DELETE FROM packets WHERE id = ?');
    this.#database.transaction(() => {
      for (const id of ids) remove.run(id);
    })();
  }

  /** One bounded piece; true when there is more to do. */
  apply(nowMs: number, limits: RetentionConfig): boolean {
    const oldestRaw = Math.floor((nowMs - limits.rawDays * dayMs) / hourMs);
    const oldestHour = Math.floor((nowMs - limits.hourDays * dayMs) / hourMs);
    let removed = this.#removeSamples(oldestRaw) + this.#removeHours(oldestHour);
    if (removed === 0) removed = this.#shrinkTo(limits.maxMb * 1e6);
    const free = Number(this.#database.pragma('freelist_count', { simple: true }));
    // Free pages are reused; only what a day of writing does not need goes back.
    if (free > 4 * pagesAtOnce) this.#database.pragma(`incremental_vacuum(${pagesAtOnce})`);
    return removed > 0 || free > 5 * pagesAtOnce;
  }

  #series(): number[] {
    return this.#database.prepare('SELECT id FROM series').pluck().all() as number[]; // STRICT table
  }

  #removeSamples(beforeHour: number): number {
    return this.#removeBefore('chunks', timeKeyOf(beforeHour, 0) * maxChunkParts);
  }

  #removeHours(beforeHour: number): number {
    let removed = this.#removeBefore('hour_histograms', timeKeyOf(beforeHour, 0));
    for (const series of this.#series())
      removed += this.#removeBefore('hours', keyOf(series, beforeHour), keyOf(series, 0));
    return removed;
  }

  #removeBefore(table: 'chunks' | 'hours' | 'hour_histograms', before: number, from = 0): number {
    return this.#database
      .prepare(
        `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)`,
      )
      .run(from, before, rowsAtOnce).changes;
  }

  /** Oldest first, all series together, a day at a time. */
  #shrinkTo(bytes: number): number {
    if (this.#usedBytes() <= bytes) return 0;
    const chunk = this.#oldest('chunks');
    if (chunk !== null) return this.#removeSamples(Math.floor(chunk / maxChunkParts / (maxSeries + 1)) + 24);
    const hour = this.#oldest('hour_histograms');
    return hour === null ? 0 : this.#removeHours(Math.floor(hour / (maxSeries + 1)) + 24);
  }

  #usedBytes(): number {
    const number = (name: string) => Number(this.#database.pragma(name, { simple: true }));
    return (number('page_count') - number('freelist_count')) * number('page_size');
  }

  #oldest(table: 'chunks' | 'hour_histograms'): number | null {
    return this.#database.prepare(`SELECT min(id) FROM ${table}`).pluck().get() as number | null; // STRICT table
  }
}
