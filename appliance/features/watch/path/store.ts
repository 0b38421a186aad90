import { toIso } from '../../../core/clock.ts';
import type { Family } from '../../../core/shapes.ts';
import type { Migration, StateStore } from '../../../core/storing.ts';
import type { KnownPath } from './known-path.ts';
import type { PathTrace } from './schema.ts';
import { packHops, unpackHops } from './trace-row.ts';

export const pathMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'path-001-traces',
    sql: `create table path_routes (
      id integer primary key,
      line text not null,
      family text not null,
      target text not null,
      address text not null,
      fingerprint text not null,
      hops text not null,
      seen_at_ms integer not null,
      unique (line, family, target, address, fingerprint)
    ) strict;
    create table path_traces (
      id integer primary key,
      at_ms integer not null,
      line text not null,
      family text not null,
      target text not null,
      address text not null,
      reason text not null,
      fingerprint text not null,
      end text not null,
      route integer,
      hops text not null
    ) strict;
    create index path_traces_by_time on path_traces (at_ms);
    create table path_transit (
      line text not null,
      family text not null,
      position integer not null,
      address text not null,
      primary key (line, family, position)
    ) strict;`,
  },
];

/** A trace with four rows a day and target, and a few dozen at a bad evening: about a year. */
const maxTraces = 20_000;
const keepTracesMs = 366 * 86_400_000;
/** A path that no trace points at any more. */
const keepUnusedMs = 30 * 86_400_000;
/** Paths that are read at the start, newest first; per target the tracker keeps fewer. */
const maxPaths = 2000;

interface TraceRow {
  id: number;
  at_ms: number;
  line: string;
  family: Family;
  target: string;
  address: string;
  reason: string;
  fingerprint: string;
  end: PathTrace['end'];
  hops: string;
  path_hops: string | null;
}

const traceColumns = `t.id, t.at_ms, t.line, t.family, t.target, t.address, t.reason, t.fingerprint, t.end, t.hops,
  r.hops as path_hops from path_traces t left join path_routes r on r.id = t.route`;

/** A trace to be stored. Its id is 0 until then. */
export interface NewTrace {
  trace: PathTrace;
  /** What it points into; null where it fits no known path. */
  path: KnownPath | null;
  atMs: number;
  startedMonoMs: number;
}

export interface StoredPath extends KnownPath {
  line: string;
  family: Family;
  target: string;
  address: string;
}

export interface TransitRow {
  line: string;
  family: Family;
  position: number;
  address: string;
}

export interface TraceFilter {
  fromMs: number;
  toMs: number;
  target: string | null;
  limit: number;
}

/** The tables of this feature. */
export class PathStore {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** Stores traces with their paths in one transaction; returns their ids in order. */
  async add(traces: readonly NewTrace[]): Promise<number[]> {
    const results = await this.#state.write(
      traces.flatMap(({ trace, path, atMs }) => {
        const { line, family, target, address, reason, fingerprint, end } = trace;
        const key = [line, family, target, address, path?.fingerprint ?? ''];
        const insertPath = {
          sql: `insert into path_routes (line, family, target, address, fingerprint, hops, seen_at_ms)
            values (?, ?, ?, ?, ?, ?, ?)
            on conflict do update set hops = excluded.hops, seen_at_ms = excluded.seen_at_ms`,
          parameters: [...key, JSON.stringify(path?.hops ?? []), Math.round(atMs)],
        };
        const insertTrace = {
          sql: `insert into path_traces (at_ms, line, family, target, address, reason, fingerprint, end, hops, route)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, (select id from path_routes
              where line = ? and family = ? and target = ? and address = ? and fingerprint = ?))`,
          parameters: [
            ...[Math.round(atMs), line, family, target, address, reason, fingerprint, end],
            packHops(trace.hops, path),
            ...key,
          ],
        };
        return path === null ? [insertTrace] : [insertPath, insertTrace];
      }),
    );
    let at = -1;
    return traces.map(({ path }) => {
      at += path === null ? 1 : 2;
      return results[at]?.lastId ?? 0;
    });
  }

  /** Newest first. */
  async list({ fromMs, toMs, target, limit }: TraceFilter): Promise<PathTrace[]> {
    const rows = await this.#state.all<TraceRow>(
      `select ${traceColumns} where t.at_ms >= ? and t.at_ms < ? and (t.target = ? or ?)
       order by t.at_ms desc, t.id desc limit ?`,
      [Math.round(fromMs), Math.round(toMs), target, target === null ? 1 : 0, limit],
    );
    return rows.map(traceOf);
  }

  async byId(id: number): Promise<PathTrace | null> {
    const [row] = await this.#state.all<TraceRow>(`select ${traceColumns} where t.id = ?`, [id]);
    return row ? traceOf(row) : null;
  }

  /** The newest trace of every target. */
  async newest(): Promise<PathTrace[]> {
    const rows = await this.#state.all<TraceRow>(
      `select ${traceColumns} where t.id in (select max(id) from path_traces group by line, target) limit 200`,
    );
    return rows.map(traceOf);
  }

  /** Paths that were walked to their end, most recently used last. */
  async paths(): Promise<StoredPath[]> {
    const rows = await this.#state.all<Omit<StoredPath, 'hops'> & { hops: string }>(
      `select line, family, target, address, fingerprint, hops from path_routes
       order by seen_at_ms desc limit ${maxPaths}`,
    );
    return rows.map((row) => ({ ...row, hops: JSON.parse(row.hops) as string[][] })).reverse(); // written by `add`
  }

  /** Gives traces other times: those made before the time of day was known. */
  async relabel(traces: readonly { id: number; atMs: number }[]): Promise<void> {
    await this.#state.write(
      traces.map(({ id, atMs }) => ({
        sql: 'update path_traces set at_ms = ? where id = ?',
        parameters: [Math.round(atMs), id],
      })),
    );
  }

  transit(): Promise<TransitRow[]> {
    return this.#state.all<TransitRow>(
      'select line, family, position, address from path_transit order by line, family, position',
    );
  }

  async setTransit(line: string, family: Family, addresses: readonly string[]): Promise<void> {
    await this.#state.write([
      { sql: 'delete from path_transit where line = ? and family = ?', parameters: [line, family] },
      ...addresses.map((address, index) => ({
        sql: 'insert into path_transit (line, family, position, address) values (?, ?, ?, ?)',
        parameters: [line, family, index + 1, address],
      })),
    ]);
  }

  /** Forgets what is too old or too much. */
  async prune(nowMs: number): Promise<void> {
    const tooOldMs = Math.round(nowMs - keepTracesMs);
    await this.#state.write([
      { sql: 'delete from path_traces where at_ms < ?', parameters: [tooOldMs] },
      {
        sql: 'delete from path_traces where id <= (select max(id) from path_traces) - ?',
        parameters: [maxTraces],
      },
      {
        sql: `delete from path_routes where seen_at_ms < ?
          and id not in (select route from path_traces where route is not null)`,
        parameters: [Math.round(nowMs - keepUnusedMs)],
      },
    ]);
  }
}

function traceOf(row: TraceRow): PathTrace {
  const { id, at_ms, line, family, target, address, reason, fingerprint, end } = row;
  return {
    id,
    line,
    family,
    target,
    address,
    at: toIso(at_ms),
    reason,
    fingerprint,
    isReached: end === 'reached',
    end,
    hops: unpackHops(row.hops, row.path_hops).map((hop) => ({ ...hop, name: null, network: null })),
  };
}
