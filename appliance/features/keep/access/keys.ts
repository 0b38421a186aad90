import { type KeyScope, keyScopes } from '../../../core/access.ts';
import { AppError } from '../../../core/errors.ts';
import type { Migration, StateStore } from '../../../core/storing.ts';
import type { Timeline } from '../../../core/timeline.ts';
import { hashToken, isSameHash, newId, newToken } from './tokens.ts';

/** Tells people and secret scanners what they have found. */
export const keyPrefix = 'ist_';
/** Shown in lists, so that a key can be told from others; 24 of 256 bits. */
const hintLength = keyPrefix.length + 4;
const dayMs = 86_400_000;
/** When it was used last goes to disk no more often than this. */
const writeMs = 3_600_000;

export const keyMigration: Migration = {
  database: 'state',
  id: 'access-003-keys',
  sql: `create table access_keys (
      id text primary key,
      name text not null unique collate nocase,
      hash text not null unique,
      hint text not null,
      scope text not null,
      created_at_ms integer not null,
      expires_at_ms integer,
      used_at_ms integer
    ) strict;`,
};

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly scope: KeyScope;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly usedAtMs: number | null;
}

interface Kept extends Key {
  readonly hash: string;
  usedAtMs: number | null;
  writtenUsedAtMs: number | null;
}

interface Row {
  id: string;
  name: string;
  hash: string;
  hint: string;
  scope: KeyScope;
  created_at_ms: number;
  expires_at_ms: number | null;
  used_at_ms: number | null;
}

/** Access for programs. Few, so every one is compared, in the same time whichever fits. */
export class Keys {
  readonly #state: StateStore;
  readonly #timeline: Timeline;
  #keys: readonly Kept[] = [];

  constructor(state: StateStore, timeline: Timeline) {
    this.#state = state;
    this.#timeline = timeline;
  }

  async load(): Promise<void> {
    const rows = await this.#state.all<Row>('select * from access_keys order by created_at_ms, id');
    this.#keys = rows
      .filter(({ scope }) => keyScopes.includes(scope))
      .map((row) => ({
        id: row.id,
        name: row.name,
        hash: row.hash,
        hint: row.hint,
        scope: row.scope,
        createdAtMs: row.created_at_ms,
        expiresAtMs: row.expires_at_ms,
        usedAtMs: row.used_at_ms,
        writtenUsedAtMs: row.used_at_ms,
      }));
  }

  list(): readonly Key[] {
    return this.#keys;
  }

  /** The key that somebody shows, which counts as used now; null when it is none of ours or its time is over. */
  use(text: string): Key | null {
    const hash = hashToken(text);
    let found: Kept | null = null;
    for (const key of this.#keys) if (isSameHash(key.hash, hash)) found = key;
    return found !== null && this.#touch(found) ? found : null;
  }

  /** The same for one that is known; for connections that stay open. */
  useAgain(id: string): boolean {
    const key = this.#keys.find((other) => other.id === id);
    return key !== undefined && this.#touch(key);
  }

  /** Throws `KEY_EXISTS` and `KEYS_FULL`. The text of the key is given this once. */
  async create(
    facts: { name: string; scope: KeyScope; expiresDays: number | null },
    limit: number,
  ): Promise<{ key: Key; text: string }> {
    const { name, scope, expiresDays } = facts;
    const isTaken = this.#keys.some((key) => key.name.toLowerCase() === name.toLowerCase());
    if (isTaken) throw new AppError('KEY_EXISTS', `There is a key called "${name}" already`, { status: 409 });
    if (this.#keys.length >= limit) {
      throw new AppError(
        'KEYS_FULL',
        `There are ${this.#keys.length} keys, and access.maxKeys allows ${limit}`,
        {
          status: 409,
        },
      );
    }
    const text = `${keyPrefix}${newToken()}`;
    const now = Math.round(this.#timeline.nowMs());
    const key: Kept = {
      id: newId(),
      name,
      hash: hashToken(text),
      hint: text.slice(0, hintLength),
      scope,
      createdAtMs: now,
      expiresAtMs: expiresDays === null ? null : now + expiresDays * dayMs,
      usedAtMs: null,
      writtenUsedAtMs: null,
    };
    await this.#state.write([
      {
        sql: `insert into access_keys (id, name, hash, hint, scope, created_at_ms, expires_at_ms, used_at_ms)
              values (?, ?, ?, ?, ?, ?, ?, null)`,
        parameters: [key.id, name, key.hash, key.hint, scope, now, key.expiresAtMs],
      },
    ]);
    this.#keys = [...this.#keys, key];
    return { key, text };
  }

  /** In force at once, even when the disk does not take it; then it is thrown. */
  async revoke(id: string): Promise<void> {
    if (!this.#keys.some((key) => key.id === id)) {
      throw new AppError('KEY_UNKNOWN', 'There is no such key', { status: 404 });
    }
    this.#keys = this.#keys.filter((key) => key.id !== id);
    await this.#state.write([{ sql: 'delete from access_keys where id = ?', parameters: [id] }]);
  }

  async revokeAll(): Promise<void> {
    this.#keys = [];
    await this.#state.write([{ sql: 'delete from access_keys' }]);
  }

  /** Writes down, in one go, what was used since the last time. Call it hourly. */
  async tidy(leastMs = writeMs): Promise<void> {
    const used = this.#keys.filter(
      ({ usedAtMs, writtenUsedAtMs }) =>
        usedAtMs !== null && (writtenUsedAtMs === null || Math.abs(usedAtMs - writtenUsedAtMs) >= leastMs),
    );
    if (used.length === 0) return;
    for (const key of used) key.writtenUsedAtMs = key.usedAtMs;
    await this.#state.write(
      used.map(({ id, usedAtMs }) => ({
        sql: 'update access_keys set used_at_ms = ? where id = ?',
        parameters: [Math.round(usedAtMs ?? 0), id],
      })),
    );
  }

  #touch(key: Kept): boolean {
    const now = this.#timeline.nowMs();
    if (key.expiresAtMs !== null && now >= key.expiresAtMs) return false;
    key.usedAtMs = now;
    return true;
  }
}
