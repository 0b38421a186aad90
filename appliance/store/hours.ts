import type Database from 'better-sqlite3';
import { Summary } from '../core/statistics.ts';
import { decodeRuns, encodeRuns, readableOr } from './codec.ts';
import type { HotPackets } from './hot.ts';
import { RollupTable } from './rollups.ts';
import { type CodeRun, hasMeasured, join, overlay, walk } from './runs.ts';
import {
  chunkPartBytes,
  dayMs,
  hourMs,
  indexOf,
  keyOf,
  maxChunkParts,
  seriesOf,
  timeKeyOf,
} from './schema.ts';

const hoursPerDay = dayMs / hourMs;

/** Chunks and rollups of whole hours and days. All writes happen inside the caller's transaction. */
export class HourTables {
  readonly hours: RollupTable;
  readonly days: RollupTable;
  readonly #chunkParts: Database.Statement;
  readonly #insertPart: Database.Statement;
  readonly #deleteChunk: Database.Statement;
  readonly #hasHour: Database.Statement;
  readonly #openDay: Database.Statement;
  readonly #openDays: Database.Statement;
  readonly #closeDay: Database.Statement;
  readonly #summary = new Summary();

  constructor(database: Database.Database) {
    this.hours = new RollupTable(database, 'hour');
    this.days = new RollupTable(database, 'day');
    this.#chunkParts = database
      .prepare('SELECT body FROM chunks WHERE id >= ? AND id < ? ORDER BY id')
      .pluck();
    this.#insertPart = database.prepare('INSERT INTO chunks (id, body) VALUES (?, ?)');
    this.#deleteChunk = database.prepare('DELETE FROM chunks WHERE id >= ? AND id < ?');
    this.#hasHour = database.prepare('SELECT 1 FROM hours WHERE id = ?').pluck();
    this.#openDay = database.prepare('INSERT OR IGNORE INTO open_days (id) VALUES (?)');
    this.#openDays = database.prepare('SELECT id FROM open_days').pluck();
    this.#closeDay = database.prepare('DELETE FROM open_days WHERE id = ?');
  }

  chunk(series: number, hour: number): CodeRun[] | null {
    const from = timeKeyOf(hour, series) * maxChunkParts;
    const parts = this.#chunkParts.all(from, from + maxChunkParts) as Uint8Array[]; // STRICT table
    if (parts.length === 0) return null;
    return readableOr(null, () => decodeRuns(Buffer.concat(parts), hour * hourMs));
  }

  #writeChunk(series: number, hour: number, bytes: Uint8Array): void {
    const from = timeKeyOf(hour, series) * maxChunkParts;
    const parts = Math.ceil(bytes.length / chunkPartBytes);
    if (parts > maxChunkParts) throw new RangeError(`an hour of ${bytes.length} bytes`);
    this.#deleteChunk.run(from, from + maxChunkParts);
    for (let part = 0; part < parts; part += 1)
      this.#insertPart.run(from + part, bytes.subarray(part * chunkPartBytes, (part + 1) * chunkPartBytes));
  }

  /**
   * Adds runs to an hour, new or not; where they overlap what is there, they replace it. An hour whose samples have
   * been retired is closed: it cannot be changed without counting twice, so the runs are left out (false).
   */
  write(series: number, hour: number, runs: readonly CodeRun[]): boolean {
    const id = keyOf(series, hour);
    const existing = this.chunk(series, hour);
    if (existing === null && this.#hasHour.get(id) !== undefined) return false;
    const joined = join(overlay([...(existing ?? []), ...runs])).filter(hasMeasured);
    if (joined.length === 0) return true;
    const named = joined.map((run) => ({ ...run, series: 0 })); // the key says which
    this.#writeChunk(series, hour, encodeRuns(named, hour * hourMs));
    this.hours.write(id, summaryOf(joined, this.#summary));
    this.#openDay.run(keyOf(series, Math.floor(hour / hoursPerDay)));
    return true;
  }

  /** Moves a finished hour of the packets into the tables. Returns the entries that are left, for `forget`. */
  compact(hour: number, hot: HotPackets): ReturnType<HotPackets['removeHour']> {
    for (const [series, runs] of hot.hour(hour)) this.write(series, hour, runs);
    return hot.removeHour(hour);
  }

  /** Days of a series whose daily row is not up to date. */
  openDays(): Set<number> {
    return new Set(this.#openDays.all() as number[]); // plucked integers
  }

  /** Builds daily rows that ended before a moment, at most `limit`; returns how many are left. */
  buildDays(beforeMs: number, limit: number): number {
    const due = [...this.openDays()].filter((id) => (indexOf(id) + 1) * dayMs <= beforeMs);
    for (const id of due.slice(0, limit)) {
      const from = keyOf(seriesOf(id), indexOf(id) * hoursPerDay);
      this.#summary.clear();
      for (const row of this.hours.range(from, from + hoursPerDay)) this.hours.merge(row, this.#summary);
      this.days.write(id, this.#summary);
      this.#closeDay.run(id);
    }
    return Math.max(0, due.length - limit);
  }
}

function summaryOf(runs: readonly CodeRun[], summary: Summary): Summary {
  summary.clear();
  for (const run of runs) {
    summary.duplicates += run.duplicates;
    summary.reordered += run.reordered;
    summary.late += run.late;
  }
  walk(runs, (_atMs, code, intervalMs, jitterUs) => summary.add(code, intervalMs, jitterUs));
  return summary;
}
