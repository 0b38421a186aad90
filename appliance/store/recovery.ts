import { existsSync, renameSync } from 'node:fs';
import type Database from 'better-sqlite3';
import type { Migration } from '../core/storing.ts';
import { type Durability, filesOf, isDamage, openDatabase } from './database.ts';
import { appliedSteps, migrate, refuseNewer } from './migrate.ts';
import type { DatabaseName } from './schema.ts';

export interface Recovery {
  name: DatabaseName;
  path: string;
  dataFolder: string;
  steps: readonly Migration[];
  durability: Durability;
  nowMs: number;
  /** Gets a sentence for everything that was done. */
  notes: string[];
}

/** Opens a database and brings it up to date; a damaged one is set aside and saved from. */
export function openOrRecover(recovery: Recovery): Database.Database {
  try {
    return openCurrent(recovery);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return recoverNow(recovery, error.message);
  }
}

function openCurrent({ name, path, steps, durability, nowMs }: Recovery): Database.Database {
  const database = openDatabase(path, name, durability);
  try {
    const applied = appliedSteps(database);
    refuseNewer(path, applied, steps);
    migrate(database, steps, applied, nowMs);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

export function recoverNow(recovery: Recovery, reason = 'it is damaged'): Database.Database {
  const stamp = new Date(recovery.nowMs).toISOString().replaceAll(':', '').slice(0, 17);
  for (const file of filesOf(recovery.path))
    if (existsSync(file)) renameSync(file, file.replace(recovery.path, `${recovery.path}.damaged-${stamp}`));
  recovery.notes.push(`${recovery.name}.db was set aside: ${reason}.`);
  return openCurrent(recovery);
}
