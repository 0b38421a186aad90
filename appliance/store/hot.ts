import type Database from 'better-sqlite3';
import { codesOf } from '../core/quantise.ts';
import type { Anchor, MinutePacket } from '../core/storing.ts';
import { decodeRuns, encodeRuns, readableOr, type SeriesRun } from './codec.ts';
import { type CodeRun, clip, endOf, roundingMs } from './runs.ts';
import { hourMs } from './schema.ts';

/** Minutes that wait in memory while nothing can be written: half a day, about 2 KB each. */
const pendingLimit = 720;
/** Minutes that wait in the file for a known clock: one week. */
const uncompactedLimit = 10_080;

interface Entry {
  /** Row id; 0 while it is only in memory. */
  id: number;
  boot: number;
  startMs: number;
  endMs: number;
  /** Null when it is in the file. */
  body: Uint8Array | null;
}

interface Boot extends Anchor {
  name: string;
  isSaved: boolean;
}

/** The minutes that are not yet in an hourly chunk, on the monotonic clock of their boot. */
export class HotPackets {
  readonly #database: Database.Database;
  readonly #body: Database.Statement;
  readonly #boots = new Map<number, Boot>();
  #committed: Entry[] = [];
  #pending: Entry[] = [];
  readonly #current: number;
  dropped = 0;

  /** `boot` names this boot of the machine; `monoMs` is now. Nothing is written yet. */
  constructor(database: Database.Database, boot: string, anchor: Anchor, monoMs: number) {
    this.#database = database;
    this.#body = database.prepare('SELECT body FROM packets WHERE id = ?').pluck();
    this.#committed = database
      .prepare('SELECT id, boot, start_ms AS startMs, end_ms AS endMs, NULL AS body FROM packets ORDER BY id')
      .all() as Entry[]; // as selected
    type Row = { id: number; boot: string; offset_ms: number; is_known: number };
    const rows = database.prepare('SELECT * FROM boots ORDER BY id').all() as Row[]; // STRICT table
    for (const row of rows) {
      const isKnown = row.is_known === 1;
      this.#boots.set(row.id, { name: row.boot, offsetMs: row.offset_ms, isKnown, isSaved: true });
    }
    this.#current = this.#sameBoot(boot, anchor, monoMs) ?? Math.max(0, ...this.#boots.keys()) + 1;
    const known = this.#boots.get(this.#current);
    if (known === undefined) this.#boots.set(this.#current, { name: boot, ...anchor, isSaved: false });
  }

  get anchor(): Anchor {
    return this.#boots.get(this.#current)!; // set by the constructor, never removed
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  /** From the first sample in memory to the end of the last one. */
  get pendingSpanMs(): number {
    const first = this.#pending[0];
    return first === undefined ? 0 : this.#pending[this.#pending.length - 1]!.endMs - first.startMs; // not empty
  }

  get hasUnsavedAnchor(): boolean {
    return !this.#boots.get(this.#current)!.isSaved; // as above
  }

  /**
   * The monotonic clock goes on when only the service restarts, so what an earlier run of this boot left is stamped
   * together with ours.
   */
  #sameBoot(name: string, anchor: Anchor, monoMs: number): number | null {
    const [id, boot] = [...this.#boots].at(-1) ?? [];
    if (id === undefined || boot?.name !== name) return null;
    if (boot.isKnown && Math.abs(boot.offsetMs - anchor.offsetMs) > hourMs) return null;
    return this.#committed.some((entry) => entry.boot === id && entry.endMs > monoMs + 60_000) ? null : id;
  }

  setAnchor(anchor: Anchor): void {
    const boot = this.#boots.get(this.#current)!; // as above
    if (boot.offsetMs === anchor.offsetMs && boot.isKnown === anchor.isKnown) return;
    this.#boots.set(this.#current, { name: boot.name, ...anchor, isSaved: false });
  }

  append(packet: MinutePacket): void {
    const runs = packet.runs
      .filter((run) => run.rttUs.length > 0)
      .map((run): SeriesRun => ({ ...run, startMs: run.startMonoMs, codes: codesOf(run.rttUs) }));
    if (runs.length === 0) return;
    this.#pending.push(this.#entryOf(runs));
    while (this.#pending.length > pendingLimit) {
      this.#pending.shift();
      this.dropped += 1;
    }
  }

  #entryOf(runs: SeriesRun[]): Entry {
    const startMs = Math.min(...runs.map((run) => run.startMs));
    const endMs = Math.max(...runs.map(endOf));
    return { id: 0, boot: this.#current, startMs, endMs, body: encodeRuns(runs, startMs) };
  }

  /** Call inside a transaction; when that is committed, call `settle` with the result. */
  writePending(): Entry[] {
    const insert = this.#database.prepare(
      'INSERT INTO packets (boot, start_ms, end_ms, body) VALUES (?, ?, ?, ?)',
    );
    this.#writeBoot();
    return this.#pending.map((entry) => {
      const id = Number(insert.run(entry.boot, entry.startMs, entry.endMs, entry.body).lastInsertRowid);
      return { ...entry, id, body: null };
    });
  }

  #writeBoot(): void {
    const boot = this.#boots.get(this.#current)!; // as above
    if (boot.isSaved) return;
    this.#database
      .prepare('INSERT OR REPLACE INTO boots (id, boot, offset_ms, is_known) VALUES (?, ?, ?, ?)')
      .run(this.#current, boot.name, boot.offsetMs, boot.isKnown ? 1 : 0);
  }

  settle(written: Entry[]): void {
    this.#committed.push(...written);
    this.#pending = [];
    this.#boots.get(this.#current)!.isSaved = true; // as above
  }

  /** Takes over what the packets of a replaced database had in memory. */
  adopt(former: HotPackets): void {
    this.setAnchor(former.anchor);
    this.#pending = former.#pending.map((entry) => ({ ...entry, boot: this.#current }));
    this.dropped = former.dropped;
  }

  /** Runs of a series within [fromMs, toMs) on the wall clock, oldest writing first; `live` is the newest. */
  runs(series: number, fromMs: number, toMs: number, live?: MinutePacket): CodeRun[] {
    const result: CodeRun[] = [];
    for (const entry of this.#entries()) {
      const offsetMs = this.#offsetOf(entry);
      if (offsetMs === null || entry.endMs + offsetMs <= fromMs || entry.startMs + offsetMs >= toMs) continue;
      for (const run of this.#decode(entry, series)) place(run, offsetMs, fromMs, toMs, result);
    }
    for (const run of live?.runs ?? []) {
      if (run.series !== series || run.rttUs.length === 0) continue;
      const coded = { ...run, startMs: run.startMonoMs, codes: codesOf(run.rttUs) };
      place(coded, this.anchor.offsetMs, fromMs, toMs, result);
    }
    return result;
  }

  /** First and last moment of a series in memory and in packets. */
  extent(series: number): { fromMs: number; toMs: number } | null {
    const runs = this.runs(series, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    if (runs.length === 0) return null;
    return { fromMs: Math.min(...runs.map((run) => run.startMs)), toMs: Math.max(...runs.map(endOf)) };
  }

  /** When the newest exchange was sent of those whose time is known. A rare series' last slot reaches beyond it. */
  newestMs(): number | null {
    let newest: number | null = null;
    for (const entry of this.#entries()) {
      const boot = this.#boots.get(entry.boot);
      if (!boot?.isKnown || entry.endMs + boot.offsetMs <= (newest ?? 0)) continue;
      const sent = this.#decode(entry).map((run) => run.startMs + (run.codes.length - 1) * run.intervalMs);
      newest = Math.max(newest ?? 0, ...sent.map((ms) => ms + boot.offsetMs));
    }
    return newest;
  }

  /** Hours with packets of a known clock that end before a moment, oldest first. */
  finishedHours(beforeMs: number): number[] {
    const hours = new Set<number>();
    for (const entry of this.#committed) {
      const boot = this.#boots.get(entry.boot);
      if (!boot?.isKnown) continue;
      for (let hour = hourOf(entry.startMs + boot.offsetMs); ; hour += 1) {
        if ((hour + 1) * hourMs > beforeMs || hour * hourMs >= entry.endMs + boot.offsetMs - roundingMs)
          break;
        hours.add(hour);
      }
    }
    return [...hours].sort((a, b) => a - b);
  }

  /** All runs of an hour from committed packets of a known clock, by series, oldest writing first. */
  hour(hour: number): Map<number, CodeRun[]> {
    const fromMs = hour * hourMs;
    const result = new Map<number, CodeRun[]>();
    for (const entry of this.#committed) {
      const boot = this.#boots.get(entry.boot);
      if (!boot?.isKnown || !isWithin(entry, boot.offsetMs, fromMs)) continue;
      for (const run of this.#decode(entry)) {
        const runs = result.get(run.series) ?? [];
        result.set(run.series, runs);
        place(run, boot.offsetMs, fromMs, fromMs + hourMs, runs);
      }
    }
    return result;
  }

  /** Removes an hour from the packets; inside a transaction, `forget` finishes it after the commit. */
  removeHour(hour: number): Entry[] {
    const fromMs = hour * hourMs;
    const remove = this.#database.prepare('DELETE FROM packets WHERE id = ?');
    const cut = this.#database.prepare('UPDATE packets SET start_ms = ?, end_ms = ?, body = ? WHERE id = ?');
    const left: Entry[] = [];
    for (const entry of this.#committed) {
      const boot = this.#boots.get(entry.boot);
      if (!boot?.isKnown || !isWithin(entry, boot.offsetMs, fromMs)) {
        left.push(entry);
        continue;
      }
      // A minute across the border keeps its other part.
      const edgeMs = fromMs - boot.offsetMs;
      const parts = this.#decode(entry).flatMap((run) => outside(run, edgeMs, edgeMs + hourMs));
      if (parts.length === 0) {
        remove.run(entry.id);
        continue;
      }
      const rest = { ...this.#entryOf(parts), id: entry.id, boot: entry.boot };
      cut.run(rest.startMs, rest.endMs, rest.body, rest.id);
      left.push({ ...rest, body: null });
    }
    return left;
  }

  forget(left: Entry[]): void {
    this.#committed = left;
  }

  /** Ids of packets beyond the bound, those whose time was never known first. */
  surplus(): number[] {
    const count = this.#committed.length - uncompactedLimit;
    if (count <= 0) return [];
    const unknown = this.#committed.filter((entry) => !this.#boots.get(entry.boot)?.isKnown);
    return [...unknown, ...this.#committed].slice(0, count).map((entry) => entry.id);
  }

  drop(ids: readonly number[]): void {
    const gone = new Set(ids);
    this.#committed = this.#committed.filter((entry) => !gone.has(entry.id));
  }

  *#entries(): Iterable<Entry> {
    yield* this.#committed;
    yield* this.#pending;
  }

  /** Null for packets of an earlier boot whose clock never became known: nobody can say when they were. */
  #offsetOf(entry: Entry): number | null {
    const boot = this.#boots.get(entry.boot);
    return boot !== undefined && (boot.isKnown || entry.boot === this.#current) ? boot.offsetMs : null;
  }

  #decode(entry: Entry, series?: number): SeriesRun[] {
    const body = entry.body ?? (this.#body.get(entry.id) as Uint8Array | undefined); // STRICT table
    return body === undefined ? [] : readableOr([], () => decodeRuns(body, entry.startMs, series));
  }
}

function hourOf(atMs: number): number {
  return Math.floor((atMs + roundingMs) / hourMs);
}

function isWithin(entry: Entry, offsetMs: number, fromMs: number): boolean {
  return hourOf(entry.startMs + offsetMs) * hourMs <= fromMs && entry.endMs + offsetMs > fromMs + roundingMs;
}

function place(run: CodeRun, offsetMs: number, fromMs: number, toMs: number, into: CodeRun[]): void {
  const piece = clip({ ...run, startMs: run.startMs + offsetMs }, fromMs, toMs);
  if (piece !== null) into.push(piece);
}

function outside(run: SeriesRun, fromMs: number, toMs: number): SeriesRun[] {
  return [clip(run, Number.NEGATIVE_INFINITY, fromMs), clip(run, toMs, Number.POSITIVE_INFINITY)]
    .filter((piece) => piece !== null)
    .map((piece) => ({ ...piece, series: run.series }));
}
