import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { isDamage } from './database.ts';

/** Rows read at once while the file holds. */
const batch = 256n;
const lastRowid = 2n ** 62n;

const pageBytes = 4096;
/** Offsets in the header, see the file format of SQLite: size in pages; first page and number of the free list. */
const pageCountAt = 28;
const freeListAt = 32;

/** A new database is small; one that came from a backup may not be, and then the backup must do. */
const largestTemplate = 2560;

interface Counted {
  rows: number;
  /** Stretches of keys that could not be read. */
  holes: number;
}

/**
 * Copies every readable row of a damaged file into a sound database, table by table. Rows that are already there (from
 * a backup) are replaced. Never throws for damage: what cannot be read is left out and counted.
 */
export function salvage(damagedPath: string, into: Database.Database): Counted {
  const total = { rows: 0, holes: 0 };
  const damaged = openReadable(damagedPath, into);
  if (damaged === null) return total;
  try {
    into.pragma('foreign_keys = OFF'); // parents may be missing, and tables come in any order
    for (const table of tablesOf(into)) copyTable(damaged, into, table, total);
  } finally {
    into.pragma('foreign_keys = ON');
    damaged.close();
  }
  return total;
}

/**
 * Opens the file as it is, or, when its first page is lost, with the first page of the sound database: tables that were
 * made by the same steps begin on the same pages. Where they do not, reading them fails and nothing is copied.
 */
function openReadable(path: string, sound: Database.Database): Database.Database | null {
  const open = (): Database.Database | null => {
    const database = new Database(path, { readonly: true, fileMustExist: true });
    try {
      if (tablesOf(database).length > 0) return database;
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error;
    }
    database.close();
    return null;
  };
  const asItIs = open();
  const pages = Number(sound.pragma('page_count', { simple: true }));
  if (asItIs !== null || statSync(path).size < 2 * pageBytes || pages > largestTemplate) return asItIs;
  // Through SQLite: closing a file of ours that is open elsewhere in this process would drop SQLite's locks on it.
  const first = sound.serialize().subarray(0, pageBytes);
  first.writeUInt32BE(Math.floor(statSync(path).size / pageBytes), pageCountAt);
  first.fill(0, freeListAt, freeListAt + 8);
  const file = openSync(path, 'r+');
  writeSync(file, first, 0, first.length, 0);
  closeSync(file);
  return open();
}

function tablesOf(database: Database.Database): string[] {
  const sql = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migrations'`;
  return database.prepare(sql).pluck().all() as string[]; // names are text
}

function columnsOf(database: Database.Database, table: string): string[] {
  const rows = database.pragma(`table_info(${quote(table)})`) as { name: string }[]; // as documented
  return rows.map((row) => row.name);
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function copyTable(from: Database.Database, into: Database.Database, table: string, total: Counted): void {
  let names: string[];
  try {
    const existing = new Set(columnsOf(from, table));
    names = columnsOf(into, table).filter((name) => existing.has(name));
  } catch (error) {
    if (!isDamage(error)) throw error;
    names = [];
  }
  if (names.length === 0) return;
  const columns = names.map(quote).join(', ');
  const insert = into.prepare(
    `INSERT OR REPLACE INTO ${quote(table)} (${columns}) VALUES (${names.map(() => '?').join(', ')})`,
  );
  const write = into.transaction((rows: Row[]) => {
    for (const [, ...values] of rows) {
      try {
        insert.run(...values);
        total.rows += 1;
      } catch (error) {
        // A row that breaks a rule of its table is damage, too.
        if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_CONSTRAINT'))
          throw error;
      }
    }
  });
  for (const rows of readableRows(from, table, columns, total)) write(rows);
}

/** The key, then the values. */
type Row = [bigint, ...unknown[]];

/** Reads by key; at damage it steps over to the next key that a search reaches. */
function* readableRows(
  database: Database.Database,
  table: string,
  columns: string,
  total: Counted,
): Iterable<Row[]> {
  let read: Database.Statement;
  try {
    read = database
      .prepare(`SELECT rowid, ${columns} FROM ${quote(table)} WHERE rowid > ? ORDER BY rowid LIMIT ?`)
      .raw()
      .safeIntegers(); // a key is 64 bits wide
  } catch (error) {
    if (error instanceof Database.SqliteError) return; // no such table there, or its definition is damaged
    throw error;
  }
  const tryRead = (after: bigint, limit: bigint): Row[] | null => {
    try {
      return read.all(after, limit) as Row[]; // rowid first, as selected
    } catch (error) {
      if (!isDamage(error) && !isReadError(error)) throw error;
      return null;
    }
  };
  let last = -1n - lastRowid;
  for (;;) {
    const rows = tryRead(last, batch) ?? tryRead(last, 1n);
    if (rows === null) {
      total.holes += 1;
      const next = beyond(last, (after) => tryRead(after, 1n) !== null);
      if (next === null) return;
      last = next;
      continue;
    }
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1)![0]; // not empty
  }
}

function isReadError(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_IOERR');
}

/** The smallest key after a hole: doubling steps until a search succeeds, then halving back to its edge. */
function beyond(last: bigint, isReadable: (after: bigint) => boolean): bigint | null {
  const from = last < 0n ? -1n : last; // nobody uses negative keys
  let failed = 0n;
  let works = 1n;
  while (!isReadable(from + works)) {
    failed = works;
    works *= 2n;
    if (works > lastRowid) return null;
  }
  while (works - failed > 1n) {
    const middle = (works + failed) / 2n;
    if (isReadable(from + middle)) works = middle;
    else failed = middle;
  }
  return from + works;
}
