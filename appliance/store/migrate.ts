import type Database from 'better-sqlite3';
import { AppError, messageOf } from '../core/errors.ts';
import type { Migration } from '../core/storing.ts';

const tableSql =
  'CREATE TABLE IF NOT EXISTS migrations (id TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT';

/** Ids of the steps a database has taken; empty for a new one. */
export function appliedSteps(database: Database.Database): string[] {
  const exists = database.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'`);
  if (exists.get() === undefined) return [];
  return database.prepare('SELECT id FROM migrations ORDER BY rowid').pluck().all() as string[]; // STRICT table
}

/** Throws `DATA_FROM_NEWER_VERSION` when the database has taken a step that is not in the list. */
export function refuseNewer(path: string, applied: readonly string[], steps: readonly Migration[]): void {
  const known = new Set(steps.map((step) => step.id));
  const unknown = applied.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  throw new AppError(
    'DATA_FROM_NEWER_VERSION',
    `${path} was written by a newer version (it has ${unknown.join(', ')}, which this version does not know). ` +
      'Install that version again, or restore a backup made by this one.',
  );
}

/** Takes the steps that are missing, each in a transaction of its own. */
export function migrate(
  database: Database.Database,
  steps: readonly Migration[],
  applied: readonly string[],
  nowMs: number,
): void {
  database.exec(tableSql);
  const done = new Set(applied);
  const record = database.prepare('INSERT INTO migrations (id, applied_at) VALUES (?, ?)');
  for (const step of steps) {
    if (done.has(step.id)) continue;
    try {
      database.transaction(() => {
        database.exec(step.sql);
        record.run(step.id, Math.round(nowMs));
      })();
    } catch (error) {
      throw new AppError('MIGRATION_FAILED', `Migration ${step.id} failed: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}
