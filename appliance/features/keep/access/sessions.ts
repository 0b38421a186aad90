import { cleanText } from '../../../core/clean-text.ts';
import type { Clock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';
import type { Migration, SqlValue, StateStore } from '../../../core/storing.ts';
import type { Timeline } from '../../../core/timeline.ts';
import { hashToken, newId, newToken } from './tokens.ts';

const hourMs = 3_600_000;

export const sessionLimits = {
  sessions: 20,
  idleMs: 7 * 24 * hourMs,
  absoluteMs: 30 * 24 * hourMs,
  /** How long the password that was typed stands for the person. */
  confirmedMs: 5 * 60_000,
  /** When it was used last goes to disk no more often than this: memory cards wear out. */
  writeMs: hourMs,
  addressLength: 45,
  agentBytes: 120,
} as const;

export const sessionMigration: Migration = {
  database: 'state',
  id: 'access-002-sessions',
  sql: `create table access_sessions (
      id text primary key,
      token_hash text not null unique,
      account_id text not null,
      created_at_ms integer not null,
      seen_at_ms integer not null,
      address text not null,
      agent text not null
    ) strict;`,
};

export interface Session {
  readonly id: string;
  readonly accountId: string;
  createdAtMs: number;
  seenAtMs: number;
  readonly address: string;
  /** What the browser calls itself: a stranger's text. */
  readonly agent: string;
}

interface Kept extends Session {
  readonly tokenHash: string;
  writtenSeenAtMs: number;
  /** Made since this start, so that its times follow when the clock is set. */
  isNew: boolean;
  confirmedMonoMs: number;
}

interface Row {
  id: string;
  token_hash: string;
  account_id: string;
  created_at_ms: number;
  seen_at_ms: number;
  address: string;
  agent: string;
}

/** Who is signed in. Kept in memory by the hash of the token, on disk so that a restart signs nobody out. */
export class Sessions {
  readonly #state: StateStore;
  readonly #timeline: Timeline;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #byHash = new Map<string, Kept>();

  constructor({
    state,
    timeline,
    clock,
    log,
  }: { state: StateStore; timeline: Timeline; clock: Clock; log: Log }) {
    this.#state = state;
    this.#timeline = timeline;
    this.#clock = clock;
    this.#log = log;
  }

  async load(): Promise<void> {
    this.#byHash.clear();
    for (const row of await this.#state.all<Row>('select * from access_sessions order by seen_at_ms')) {
      this.#byHash.set(row.token_hash, {
        id: row.id,
        tokenHash: row.token_hash,
        accountId: row.account_id,
        createdAtMs: row.created_at_ms,
        seenAtMs: row.seen_at_ms,
        writtenSeenAtMs: row.seen_at_ms,
        address: row.address,
        agent: row.agent,
        isNew: false,
        confirmedMonoMs: Number.NEGATIVE_INFINITY,
      });
    }
  }

  /** Those that are in force, the one used last first. */
  list(): readonly Session[] {
    const now = this.#timeline.nowMs();
    return [...this.#byHash.values()]
      .filter((session) => !isOver(session, now))
      .sort((a, b) => b.seenAtMs - a.seenAtMs);
  }

  /** The session of a token, which counts as used now; null when there is none or it is over. */
  use(token: string): Session | null {
    const session = this.#byHash.get(hashToken(token));
    return session !== undefined && this.#touch(session) ? session : null;
  }

  /** The same for one that is known; for connections that stay open. */
  useAgain(id: string): boolean {
    const session = this.#find(id);
    return session !== undefined && this.#touch(session);
  }

  isKnownAddress(address: string): boolean {
    return this.list().some((session) => session.address === address);
  }

  /** Makes a session for somebody who has just shown the password. The token is nowhere else. */
  async open(
    accountId: string,
    from: { address: string; agent: string },
  ): Promise<{ token: string; session: Session }> {
    const token = newToken();
    const now = Math.round(this.#timeline.nowMs());
    const session: Kept = {
      id: newId(),
      tokenHash: hashToken(token),
      accountId,
      createdAtMs: now,
      seenAtMs: now,
      writtenSeenAtMs: now,
      address: from.address.slice(0, sessionLimits.addressLength),
      agent: cleanText(from.agent, sessionLimits.agentBytes),
      isNew: true,
      confirmedMonoMs: this.#clock.monoMs(),
    };
    this.#byHash.set(session.tokenHash, session);
    const leaving = this.#tooMany(session);
    await this.#write([
      {
        sql: `insert into access_sessions (id, token_hash, account_id, created_at_ms, seen_at_ms, address, agent)
              values (?, ?, ?, ?, ?, ?, ?)`,
        parameters: [session.id, session.tokenHash, accountId, now, now, session.address, session.agent],
      },
      ...leaving.map(({ id }) => deletion(id)),
    ]).catch((error: unknown) => {
      // With a full disk the owner must be able to come in and see it; such a session ends with the process.
      this.#log.warn({ session: session.id }, `a session could not be stored: ${messageOf(error)}`);
    });
    return { token, session };
  }

  /** In force at once, even when the disk does not take it; then it is thrown. */
  async end(isMeant: (session: Session) => boolean): Promise<number> {
    const ended = [...this.#byHash.values()].filter(isMeant);
    for (const { tokenHash } of ended) this.#byHash.delete(tokenHash);
    if (ended.length > 0) await this.#write(ended.map(({ id }) => deletion(id)));
    return ended.length;
  }

  confirm(id: string): void {
    const session = this.#find(id);
    if (session !== undefined) session.confirmedMonoMs = this.#clock.monoMs();
  }

  /** Ms that the password which was typed still stands for the person; 0 when it must be typed again. */
  confirmedForMs(id: string): number {
    const session = this.#find(id);
    if (session === undefined) return 0;
    return Math.max(0, session.confirmedMonoMs + sessionLimits.confirmedMs - this.#clock.monoMs());
  }

  /** Writes down, in one go, what was used since the last time, and drops what is over. Call it hourly. */
  async tidy(leastMs = sessionLimits.writeMs as number): Promise<void> {
    const now = this.#timeline.nowMs();
    const statements: { sql: string; parameters: SqlValue[] }[] = [];
    for (const session of this.#byHash.values()) {
      if (isOver(session, now)) {
        this.#byHash.delete(session.tokenHash);
        statements.push(deletion(session.id));
      } else if (Math.abs(session.seenAtMs - session.writtenSeenAtMs) >= leastMs) {
        session.writtenSeenAtMs = session.seenAtMs;
        statements.push({
          sql: 'update access_sessions set created_at_ms = ?, seen_at_ms = ? where id = ?',
          parameters: [Math.round(session.createdAtMs), Math.round(session.seenAtMs), session.id],
        });
      }
    }
    if (statements.length > 0) await this.#write(statements);
  }

  /** The wall clock was set: what it has stamped since the start moves along. */
  shift(byMs: number): void {
    for (const session of this.#byHash.values()) {
      if (!session.isNew) continue;
      session.createdAtMs += byMs;
      session.seenAtMs += byMs;
    }
  }

  find(id: string): Session | null {
    return this.#find(id) ?? null;
  }

  #find(id: string): Kept | undefined {
    return [...this.#byHash.values()].find((session) => session.id === id);
  }

  #touch(session: Kept): boolean {
    const now = this.#timeline.nowMs();
    if (isOver(session, now)) return false;
    session.seenAtMs = Math.max(session.seenAtMs, now); // a clock that is not set yet says 1970
    return true;
  }

  /** The account with the most gives up what it has not used for longest: a viewer cannot push the owner out. */
  #tooMany(newest: Kept): Kept[] {
    const leaving: Kept[] = [];
    while (this.#byHash.size > sessionLimits.sessions) {
      const all = [...this.#byHash.values()];
      const countOf = ({ accountId }: Kept) => all.filter((other) => other.accountId === accountId).length;
      const most = Math.max(...all.map(countOf));
      const [oldest] = all
        .filter((session) => session !== newest && countOf(session) === most)
        .sort((a, b) => a.seenAtMs - b.seenAtMs);
      if (oldest === undefined) break;
      this.#byHash.delete(oldest.tokenHash);
      leaving.push(oldest);
    }
    return leaving;
  }

  async #write(statements: { sql: string; parameters: SqlValue[] }[]): Promise<void> {
    await this.#state.write(statements);
  }
}

function isOver({ createdAtMs, seenAtMs }: Session, now: number): boolean {
  return now - seenAtMs > sessionLimits.idleMs || now - createdAtMs > sessionLimits.absoluteMs;
}

function deletion(id: string): { sql: string; parameters: SqlValue[] } {
  return { sql: 'delete from access_sessions where id = ?', parameters: [id] };
}
