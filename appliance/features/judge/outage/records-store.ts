import type { Family, Verdict } from '../../../core/shapes.ts';
import type { Migration, SqlValue, StateStore } from '../../../core/storing.ts';
import type { BusyRecord, OutageRecord } from './records.ts';

/** A flapping line makes hundreds a day; years of them stay, the oldest go first. */
const maxOutages = 50_000;
const maxBusy = 20_000;

export const outageMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'outage-001-outages',
    sql: `create table outages (
      id integer primary key,
      line text not null,
      kind text not null,
      verdict text not null,
      start_ms integer not null,
      last_ms integer not null,
      end_ms integer,
      boot text not null,
      offset_ms real not null,
      record text not null
    ) strict;
    create index outages_by_start on outages (start_ms);
    create index outages_open on outages (id) where end_ms is null;
    create table busy_periods (
      id integer primary key,
      line text not null,
      start_ms integer not null,
      end_ms integer,
      boot text not null,
      offset_ms real not null,
      record text not null
    ) strict;
    create index busy_by_start on busy_periods (start_ms);
    create table line_families (
      line text not null,
      family text not null,
      primary key (line, family)
    ) strict, without rowid;`,
  },
];

/** A record as it stands on disk: its own times are monotonic, `offsetMs` makes them epoch ms. */
export interface StoredOutage {
  id: number;
  offsetMs: number;
  record: OutageRecord;
}

export interface StoredBusy {
  id: number;
  offsetMs: number;
  record: BusyRecord;
}

/** What uptime needs of a record, epoch ms; `endMs` is null while it lasts. */
export interface OutageSpan {
  line: string;
  kind: OutageRecord['kind'];
  verdict: Verdict;
  startMs: number;
  endMs: number | null;
}

interface Row {
  id: number;
  offset_ms: number;
  record: string;
}

const wall = (ms: number, offsetMs: number) => Math.round(ms + offsetMs);

/** Outages, busy periods and the families that ever worked. */
export class OutageStore {
  readonly #state: StateStore;
  readonly #boot: string;

  constructor(state: StateStore, boot: string) {
    this.#state = state;
    this.#boot = boot;
  }

  async insert(record: OutageRecord, offsetMs: number): Promise<number> {
    const [inserted] = await this.#state.write([
      {
        sql: `insert into outages (line, kind, verdict, start_ms, last_ms, end_ms, boot, offset_ms, record)
              values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        parameters: this.#columns(record, offsetMs),
      },
      { sql: 'delete from outages where id <= (select max(id) from outages) - ?', parameters: [maxOutages] },
    ]);
    return inserted?.lastId ?? 0;
  }

  async update(id: number, record: OutageRecord, offsetMs: number): Promise<void> {
    await this.#state.write([
      {
        sql: `update outages set line = ?, kind = ?, verdict = ?, start_ms = ?, last_ms = ?, end_ms = ?, boot = ?,
              offset_ms = ?, record = ? where id = ?`,
        parameters: [...this.#columns(record, offsetMs), id],
      },
    ]);
  }

  async saveBusy(id: number | null, record: BusyRecord, offsetMs: number): Promise<number> {
    const values: SqlValue[] = [
      record.line,
      wall(record.startMs, offsetMs),
      record.endMs === null ? null : wall(record.endMs, offsetMs),
      this.#boot,
      offsetMs,
      JSON.stringify(record),
    ];
    if (id !== null) {
      await this.#state.write([
        {
          sql: 'update busy_periods set line = ?, start_ms = ?, end_ms = ?, boot = ?, offset_ms = ?, record = ? where id = ?',
          parameters: [...values, id],
        },
      ]);
      return id;
    }
    const [inserted] = await this.#state.write([
      {
        sql: 'insert into busy_periods (line, start_ms, end_ms, boot, offset_ms, record) values (?, ?, ?, ?, ?, ?)',
        parameters: values,
      },
      {
        sql: 'delete from busy_periods where id <= (select max(id) from busy_periods) - ?',
        parameters: [maxBusy],
      },
    ]);
    return inserted?.lastId ?? 0;
  }

  /** What an earlier run left open. */
  async leftOpen(): Promise<{ outages: StoredOutage[]; busy: StoredBusy[] }> {
    const outages = await this.#state.all<Row>(
      'select id, offset_ms, record from outages where end_ms is null',
    );
    const busy = await this.#state.all<Row>(
      'select id, offset_ms, record from busy_periods where end_ms is null',
    );
    return { outages: outages.map(outageOf), busy: busy.map(busyOf) };
  }

  /** Overlapping the range, newest first. */
  async between(fromMs: number, toMs: number, limit: number): Promise<StoredOutage[]> {
    const rows = await this.#state.all<Row>(
      `select id, offset_ms, record from outages
       where start_ms < ? and (end_ms is null or end_ms >= ?) order by start_ms desc, id desc limit ?`,
      [Math.round(toMs), Math.round(fromMs), limit],
    );
    return rows.map(outageOf);
  }

  /** The same without what they were drawn from: years of them fit into memory. */
  async spans(fromMs: number, toMs: number): Promise<OutageSpan[]> {
    return this.#state.all<OutageSpan>(
      `select line, kind, verdict, start_ms as startMs, end_ms as endMs from outages
       where start_ms < ? and (end_ms is null or end_ms >= ?) order by start_ms limit ?`,
      [Math.round(toMs), Math.round(fromMs), maxOutages],
    );
  }

  async byId(id: number): Promise<StoredOutage | null> {
    const [row] = await this.#state.all<Row>('select id, offset_ms, record from outages where id = ?', [id]);
    return row ? outageOf(row) : null;
  }

  async busyBetween(fromMs: number, toMs: number, limit: number): Promise<StoredBusy[]> {
    const rows = await this.#state.all<Row>(
      `select id, offset_ms, record from busy_periods
       where start_ms < ? and (end_ms is null or end_ms >= ?) order by start_ms desc limit ?`,
      [Math.round(toMs), Math.round(fromMs), limit],
    );
    return rows.map(busyOf);
  }

  /** The clock became known, or was set: everything of this boot moves by as much. */
  async restamp(offsetMs: number): Promise<void> {
    await this.#state.write(
      ['outages', 'busy_periods'].map((table) => ({
        sql: `update ${table} set start_ms = start_ms + cast(round(? - offset_ms) as integer),
              end_ms = end_ms + cast(round(? - offset_ms) as integer),
              ${table === 'outages' ? 'last_ms = last_ms + cast(round(? - offset_ms) as integer),' : ''} offset_ms = ?
              where boot = ?`,
        parameters: [...Array<number>(table === 'outages' ? 4 : 3).fill(offsetMs), this.#boot],
      })),
    );
  }

  /** "line family" of everything that worked at some time. */
  async everUp(): Promise<string[]> {
    const rows = await this.#state.all<{ line: string; family: string }>(
      'select line, family from line_families',
    );
    return rows.map(({ line, family }) => `${line} ${family}`);
  }

  async rememberUp(line: string, family: Family): Promise<void> {
    await this.#state.write([
      {
        sql: 'insert or ignore into line_families (line, family) values (?, ?)',
        parameters: [line, family],
      },
    ]);
  }

  #columns(record: OutageRecord, offsetMs: number): SqlValue[] {
    return [
      record.line,
      record.kind,
      record.verdict,
      wall(record.startMs, offsetMs),
      wall(record.lastMs, offsetMs),
      record.endMs === null ? null : wall(record.endMs, offsetMs),
      this.#boot,
      offsetMs,
      JSON.stringify(record),
    ];
  }
}

const outageOf = ({ id, offset_ms, record }: Row): StoredOutage => ({
  id,
  offsetMs: offset_ms,
  record: JSON.parse(record) as OutageRecord, // written by this class
});
const busyOf = ({ id, offset_ms, record }: Row): StoredBusy => ({
  id,
  offsetMs: offset_ms,
  record: JSON.parse(record) as BusyRecord, // written by this class
});
