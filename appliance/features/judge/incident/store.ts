import { toIso } from '../../../core/clock.ts';
import type { Verdict } from '../../../core/shapes.ts';
import type { SqlValue, StateStore } from '../../../core/storing.ts';
import { type Member, parseMember } from './member.ts';
import type { IncidentNote } from './schema.ts';

/** Kept for decades of daily trouble; the oldest go first. */
const maxIncidents = 20_000;
/** Records that are looked at together; a line in ruins makes a few hundred a day. */
const maxAround = 2000;
/** Notes written to one incident. */
export const maxNotes = 200;
const forEver = Number.MAX_SAFE_INTEGER;

export interface IncidentRow {
  id: number;
  line: string;
  verdict: Verdict;
  startedMs: number;
  endedMs: number | null;
  tags: string[];
  isAcknowledged: boolean;
  isEdited: boolean;
  settledMs: number | null;
}

/** A member and the incident that holds it. */
export interface HeldMember {
  incident: number;
  member: Member;
}

export interface ListQuery {
  fromMs: number;
  toMs: number;
  limit: number;
  verdict?: Verdict | undefined;
  line?: string | undefined;
  /** Leave out what still lasts. */
  isEnded?: boolean | undefined;
}

export interface Statement {
  sql: string;
  parameters: readonly SqlValue[];
}

interface RawRow {
  id: number;
  line: string;
  verdict: Verdict;
  started_ms: number;
  ended_ms: number | null;
  tags: string;
  is_acknowledged: number;
  is_edited: number;
  settled_ms: number | null;
}

const columns =
  'id, line, verdict, started_ms, ended_ms, tags, is_acknowledged, is_edited, settled_ms from incidents';

/** Incidents on disk. Reading gives rows; what is to be written is put together as statements of one transaction. */
export class IncidentStore {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  async write(statements: readonly Statement[]): Promise<void> {
    await this.#state.write(statements);
  }

  /** The number that the next incident gets; those of removed ones are not given again. */
  async nextId(): Promise<number> {
    const [row] = await this.#state.all<{ seq: number }>(
      "select seq from sqlite_sequence where name = 'incidents'",
    );
    return (row?.seq ?? 0) + 1;
  }

  /** Null where there is none; one that was merged leads on to the one that holds its outages now. */
  async byId(id: number): Promise<IncidentRow | null> {
    const [row] = await this.#rows(
      `select ${columns} where id = coalesce((select merged_into from incidents where id = ?), ?)`,
      [id, id],
    );
    return row ?? null;
  }

  byIds(ids: readonly number[]): Promise<IncidentRow[]> {
    return this.#rows(
      `select ${columns} where id in (select value from json_each(?)) and merged_into is null`,
      [JSON.stringify(ids)],
    );
  }

  /** Those that overlap the range, newest first. */
  list({ fromMs, toMs, limit, verdict, line, isEnded = false }: ListQuery): Promise<IncidentRow[]> {
    return this.#rows(
      `select ${columns} where merged_into is null and started_ms < ? and coalesce(ended_ms, ${forEver}) >= ?
       and (? is null or verdict = ?) and (? is null or line = ?) and (ended_ms is not null or not ?)
       order by started_ms desc, id desc limit ?`,
      [toMs, fromMs, ...twice(verdict), ...twice(line), isEnded ? 1 : 0, limit],
    );
  }

  unsettled(): Promise<IncidentRow[]> {
    return this.#rows(`select ${columns} where settled_ms is null and merged_into is null order by id`, []);
  }

  /** In the order in which they began. */
  async members(incidents: readonly number[]): Promise<HeldMember[]> {
    const rows = await this.#state.all<{ incident: number; facts: string }>(
      `select incident, facts from incident_outages where incident in (select value from json_each(?))
       order by started_ms, outage`,
      [JSON.stringify(incidents)],
    );
    return rows.map(({ incident, facts }) => ({ incident, member: parseMember(facts) }));
  }

  /** Members of a line that overlap the range; the newest ones where there are too many. */
  async around(line: string, fromMs: number, toMs: number): Promise<HeldMember[]> {
    const rows = await this.#state.all<{ incident: number; facts: string }>(
      `select incident, facts from incident_outages where line = ? and started_ms <= ?
       and coalesce(ended_ms, ${forEver}) >= ? order by started_ms desc, outage desc limit ${maxAround}`,
      [line, toMs, fromMs],
    );
    return rows.map(({ incident, facts }) => ({ incident, member: parseMember(facts) }));
  }

  async member(outage: number): Promise<HeldMember | null> {
    const [row] = await this.#state.all<{ incident: number; facts: string }>(
      'select incident, facts from incident_outages where outage = ?',
      [outage],
    );
    return row === undefined ? null : { incident: row.incident, member: parseMember(row.facts) };
  }

  /** Epoch ms at which the newest member began; null before the first. */
  async newestStartMs(): Promise<number | null> {
    const [row] = await this.#state.all<{ newest: number | null }>(
      'select max(started_ms) as newest from incident_outages',
    );
    return row?.newest ?? null;
  }

  async notes(incident: number): Promise<IncidentNote[]> {
    const rows = await this.#state.all<{ id: number; at_ms: number; text: string }>(
      `select id, at_ms, text from incident_notes where incident = ? order by at_ms, id limit ${maxNotes}`,
      [incident],
    );
    return rows.map(({ id, at_ms, text }) => ({ id, at: toIso(at_ms), text }));
  }

  async addNote(incident: number, atMs: number, text: string): Promise<number> {
    const [inserted] = await this.#state.write([
      {
        sql: 'insert into incident_notes (incident, at_ms, text) values (?, ?, ?)',
        parameters: [incident, Math.round(atMs), text],
      },
    ]);
    return inserted?.lastId ?? 0;
  }

  /** False when the incident has no such note. */
  async removeNote(incident: number, note: number): Promise<boolean> {
    const [removed] = await this.#state.write([
      { sql: 'delete from incident_notes where incident = ? and id = ?', parameters: [incident, note] },
    ]);
    return (removed?.changes ?? 0) > 0;
  }

  async #rows(sql: string, parameters: readonly SqlValue[]): Promise<IncidentRow[]> {
    return (await this.#state.all<RawRow>(sql, parameters)).map((row) => ({
      id: row.id,
      line: row.line,
      verdict: row.verdict,
      startedMs: row.started_ms,
      endedMs: row.ended_ms,
      tags: JSON.parse(row.tags) as string[], // written below
      isAcknowledged: row.is_acknowledged === 1,
      isEdited: row.is_edited === 1,
      settledMs: row.settled_ms,
    }));
  }
}

/** For `? is null or column = ?`. */
const twice = (value: string | undefined): SqlValue[] => [value ?? null, value ?? null];

/** The statements that make a row what it should be. */
export const statements = {
  putIncident({ id, line, verdict, startedMs, endedMs, tags, ...row }: IncidentRow): Statement {
    return {
      sql: `insert into incidents
        (id, line, verdict, started_ms, ended_ms, tags, is_acknowledged, is_edited, settled_ms)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set
        verdict = excluded.verdict, started_ms = excluded.started_ms, ended_ms = excluded.ended_ms,
        tags = excluded.tags, is_acknowledged = excluded.is_acknowledged, is_edited = excluded.is_edited,
        settled_ms = excluded.settled_ms`,
      parameters: [
        id,
        line,
        verdict,
        Math.round(startedMs),
        endedMs === null ? null : Math.round(endedMs),
        JSON.stringify(tags),
        row.isAcknowledged ? 1 : 0,
        row.isEdited ? 1 : 0,
        row.settledMs === null ? null : Math.round(row.settledMs),
      ],
    };
  },

  putMember(incident: number, member: Member): Statement {
    const { outage, line, startedMs, endedMs } = member;
    return {
      sql: `insert into incident_outages (outage, incident, line, started_ms, ended_ms, facts)
        values (?, ?, ?, ?, ?, ?) on conflict (outage) do update set incident = excluded.incident,
        started_ms = excluded.started_ms, ended_ms = excluded.ended_ms, facts = excluded.facts`,
      parameters: [
        outage,
        incident,
        line,
        Math.round(startedMs),
        endedMs === null ? null : Math.round(endedMs),
        JSON.stringify(member),
      ],
    };
  },

  moveMember(outage: number, incident: number): Statement {
    return {
      sql: 'update incident_outages set incident = ? where outage = ?',
      parameters: [incident, outage],
    };
  },

  removeMember(outage: number): Statement {
    return { sql: 'delete from incident_outages where outage = ?', parameters: [outage] };
  },

  /** Everything of one incident becomes part of another; its number leads there from now on. */
  absorb(absorbed: number, survivor: number): Statement[] {
    const move = (table: string) => ({
      sql: `update ${table} set incident = ? where incident = ?`,
      parameters: [survivor, absorbed],
    });
    return [
      ...['incident_outages', 'incident_notes'].map(move),
      {
        sql: 'update incidents set merged_into = ? where id = ? or merged_into = ?',
        parameters: [survivor, absorbed, absorbed],
      },
    ];
  },

  removeIncident(id: number): Statement {
    return { sql: 'delete from incidents where id = ? or merged_into = ?', parameters: [id, id] };
  },

  settle(id: number, atMs: number): Statement {
    return {
      sql: 'update incidents set settled_ms = ? where id = ?',
      parameters: [Math.round(atMs), id],
    };
  },

  /** After making one: the oldest beyond the bound go, with all that hangs on them. */
  prune(): Statement {
    return {
      sql: 'delete from incidents where id <= (select max(id) from incidents) - ?',
      parameters: [maxIncidents],
    };
  },
};
