import type Database from 'better-sqlite3';
import { AppError } from '../core/errors.ts';
import { codesOf } from '../core/quantise.ts';
import type { Anchor, SampleRun, SeriesKey } from '../core/storing.ts';
import type { RetentionConfig } from './config.ts';
import { damageIn } from './database.ts';
import { HotPackets } from './hot.ts';
import { HourTables } from './hours.ts';
import { QueryRoom } from './query.ts';
import { Retention } from './retention.ts';
import { type CodeRun, clip, overlay } from './runs.ts';
import { hourMs, indexOf, keyOf, maxSeries } from './schema.ts';

/** A step of the clock is waited out this long before labels become final: it may be taken back. */
const settleMs = 60 * 60_000;
/** Work of one `tidy`, about 100 ms each on a Pi. */
const hoursAtOnce = 2;
const daysAtOnce = 40;
/** Imported series-hours of one transaction. */
const importBatch = 500;

/** measurements.db: series, packets in memory and file, chunks and rollups. */
export class Measurements {
  readonly #database: Database.Database;
  readonly hot: HotPackets;
  readonly tables: HourTables;
  readonly query: QueryRoom;
  readonly #retention: Retention;
  readonly #series = new Map<string, number>();
  #newSeries: { id: number; key: SeriesKey }[] = [];
  #steppedMonoMs = Number.NEGATIVE_INFINITY;
  #imported = 0;

  constructor(database: Database.Database, boot: string, anchor: Anchor, monoMs: number) {
    this.#database = database;
    this.hot = new HotPackets(database, boot, anchor, monoMs);
    this.tables = new HourTables(database);
    this.query = new QueryRoom(database, this.tables, this.hot);
    this.#retention = new Retention(database);
    const rows = database.prepare('SELECT * FROM series').all() as ({ id: number } & SeriesKey)[]; // STRICT table
    for (const row of rows) this.#series.set(nameOf(row), row.id);
  }

  adopt(former: Measurements): void {
    for (const [name, id] of former.#series) {
      if (this.#series.has(name)) continue;
      this.#series.set(name, id);
      this.#newSeries.push({ id, key: JSON.parse(name) as SeriesKey }); // made by nameOf
    }
    this.hot.adopt(former.hot);
    this.#steppedMonoMs = former.#steppedMonoMs;
  }

  /** A new series is written with its first packet, so that this works while the disk does not. */
  openSeries(key: SeriesKey): number {
    const name = nameOf(key);
    const known = this.#series.get(name);
    if (known !== undefined) return known;
    const id = Math.max(0, ...this.#series.values()) + 1;
    if (id > maxSeries)
      throw new AppError('TOO_MANY_SERIES', `More than ${maxSeries} series in this data folder`);
    this.#series.set(name, id);
    this.#newSeries.push({ id, key });
    return id;
  }

  /** True when labels changed by more than drift. */
  setAnchor(anchor: Anchor, monoMs: number): boolean {
    const former = this.hot.anchor;
    const isStep = Math.abs(anchor.offsetMs - former.offsetMs) >= 500;
    if (former.isKnown && isStep) this.#steppedMonoMs = monoMs;
    this.hot.setAnchor(anchor);
    return isStep || former.isKnown !== anchor.isKnown;
  }

  /** Writes everything that waits, in one transaction; false when there was nothing. */
  commit(): boolean {
    this.#endImport();
    if (this.hot.pendingCount === 0 && this.#newSeries.length === 0 && !this.hot.hasUnsavedAnchor)
      return false;
    const written = this.#database.transaction(() => {
      this.#writeSeries();
      return this.hot.writePending();
    })();
    this.#newSeries = [];
    this.hot.settle(written);
    return true;
  }

  #writeSeries(): void {
    const insert = this.#database.prepare(
      'INSERT OR IGNORE INTO series (id, kind, line, target, family) VALUES (?, ?, ?, ?, ?)',
    );
    for (const { id, key } of this.#newSeries) insert.run(id, key.kind, key.line, key.target, key.family);
  }

  tidy(monoMs: number, commitMinutes: number, limits: RetentionConfig): boolean {
    this.#endImport();
    const surplus = this.hot.surplus();
    if (surplus.length > 0) {
      this.#retention.dropPackets(surplus);
      this.hot.drop(surplus);
      this.hot.dropped += surplus.length;
    }
    if (!this.hot.anchor.isKnown) return false;
    const nowMs = monoMs + this.hot.anchor.offsetMs;
    let isMore = false;
    if (monoMs - this.#steppedMonoMs >= settleMs) {
      const finished = this.hot.finishedHours(nowMs - (commitMinutes + 5) * 60_000);
      for (const hour of finished.slice(0, hoursAtOnce)) this.#compact(hour);
      isMore = finished.length > hoursAtOnce;
    }
    const daysLeft = this.#database.transaction(() =>
      this.tables.buildDays(nowMs - 2 * hourMs, daysAtOnce),
    )();
    return this.#retention.apply(nowMs, limits) || daysLeft > 0 || isMore;
  }

  #compact(hour: number): void {
    const left = this.#database.transaction(() => this.tables.compact(hour, this.hot))();
    this.hot.forget(left);
  }

  /** Starts count from the hour, or are epoch ms within it. Batched: durable after the next commit. */
  importHour(series: number, hourStartMs: number, runs: readonly Omit<SampleRun, 'series'>[]): void {
    if (hourStartMs % hourMs !== 0 || hourStartMs < 0)
      throw new AppError(
        'IMPORT_INVALID',
        `An hour to import begins at ${hourStartMs}, which is not a full hour`,
      );
    const pieces = runs.map((run): CodeRun => {
      const startMs = run.startMonoMs < hourMs ? run.startMonoMs + hourStartMs : run.startMonoMs;
      const piece = clip({ ...run, startMs, codes: codesOf(run.rttUs) }, hourStartMs, hourStartMs + hourMs);
      if (piece === null || piece.codes.length !== run.rttUs.length)
        throw new AppError(
          'IMPORT_INVALID',
          `Samples to import from ${startMs} are not within the hour ${hourStartMs}`,
        );
      return piece;
    });
    if (!this.#database.inTransaction) {
      this.#database.exec('BEGIN IMMEDIATE');
      this.#writeSeries();
    }
    this.tables.write(series, hourStartMs / hourMs, overlay(pieces));
    this.#imported += 1;
    if (this.#imported >= importBatch) this.#endImport();
  }

  #endImport(): void {
    if (!this.#database.inTransaction) return;
    this.#database.exec('COMMIT');
    this.#imported = 0;
    this.#newSeries = [];
  }

  newestHourMs(): number | null {
    const ids = this.#database.prepare('SELECT max(id) FROM hours WHERE id >= ? AND id < ?').pluck();
    let newest: number | null = null;
    for (const series of this.#series.values()) {
      const id = ids.get(keyOf(series, 0), keyOf(series + 1, 0)) as number | null; // STRICT table
      if (id !== null) newest = Math.max(newest ?? 0, (indexOf(id) + 1) * hourMs);
    }
    return newest;
  }

  newestMs(): number | null {
    const hour = this.newestHourMs();
    const hot = this.hot.newestMs();
    return hour === null ? hot : Math.max(hour, hot ?? 0);
  }

  damage(): string | null {
    return damageIn(this.#database);
  }

  close(): void {
    this.#database.close();
  }
}

function nameOf(key: SeriesKey): string {
  const { kind, line, target, family } = key;
  return JSON.stringify({ kind, line, target, family });
}
