/** A short-lived thread for what takes seconds: reading every page, copying a whole database. */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { messageOf } from '../core/errors.ts';
import type { Job } from './job-runner.ts';

function run(job: Job): string | null {
  const database = new Database(job.path, { readonly: true, fileMustExist: true, timeout: 30_000 });
  try {
    if (job.kind === 'copy') database.prepare('VACUUM INTO ?').run(job.to);
    else return soundness(database);
    return null;
  } finally {
    database.close();
  }
}

function soundness(database: Database.Database): string | null {
  database.pragma('cache_size = -2000');
  const found = database.pragma('quick_check(5)') as { quick_check: string }[]; // one column, named like this
  const lines = found.map((row) => row.quick_check);
  return lines.length === 1 && lines[0] === 'ok' ? null : lines.join('; ');
}

function attempt(job: Job): { damage: string | null } | { failure: string } {
  try {
    return { damage: run(job) };
  } catch (error) {
    const isDamage = error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
    return isDamage ? { damage: error.message } : { failure: messageOf(error) };
  }
}

parentPort?.postMessage(attempt(workerData as Job)); // given by runJob
