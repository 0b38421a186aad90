/** The data folder: who holds it, and whether the last holder left it in order. */
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError, messageOf } from '../core/errors.ts';
import { sqliteCode } from './database.ts';
import { makeFolder } from './make-folder.ts';

export interface HeldFolder {
  /** True when the previous run did not stop cleanly. */
  wasUnclean: boolean;
  /** Clean stop: removes the marker and lets go. */
  release(): void;
  /** Lets go, but leaves the marker: something was not written. */
  abandon(): void;
}

/**
 * Takes the folder for this process. The lock is a record lock of the kernel on an empty SQLite file: it vanishes with
 * its process, so nothing stale can remain. The marker beside it names the holder and stays after an unclean end.
 */
export function holdFolder(folder: string): HeldFolder {
  makeWritable(folder);
  const marker = join(folder, 'running.json');
  const lock = new Database(join(folder, 'store.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!sqliteCode(error).startsWith('SQLITE_BUSY')) throw unwritable(folder, error);
    const pid = holderOf(marker);
    throw new AppError(
      'DATA_FOLDER_BUSY',
      `The data folder ${folder} is in use by another service${pid === null ? '' : ` (process ${pid})`}. ` +
        'Stop that one, or start this one with another data folder.',
      { details: { folder, pid } },
    );
  }
  const wasUnclean = existsSync(marker);
  try {
    writeFileSync(marker, JSON.stringify({ pid: process.pid }), { flush: true });
  } catch (error) {
    // A full disk is a state that passes; the service runs on what it has.
    if (!isFull(error)) {
      lock.close();
      throw unwritable(folder, error);
    }
  }
  return {
    wasUnclean,
    release() {
      rmSync(marker, { force: true });
      lock.close();
    },
    abandon() {
      lock.close();
    },
  };
}

function makeWritable(folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

export function unwritable(folder: string, error: unknown): AppError {
  return new AppError(
    'DATA_FOLDER_UNWRITABLE',
    `Cannot write to the data folder ${folder}: ${messageOf(error)}. ` +
      'Give the service user write permission there, or set IST_DATA to a folder it can write to.',
    { cause: error, details: { folder } },
  );
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function holderOf(marker: string): number | null {
  try {
    const content: unknown = JSON.parse(readFileSync(marker, 'utf8'));
    const pid = typeof content === 'object' && content !== null && 'pid' in content ? content.pid : null;
    return typeof pid === 'number' ? pid : null;
  } catch {
    return null; // the holder has not written it yet, or the disk is full; the message goes without a number
  }
}
