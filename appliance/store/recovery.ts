import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type Database from 'better-sqlite3';
import { AppError, messageOf } from '../core/errors.ts';
import type { Migration } from '../core/storing.ts';
import { lastBackupFile, stagedFolder } from './backup.ts';
import { DamagedFile, type Durability, filesOf, isDamage, openDatabase } from './database.ts';
import { appliedSteps, migrate, refuseNewer } from './migrate.ts';
import { salvage } from './salvage.ts';
import { type DatabaseName, databaseNames } from './schema.ts';

/** Files that were set aside are kept for the owner, but not for ever: the newest of each database and reason. */
const keptAside = 2;

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

/** Opens a database and brings it up to date; a damaged one is set aside and what it holds is saved. */
export function openOrRecover(recovery: Recovery): Database.Database {
  try {
    return openCurrent(recovery);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return recoverNow(recovery, error.message);
  }
}

function openCurrent(recovery: Recovery): Database.Database {
  const { name, path, steps, durability, nowMs } = recovery;
  const database = openDatabase(path, name, durability);
  try {
    const applied = appliedSteps(database);
    refuseNewer(path, applied, steps);
    if (applied.length > 0 && applied.length < steps.length) backUpBeforeUpgrade(database, recovery);
    migrate(database, steps, applied, nowMs);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** One copy of each database as it was before the last upgrade. */
function backUpBeforeUpgrade(database: Database.Database, { name, path, notes }: Recovery): void {
  const copy = `${path}.before-upgrade`;
  const partial = `${copy}.partial`;
  try {
    rmSync(partial, { force: true });
    database.prepare('VACUUM INTO ?').run(partial);
    renameSync(partial, copy);
    notes.push(`${name}.db was upgraded; a copy from before is ${basename(copy)}.`);
  } catch (error) {
    if (isDamage(error)) throw error;
    rmSync(partial, { force: true });
    // The measurements may be too large to stand twice; each step is one transaction anyway.
    if (name === 'measurements') return;
    throw new AppError(
      'MIGRATION_FAILED',
      `${path} must be upgraded, but no copy of it could be made before: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Sets the files aside, starts from the newest backup or from nothing, and saves every readable row. */
export function recoverNow(recovery: Recovery, reason = 'it is damaged'): Database.Database {
  const { name, path, notes } = recovery;
  const aside = setAside(path, 'damaged', recovery.nowMs);
  const backup = fromBackup(recovery);
  const database = backup?.database ?? openCurrent(recovery);
  const { rows, holes } = salvage(aside, database);
  const start =
    backup === null ? 'There was no backup to start from' : `It starts from the backup ${backup.from}`;
  const lost = holes === 0 ? '' : `, ${holes} damaged stretches were left out`;
  notes.push(
    `${name}.db was set aside as ${basename(aside)}: ${reason}. ${start}; ${rows} rows were saved${lost}.`,
  );
  return database;
}

function setAside(path: string, why: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
  let aside = `${path}.${why}-${stamp}`;
  for (let count = 2; existsSync(aside); count += 1) aside = `${path}.${why}-${stamp}-${count}`;
  for (const file of filesOf(path)) if (existsSync(file)) renameSync(file, file.replace(path, aside));
  const prefix = `${basename(path)}.${why}-`;
  const older = readdirSync(dirname(path))
    .filter((file) => file.startsWith(prefix) && !/-(wal|shm)$/.test(file))
    .sort()
    .slice(0, -keptAside);
  for (const file of older)
    for (const part of filesOf(join(dirname(path), file))) rmSync(part, { force: true });
  return aside;
}

function fromBackup(recovery: Recovery): { database: Database.Database; from: string } | null {
  const folder = newestBackup(recovery.dataFolder);
  if (folder === null) return null;
  const copy = join(folder, `${recovery.name}.db`);
  if (!existsSync(copy)) return null;
  try {
    copyFileSync(copy, recovery.path);
    const database = openCurrent(recovery);
    const sound = database.pragma('quick_check(1)', { simple: true });
    if (sound === 'ok') return { database, from: basename(folder) };
    database.close();
    throw new DamagedFile(String(sound));
  } catch (error) {
    recovery.notes.push(`The backup ${folder} could not be used: ${messageOf(error)}.`);
    for (const file of filesOf(recovery.path)) rmSync(file, { force: true });
    return null;
  }
}

function newestBackup(dataFolder: string): string | null {
  const note = join(dataFolder, lastBackupFile);
  const folder = existsSync(note) ? readFileSync(note, 'utf8').trim() : '';
  return folder !== '' && existsSync(folder) ? folder : null;
}

/** Puts a staged backup in place of the databases, which are set aside. Done piece by piece, so a cut can go on. */
export function applyStagedRestore(dataFolder: string, nowMs: number, notes: string[]): void {
  const staged = join(dataFolder, stagedFolder);
  if (!existsSync(staged)) return;
  const from = existsSync(join(staged, 'from')) ? readFileSync(join(staged, 'from'), 'utf8') : 'a backup';
  for (const name of databaseNames) {
    const source = join(staged, `${name}.db`);
    if (!existsSync(source)) continue;
    const path = join(dataFolder, `${name}.db`);
    if (existsSync(path)) setAside(path, 'before-restore', nowMs);
    renameSync(source, path);
  }
  rmSync(staged, { recursive: true, force: true });
  notes.push(`The databases were restored from ${from}; the former ones were set aside.`);
}
