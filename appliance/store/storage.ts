/** Both databases and the rules when to write. Runs inside the store worker; everything here is synchronous. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { AppError, messageOf } from '../core/errors.ts';
import type { Anchor, Migration, MinutePacket, StoreHealth } from '../core/storing.ts';
import type { RetentionConfig } from './config.ts';
import { type Durability, filesOf, isDamage, sqliteCode } from './database.ts';
import { type HeldFolder, holdFolder } from './folder.ts';
import { Measurements } from './measurements.ts';
import { applyStagedRestore, openOrRecover, recoverNow } from './recovery.ts';
import { type DatabaseName, ownMigrations } from './schema.ts';
import { StateRows } from './state-rows.ts';

export interface StorageOptions {
  dataFolder: string;
  migrations: readonly Migration[];
  commitMinutes: number;
  retention: RetentionConfig;
  /** Times before this are not believed. */
  notBeforeMs: number;
  wallMs: number;
  monoMs: number;
  durability: Durability;
}

/** A packet comes about once a minute. */
const packetMs = 60_000;
const toleranceMs = 1000;
/** While writing fails it is tried again this often. */
const retryMs = 30_000;

export class Storage {
  readonly #options: StorageOptions;
  readonly #folder: HeldFolder;
  readonly #recovered: string[] = [];
  #retention: RetentionConfig;
  #measurements: Measurements;
  #state: StateRows;
  #nowMonoMs: number;
  #lastTryMonoMs: number;
  #lastCommitAtMs: number | null = null;
  #problem: string | null = null;
  #isUntidy = false;
  readonly previousAliveMs: number | null;
  readonly newestMs: number | null;

  constructor(options: StorageOptions) {
    this.#options = options;
    this.#retention = options.retention;
    this.#nowMonoMs = options.monoMs;
    this.#lastTryMonoMs = options.monoMs;
    this.#folder = holdFolder(options.dataFolder);
    try {
      applyStagedRestore(options.dataFolder, options.wallMs, this.#recovered);
      this.#state = new StateRows(this.#open('state'));
      this.#measurements = this.#newMeasurements(this.#open('measurements'));
    } catch (error) {
      this.#folder.release();
      throw error;
    }
    this.previousAliveMs = this.#measurements.hot.newestMs() ?? this.#measurements.newestHourMs();
    this.newestMs = this.#measurements.newestMs();
  }

  get wasUnclean(): boolean {
    return this.#folder.wasUnclean;
  }

  get measurements(): Measurements {
    return this.#measurements;
  }

  get state(): StateRows {
    return this.#state;
  }

  pathOf(name: DatabaseName): string {
    return join(this.#options.dataFolder, `${name}.db`);
  }

  #recovery(name: DatabaseName) {
    const steps = [...ownMigrations, ...this.#options.migrations].filter((step) => step.database === name);
    const { dataFolder, durability, wallMs } = this.#options;
    return {
      name,
      path: this.pathOf(name),
      dataFolder,
      steps,
      durability,
      nowMs: wallMs,
      notes: this.#recovered,
    };
  }

  #open(name: DatabaseName): Database.Database {
    return openOrRecover(this.#recovery(name));
  }

  #newMeasurements(database: Database.Database): Measurements {
    const { wallMs, monoMs } = this.#options;
    return new Measurements(database, bootName(), { offsetMs: wallMs - monoMs, isKnown: false }, monoMs);
  }

  setAnchor(anchor: Anchor): void {
    const isBelievable = this.#nowMonoMs + anchor.offsetMs >= this.#options.notBeforeMs;
    const stamped = { offsetMs: anchor.offsetMs, isKnown: anchor.isKnown && isBelievable };
    const isTold = this.#measurements.setAnchor(stamped, this.#nowMonoMs);
    // Labels that changed are worth a write at once: a power cut would bring the old ones back.
    if (isTold) this.#attempt(() => this.#commit());
  }

  setRetention(retention: RetentionConfig): void {
    this.#retention = retention;
    this.#isUntidy = true;
  }

  /** Commits when waiting for the next packet would leave the oldest sample unsaved for longer than the interval. */
  append(packet: MinutePacket): void {
    const { hot } = this.#measurements;
    hot.append(packet);
    const isLast = hot.pendingSpanMs + packetMs > this.#options.commitMinutes * 60_000 + toleranceMs;
    if (!isLast || this.#problem !== null) return;
    this.#attempt(() => this.#commit());
    this.#isUntidy = true;
  }

  /** Time goes on: commits when it is due and tidies. True when more tidying is left for soon. */
  tick(monoMs: number): boolean {
    this.#nowMonoMs = Math.max(this.#nowMonoMs, monoMs);
    const waited = this.#nowMonoMs - this.#lastTryMonoMs;
    // `append` commits in time; what is due here is what no packet followed.
    const isDue = waited >= this.#options.commitMinutes * 60_000 + packetMs + toleranceMs;
    const isRetry = this.#problem !== null && waited >= retryMs;
    if (isDue || isRetry) this.#attempt(() => this.#commit());
    else if (!this.#isUntidy) return false;
    this.#isUntidy = false;
    return this.#problem === null && this.tidy(monoMs);
  }

  /** A bounded piece of compaction, daily rows and retention; true when there is more. */
  tidy(monoMs: number): boolean {
    this.#nowMonoMs = Math.max(this.#nowMonoMs, monoMs);
    let isMore = false;
    if (this.#problem !== null) return false;
    this.#attempt(() => {
      isMore = this.#measurements.tidy(this.#nowMonoMs, this.#options.commitMinutes, this.#retention);
    });
    return isMore;
  }

  /** Commits now. Throws `STORAGE_UNAVAILABLE` when that is not possible; everything stays in memory. */
  flush(monoMs: number): void {
    this.#nowMonoMs = Math.max(this.#nowMonoMs, monoMs);
    this.#attempt(() => this.#commit());
    if (this.#problem !== null) throw new AppError('STORAGE_UNAVAILABLE', this.#problem, { status: 503 });
  }

  #commit(): void {
    this.#lastTryMonoMs = this.#nowMonoMs;
    if (this.#measurements.commit())
      this.#lastCommitAtMs = this.#nowMonoMs + this.#measurements.hot.anchor.offsetMs;
  }

  /** Runs something that writes measurements; a failure becomes a state, damage is repaired and tried once more. */
  #attempt(write: () => void): void {
    try {
      write();
      this.#problem = null;
    } catch (error) {
      if (isDamage(error)) this.recover('measurements');
      this.#problem = this.#describe(error);
    }
  }

  #describe(error: unknown): string {
    const waiting = this.#measurements.hot.pendingCount;
    const reason = plainReason(error);
    return `Cannot write to ${this.#options.dataFolder}: ${reason}. ${waiting} minutes wait in memory.`;
  }

  /** Replaces a damaged database by what can be saved of it. */
  recover(name: DatabaseName): void {
    if (name === 'state') {
      this.#state.close();
      this.#state = new StateRows(recoverNow(this.#recovery(name)));
      return;
    }
    const former = this.#measurements;
    former.close();
    this.#measurements = this.#newMeasurements(recoverNow(this.#recovery(name)));
    this.#measurements.adopt(former);
  }

  /** Reads every page of a database and every entry of its indexes; null when all is well. */
  damageOf(name: DatabaseName): string | null {
    return name === 'state' ? this.#state.damage() : this.#measurements.damage();
  }

  health(): StoreHealth {
    return {
      state: this.#problem === null ? 'ok' : 'degraded',
      message: this.#problem,
      wasUnclean: this.wasUnclean,
      recovered: [...this.#recovered],
      lastCommitAtMs: this.#lastCommitAtMs,
      pendingPackets: this.#measurements.hot.pendingCount,
      droppedPackets: this.#measurements.hot.dropped,
      measurementBytes: sizeOf(this.pathOf('measurements')),
      stateBytes: sizeOf(this.pathOf('state')),
      previousAliveMs: this.previousAliveMs,
    };
  }

  /** Commits what it can and lets go of the folder. */
  close(): void {
    this.#attempt(() => this.#commit());
    this.#measurements.close();
    this.#state.close();
    if (this.#problem === null) this.#folder.release();
    else this.#folder.abandon();
  }
}

/** SQLite's words are for programmers. */
function plainReason(error: unknown): string {
  const code = sqliteCode(error);
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') return 'the disk is full';
  if (code.startsWith('SQLITE_READONLY')) return 'it is read-only';
  return code === '' ? messageOf(error) : `${messageOf(error)} (${code})`;
}

function sizeOf(path: string): number {
  let bytes = 0;
  for (const file of filesOf(path).slice(0, 2)) bytes += statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}

/** The kernel's name for this boot: the monotonic clock belongs to it. */
function bootName(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
