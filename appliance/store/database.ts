import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { applicationIds, type DatabaseName } from './schema.ts';

/** `off` exists for the control run of the power-loss drill: without syncs the drill must find damage. */
export type Durability = 'full' | 'off';

/** What a damaged or foreign file is reported with; the caller sets it aside. */
export class DamagedFile extends Error {}

const header = 'SQLite format 3\0';

/** Files of a database: itself, its log, the log's index. */
export function filesOf(path: string): string[] {
  return [path, `${path}-wal`, `${path}-shm`];
}

/** Opens one of our databases, or a new one. Throws DamagedFile when the file is not a sound database of ours. */
export function openDatabase(path: string, name: DatabaseName, durability: Durability): Database.Database {
  const isNew = !existsSync(path) || statSync(path).size === 0;
  // A power cut may tear the first page while the log is copied into the file; then the log still has it whole.
  const hasLog = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  if (!isNew && !hasLog) checkHeader(path);
  const database = new Database(path, { timeout: 5000 });
  try {
    if (isNew) {
      database.pragma('page_size = 4096');
      database.pragma('auto_vacuum = INCREMENTAL'); // only before the first table
    }
    database.pragma('journal_mode = WAL');
    database.pragma(`synchronous = ${durability}`);
    database.pragma('cache_size = -4000');
    database.pragma('mmap_size = 0');
    database.pragma('foreign_keys = ON');
    database.pragma('trusted_schema = OFF');
    const id = database.pragma('application_id', { simple: true });
    if (isNew) database.pragma(`application_id = ${applicationIds[name]}`);
    else if (id !== applicationIds[name]) throw new DamagedFile('it is a database of something else');
    if (!isNew) checkLength(path, database);
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return database;
  } catch (error) {
    database.close();
    if (isDamage(error)) throw new DamagedFile(error.message, { cause: error });
    throw error;
  }
}

function checkHeader(path: string): void {
  const file = openSync(path, 'r');
  const found = Buffer.alloc(header.length);
  readSync(file, found, 0, header.length, 0);
  closeSync(file);
  if (found.toString('latin1') !== header) throw new DamagedFile('it is not a database');
}

/** A checkpoint brings everything into the file, so a file that is still shorter than its own count was cut. */
function checkLength(path: string, database: Database.Database): void {
  database.pragma('wal_checkpoint(TRUNCATE)');
  const pages = Number(database.pragma('page_count', { simple: true }));
  const bytes = pages * Number(database.pragma('page_size', { simple: true }));
  const size = statSync(path).size;
  if (size < bytes) throw new DamagedFile(`it has ${size} bytes of ${bytes}`);
}

export function isDamage(error: unknown): error is Error {
  return error instanceof DamagedFile || /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error));
}

export function sqliteCode(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}

/** What a full check finds, or null. */
export function damageIn(database: Database.Database): string | null {
  const found = database.pragma('integrity_check(5)') as { integrity_check: string }[]; // one column, named like this
  const text = found.map((row) => row.integrity_check).join('; ');
  return text === 'ok' ? null : text;
}
