/** The store's own tables; features bring theirs as further migrations. */
import type { Migration } from '../core/storing.ts';

export type DatabaseName = 'state' | 'measurements';
export const databaseNames: readonly DatabaseName[] = ['state', 'measurements'];

/** Written into the file header, so that a foreign database is told apart. ASCII 'istS' and 'istM'. */
export const applicationIds: Readonly<Record<DatabaseName, number>> = {
  state: 0x69737453,
  measurements: 0x6973744d,
};

/**
 * Two orders of keys. Small rows that charts read by the year stand by series: series × 2^20 + hours (or days) since
 * 1970; hours fit until the year 2089. Blobs stand by time, so that writing only appends: see `timeKeyOf`.
 */
const indexes = 2 ** 20;

export function keyOf(series: number, index: number): number {
  return series * indexes + index;
}

export function indexOf(key: number): number {
  return key % indexes;
}

export function seriesOf(key: number): number {
  return Math.floor(key / indexes);
}

/** Ids of series are given from 1 up; far more than one box can measure. */
export const maxSeries = 2 ** 16 - 1;

export function timeKeyOf(index: number, series: number): number {
  return index * (maxSeries + 1) + series;
}

/**
 * A chunk is cut into rows of this many bytes: four fill a page of 4096, while one row of 2.4 KB would waste 1.6 KB.
 * Their key is the time key × 1024 + number.
 */
export const chunkPartBytes = 1000;
export const maxChunkParts = 1024;

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

// Times are whole ns, because SQLite stores small integers in 1-4 bytes and a REAL always in 8.
const rollupColumns = `
  id INTEGER PRIMARY KEY, count INTEGER NOT NULL, lost INTEGER NOT NULL, measured_ms INTEGER NOT NULL,
  min_ns INTEGER, mean_ns INTEGER, p10_ns INTEGER, p25_ns INTEGER, p50_ns INTEGER, p75_ns INTEGER, p90_ns INTEGER,
  p95_ns INTEGER, p99_ns INTEGER, max_ns INTEGER, jitter_ns INTEGER, p999_ns INTEGER, jitter_count INTEGER NOT NULL,
  reordered INTEGER NOT NULL, duplicates INTEGER NOT NULL, late INTEGER NOT NULL`;

export const ownMigrations: readonly Migration[] = [
  {
    database: 'measurements',
    id: 'measurements-001-store',
    sql: `
CREATE TABLE series (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, line TEXT NOT NULL, target TEXT NOT NULL,
  family TEXT NOT NULL, UNIQUE (kind, line, target, family)) STRICT;
CREATE TABLE boots (id INTEGER PRIMARY KEY, boot TEXT NOT NULL, offset_ms REAL NOT NULL, is_known INTEGER NOT NULL) STRICT;
CREATE TABLE packets (id INTEGER PRIMARY KEY, boot INTEGER NOT NULL, start_ms REAL NOT NULL, end_ms REAL NOT NULL,
  body BLOB NOT NULL) STRICT;
CREATE TABLE chunks (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE hours (${rollupColumns}) STRICT;
CREATE TABLE days (${rollupColumns}) STRICT;
CREATE TABLE hour_histograms (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE day_histograms (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE open_days (id INTEGER PRIMARY KEY) STRICT;
`,
  },
];
