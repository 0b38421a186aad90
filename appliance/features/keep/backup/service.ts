import { readdir, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { toIso } from '../../../core/clock.ts';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { BackupCopy, BackupList, RestoreStaged } from './schema.ts';

/** The store prunes long before; this bounds the listing of a folder that holds something else. */
const maxListed = 200;
/** What makes a folder a backup. */
const databases = ['state.db', 'measurements.db'];

type Parts = Pick<FeatureContext, 'store' | 'config' | 'bus' | 'about' | 'timeline' | 'log'>;

/** Makes backups, one at a time, lists them and stages one for the next start. */
export class BackupService {
  readonly #parts: Parts;
  #running: Promise<BackupCopy> | null = null;
  #lastError: string | null = null;
  #lastMadeAtMs: number | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get lastMadeAtMs(): number | null {
    return this.#lastMadeAtMs;
  }

  /** 'HH:MM', or null while the daily backup is off. */
  dailyAt(): string | null {
    const { isEnabled, dailyAt } = this.#parts.config.current.backup;
    return isEnabled && !this.#parts.about.isDemo ? dailyAt : null;
  }

  async backUp(): Promise<BackupCopy> {
    if (this.#running) throw new AppError('BACKUP_BUSY', 'A backup is being made already', { status: 409 });
    this.#running = this.#make();
    try {
      return await this.#running;
    } finally {
      this.#running = null;
    }
  }

  /** A folder that cannot be listed (a stick that was pulled) is a state, not an error. */
  async list(): Promise<BackupList> {
    const { isEnabled, dailyAt } = this.#parts.config.current.backup;
    const found = await this.#copies().catch((error: unknown) => messageOf(error));
    const isListed = typeof found !== 'string';
    return {
      folder: this.#folder,
      isDaily: isEnabled,
      dailyAt,
      isRunning: this.#running !== null,
      lastError: this.#lastError ?? (isListed ? null : found),
      backups: isListed ? found : [],
    };
  }

  async stageRestore(folder: string): Promise<RestoreStaged> {
    const path = isAbsolute(folder) ? folder : join(this.#folder, plainName(folder));
    const copy = await copyIn(path);
    if (copy === null) {
      const known = (await this.#copies()).map(({ name }) => name).slice(0, 10);
      const list = known.length === 0 ? 'there are no backups yet' : `backups are: ${known.join(', ')}`;
      throw new AppError('BACKUP_UNKNOWN', `There is no backup in ${path}; ${list}`, { status: 404 });
    }
    await this.#parts.store.stageRestore(path);
    this.#parts.log.warn(
      { folder: path },
      'a backup is verified and staged; the next start puts it in place',
    );
    return {
      folder: path,
      message:
        'The backup is verified. Restart the service to put it in place; the files of today are set aside, not deleted. ' +
        'What is measured until then stays in those files.',
    };
  }

  /** Waits for a backup that is being made. */
  async settle(): Promise<void> {
    await this.#running?.catch(() => undefined); // whoever asked for it is told
  }

  get #folder(): string {
    return this.#parts.config.current.backup.folder ?? join(this.#parts.about.dataFolder, 'backups');
  }

  async #make(): Promise<BackupCopy> {
    const { store, bus, timeline } = this.#parts;
    try {
      const { path, bytes, madeAtMs } = await store.backup(this.#folder);
      const copy = { name: basename(path), path, bytes, madeAt: toIso(madeAtMs) };
      this.#lastError = null;
      this.#lastMadeAtMs = madeAtMs;
      bus.emit('backup.finished', copy);
      return copy;
    } catch (error) {
      this.#lastError = messageOf(error);
      bus.emit('backup.failed', { at: toIso(timeline.nowMs()), message: this.#lastError });
      if (error instanceof AppError) throw error;
      throw new AppError('BACKUP_FAILED', `The backup to ${this.#folder} failed: ${this.#lastError}`, {
        cause: error,
      });
    }
  }

  async #copies(): Promise<BackupCopy[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return []; // nothing was backed up yet
        throw new AppError('BACKUP_FOLDER_UNREADABLE', `Cannot list ${this.#folder}: ${error.message}`, {
          cause: error,
        });
      },
    );
    const names = entries
      .filter((entry) => entry.isDirectory() && !entry.name.endsWith('.partial'))
      .map(({ name }) => name);
    const copies = await Promise.all(names.slice(-maxListed).map((name) => copyIn(join(this.#folder, name))));
    return copies.filter((copy) => copy !== null).sort((a, b) => b.madeAt.localeCompare(a.madeAt));
  }
}

/** What is in a folder, or null when it is no complete backup. */
async function copyIn(path: string): Promise<BackupCopy | null> {
  const facts = await Promise.all(databases.map((name) => stat(join(path, name)).catch(() => null)));
  const files = facts.filter((file) => file?.isFile());
  if (files.length < databases.length) return null;
  const bytes = files.reduce((sum, file) => sum + (file?.size ?? 0), 0);
  const changedAtMs = Math.max(...files.map((file) => file?.mtimeMs ?? 0));
  const name = basename(path);
  return { name, path, bytes, madeAt: toIso(timeInName(name) ?? changedAtMs) };
}

/** The store names backups by their time; copying them elsewhere keeps the name and not always the time. */
function timeInName(name: string): number | null {
  const match = /(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z$/.exec(name);
  if (match === null) return null;
  const [, day, hours, minutes, seconds, millis] = match;
  const atMs = Date.parse(`${day}T${hours}:${minutes}:${seconds}.${millis}Z`);
  return Number.isNaN(atMs) ? null : atMs;
}

function plainName(name: string): string {
  if (basename(name) !== name || name === '.' || name === '..') {
    throw new AppError('BACKUP_UNKNOWN', `"${name}" is neither the name of a backup nor an absolute path`, {
      status: 400,
    });
  }
  return name;
}
