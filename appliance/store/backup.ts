import { existsSync } from 'node:fs';
import { copyFile, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type Clock, toIso } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { Backup } from '../core/storing.ts';
import { runJob } from './job-runner.ts';
import { makeFolder } from './make-folder.ts';
import { databaseNames, dayMs } from './schema.ts';

const keepDaily = 7;
const keepWeekly = 4;
const prefix = 'ist-backup-';

/** Where the store looks for the newest backup when it must recover: a line in the data folder. */
export const lastBackupFile = 'last-backup';
export const stagedFolder = 'restore-staged';

/** Verified copies of both databases in a new folder below `folder`; older ones are pruned. */
export async function makeBackup(dataFolder: string, folder: string, clock: Clock): Promise<Backup> {
  const madeAtMs = clock.wallMs();
  const path = join(resolve(folder), `${prefix}${toIso(madeAtMs).replaceAll(/[:.]/g, '-')}`);
  const partial = `${path}.partial`;
  try {
    makeFolder(partial);
    for (const name of databaseNames) {
      const copy = join(partial, `${name}.db`);
      await runJob({ kind: 'copy', path: join(dataFolder, `${name}.db`), to: copy });
      await requireSound(copy);
      await sync(copy);
    }
    await rename(partial, path);
    await sync(resolve(folder));
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (error instanceof AppError && error.code === 'BACKUP_DAMAGED') throw error;
    throw new AppError('BACKUP_FAILED', `No backup was made in ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  await prune(resolve(folder));
  await writeFile(join(dataFolder, lastBackupFile), path, { flush: true });
  return { path, bytes: await bytesOf(path), madeAtMs };
}

async function requireSound(path: string): Promise<void> {
  const damage = await runJob({ kind: 'check', path });
  if (damage !== null) throw new AppError('BACKUP_DAMAGED', `${path} is damaged: ${damage}`, { status: 422 });
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function bytesOf(path: string): Promise<number> {
  let bytes = 0;
  for (const name of databaseNames) bytes += (await stat(join(path, `${name}.db`))).size;
  return bytes;
}

/** Keeps the newest of each of the last 7 days and of the last 4 weeks that have one. */
async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(prefix) && !name.endsWith('.partial'),
  );
  for (const name of surplusBackups(names)) await rm(join(folder, name), { recursive: true, force: true });
}

/** Names of backups to remove, out of all. */
export function surplusBackups(names: readonly string[]): string[] {
  const newestFirst = [...names].sort().reverse();
  const days = new Set<string>();
  const weeks = new Set<number>();
  return newestFirst.filter((name) => {
    const day = name.slice(prefix.length, prefix.length + 10);
    const week = Math.floor(Date.parse(day) / (7 * dayMs));
    const isDaily = days.size < keepDaily && !days.has(day);
    const isWeekly = weeks.size < keepWeekly && !weeks.has(week);
    if (isDaily) days.add(day);
    if (isWeekly) weeks.add(week);
    return !isDaily && !isWeekly;
  });
}

/** Verifies a backup and puts a copy where the next start finds it. */
export async function stageRestore(dataFolder: string, folder: string): Promise<void> {
  const source = resolve(folder);
  for (const name of databaseNames) {
    const path = join(source, `${name}.db`);
    if (!existsSync(path))
      throw new AppError('BACKUP_NOT_FOUND', `${source} is not a backup: it has no ${name}.db`, {
        status: 404,
      });
    await requireSound(path);
  }
  const staged = join(dataFolder, stagedFolder);
  const partial = `${staged}.partial`;
  await rm(partial, { recursive: true, force: true });
  makeFolder(partial);
  for (const name of databaseNames) {
    await copyFile(join(source, `${name}.db`), join(partial, `${name}.db`));
    await sync(join(partial, `${name}.db`));
  }
  await writeFile(join(partial, 'from'), basename(source), { flush: true });
  await rm(staged, { recursive: true, force: true });
  await rename(partial, staged);
  await sync(dataFolder);
}
