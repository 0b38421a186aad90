import { toIso } from '../../../core/clock.ts';
import type { Migration, StateStore } from '../../../core/storing.ts';
import type { TimelineEvent } from './schema.ts';

/** Kept for years of daily life; the oldest go first. */
const maxEvents = 20_000;

export const eventMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'state-events-001',
    sql: `create table events (
      id integer primary key,
      at_ms integer not null,
      kind text not null,
      text text not null,
      line text,
      target text
    ) strict;
    create index events_by_time on events (at_ms);`,
  },
];

export type NewEvent = { atMs: number; kind: string; text: string; line?: string; target?: string };

/** The list of things that happened. */
export class EventLog {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  async record(event: NewEvent): Promise<TimelineEvent> {
    const { atMs, kind, text, line = null, target = null } = event;
    const [inserted] = await this.#state.write([
      {
        sql: 'insert into events (at_ms, kind, text, line, target) values (?, ?, ?, ?, ?)',
        parameters: [Math.round(atMs), kind, text, line, target],
      },
      { sql: 'delete from events where id <= (select max(id) from events) - ?', parameters: [maxEvents] },
    ]);
    return { id: inserted?.lastId ?? 0, at: toIso(atMs), kind, text, line, target };
  }

  /** Newest first. */
  async list(limit: number, beforeMs: number | null, kind: string | null): Promise<TimelineEvent[]> {
    const rows = await this.#state.all<{
      id: number;
      at_ms: number;
      kind: string;
      text: string;
      line: string | null;
      target: string | null;
    }>(
      `select id, at_ms, kind, text, line, target from events
       where at_ms < ? and (kind = ? or ?) order by at_ms desc, id desc limit ?`,
      [beforeMs ?? Number.MAX_SAFE_INTEGER, kind, kind === null ? 1 : 0, limit],
    );
    return rows.map(({ id, at_ms, kind, text, line, target }) => ({
      id,
      at: toIso(at_ms),
      kind,
      text,
      line,
      target,
    }));
  }
}
