import type Database from 'better-sqlite3';
import type { RetentionConfig } from './config.ts';
import { dayMs, hourMs, indexOf, keyOf } from './schema.ts';

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
    let removed = this.#removeBefore('chunks', oldestRaw, rowsAtOnce);
    removed += this.#removeBefore('hours', oldestHour, rowsAtOnce - removed);
    if (removed === 0) removed = this.#shrinkTo(limits.maxMb * 1e6);
    const free = Number(this.#database.pragma('freelist_count', { simple: true }));
    // Free pages are reused; only what a day of writing does not need goes back.
    if (free > 4 * pagesAtOnce) this.#database.pragma(`incremental_vacuum(${pagesAtOnce})`);
    return removed > 0 || free > 5 * pagesAtOnce;
  }

  #series(): number[] {
    return this.#database.prepare('SELECT id FROM series').pluck().all() as number[]; // STRICT table
  }

  #removeBefore(table: 'chunks' | 'hours', hour: number, limit: number): number {
    if (limit <= 0) return 0;
    const remove = this.#database.prepare(
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)`,
    );
    let removed = 0;
    for (const series of this.#series()) {
      if (removed >= limit) break;
      removed += remove.run(keyOf(series, 0), keyOf(series, hour), limit - removed).changes;
    }
    return removed;
  }

  /** Oldest first, all series together, a day at a time. */
  #shrinkTo(bytes: number): number {
    if (this.#usedBytes() <= bytes) return 0;
    for (const table of ['chunks', 'hours'] as const) {
      const oldest = this.#oldest(table);
      if (oldest !== null) return this.#removeBefore(table, oldest + 24, rowsAtOnce);
    }
    return 0;
  }

  #usedBytes(): number {
    const number = (name: string) => Number(this.#database.pragma(name, { simple: true }));
    return (number('page_count') - number('freelist_count')) * number('page_size');
  }

  #oldest(table: 'chunks' | 'hours'): number | null {
    const first = this.#database.prepare(`SELECT min(id) FROM ${table} WHERE id >= ? AND id < ?`).pluck();
    let oldest: number | null = null;
    for (const series of this.#series()) {
      const id = first.get(keyOf(series, 0), keyOf(series + 1, 0)) as number | null; // STRICT table
      if (id !== null) oldest = Math.min(oldest ?? Number.POSITIVE_INFINITY, indexOf(id));
    }
    return oldest;
  }
}
