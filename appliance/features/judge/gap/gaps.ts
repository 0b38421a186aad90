import { toIso } from '../../../core/clock.ts';
import { sayDuration } from '../../../core/durations.ts';
import type { Migration, SqlValue, StateStore } from '../../../core/storing.ts';
import type { Gap } from '../outage/schema.ts';
import type { RunNote } from './between-runs.ts';

/** Years of daily restarts; the oldest go first. */
const maxGaps = 20_000;

export const gapMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'gap-001-gaps',
    sql: `create table gaps (
      id integer primary key,
      started_ms integer not null,
      ended_ms integer not null,
      reason text not null,
      -- While the time of day is not known: the boot, the end on its monotonic clock, and the length if that is known.
      is_known integer not null,
      boot text not null,
      ended_mono_ms real not null,
      length_ms real
    ) strict;
    create index gaps_by_end on gaps (ended_ms);
    create table watch_run (
      id integer primary key check (id = 1),
      boot text not null,
      started_mono_ms real not null,
      started_ms integer not null,
      is_known integer not null,
      stopped_mono_ms real,
      stopped_ms integer,
      first_ms integer
    ) strict;`,
  },
];

const because: Record<Gap['reason'], string> = {
  power: 'the box was without power or was reset',
  stopped: 'the service was stopped',
  crashed: 'the service ended unexpectedly',
  suspended: 'the box slept',
  'not-measured': 'the service ran but could not measure',
  clock: 'the time of day was not known',
};
/** What was measured since the last commit went with the memory. */
const losesMemory: ReadonlySet<Gap['reason']> = new Set(['power', 'crashed']);

export interface NewGap {
  reason: Gap['reason'];
  startMs: number;
  endMs: number;
  endMonoMs: number;
  /** Null where the beginning stands by itself and does not move with the clock of this boot. */
  lengthMs: number | null;
  boot: string;
  isKnown: boolean;
}

type Statement = { sql: string; parameters: readonly SqlValue[] };
type GapRow = { id: number; started_ms: number; ended_ms: number; reason: Gap['reason'] };

/** The tables of what was not measured, and of what a run leaves for the next one. */
export class GapTable {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  async previous(): Promise<{ run: RunNote; firstMs: number | null } | null> {
    type Row = {
      boot: string;
      started_mono_ms: number;
      started_ms: number;
      is_known: number;
      stopped_mono_ms: number | null;
      stopped_ms: number | null;
      first_ms: number | null;
    };
    const [row] = await this.#state.all<Row>('select * from watch_run');
    if (!row) return null;
    const run = {
      boot: row.boot,
      startedMonoMs: row.started_mono_ms,
      startedMs: row.started_ms,
      isKnown: row.is_known === 1,
      stoppedMonoMs: row.stopped_mono_ms,
      stoppedMs: row.stopped_ms,
    };
    return { run, firstMs: row.first_ms };
  }

  /** One transaction for what a start writes. Returns the id of the gap; null without one. */
  async begin(run: RunNote, gap: NewGap | null): Promise<number | null> {
    const startedMs = Math.round(run.startedMs);
    const results = await this.#state.write([
      {
        sql: `insert into watch_run (id, boot, started_mono_ms, started_ms, is_known, first_ms)
          values (1, ?, ?, ?, ?, ?)
          on conflict (id) do update set boot = excluded.boot, started_mono_ms = excluded.started_mono_ms,
            started_ms = excluded.started_ms, is_known = excluded.is_known,
            stopped_mono_ms = null, stopped_ms = null, first_ms = coalesce(first_ms, excluded.first_ms)`,
        parameters: [
          run.boot,
          run.startedMonoMs,
          startedMs,
          run.isKnown ? 1 : 0,
          run.isKnown ? startedMs : null,
        ],
      },
      // Their boot ended before its time was known: what follows reaches back beyond them.
      { sql: 'delete from gaps where is_known = 0 and boot <> ?', parameters: [run.boot] },
      ...(gap ? insert(gap) : []),
    ]);
    return gap ? (results[2]?.lastId ?? null) : null;
  }

  async add(gap: NewGap): Promise<number> {
    const [inserted] = await this.#state.write(insert(gap));
    return inserted?.lastId ?? 0;
  }

  async end(stoppedMonoMs: number, stoppedMs: number): Promise<void> {
    await this.#state.write([
      {
        sql: 'update watch_run set stopped_mono_ms = ?, stopped_ms = ?',
        parameters: [stoppedMonoMs, Math.round(stoppedMs)],
      },
    ]);
  }

  /** Gives what this boot left without a time of day its times; returns the gaps among it that are long enough. */
  async stamp(boot: string, wallMs: (monoMs: number) => number, leastMs: number): Promise<Gap[]> {
    const rows = await this.#state.all<GapRow & { ended_mono_ms: number; length_ms: number | null }>(
      'select * from gaps where is_known = 0 and boot = ? order by id',
      [boot],
    );
    const known = await this.previous();
    if (!known) return [];
    const startedMs = Math.round(wallMs(known.run.startedMonoMs));
    const statements: Statement[] = [
      {
        sql: 'update watch_run set started_ms = ?, is_known = 1, first_ms = coalesce(first_ms, ?) where is_known = 0',
        parameters: [startedMs, startedMs],
      },
    ];
    const stamped: Gap[] = [];
    for (const { id, reason, started_ms, ended_mono_ms, length_ms } of rows) {
      const endMs = Math.round(wallMs(ended_mono_ms));
      const startMs = length_ms === null ? started_ms : Math.round(endMs - length_ms);
      if (endMs - startMs < leastMs) {
        statements.push({ sql: 'delete from gaps where id = ?', parameters: [id] });
        continue;
      }
      stamped.push(toGap({ id, reason, started_ms: startMs, ended_ms: endMs }));
      statements.push({
        sql: 'update gaps set started_ms = ?, ended_ms = ?, is_known = 1 where id = ?',
        parameters: [startMs, endMs, id],
      });
    }
    await this.#state.write(statements);
    return stamped;
  }

  /** Those whose times are known and that overlap a range, in time order. */
  async between(fromMs: number, toMs: number): Promise<Gap[]> {
    const rows = await this.#state.all<GapRow>(
      `select id, started_ms, ended_ms, reason from gaps
       where is_known = 1 and ended_ms > ? and started_ms < ? order by started_ms, id`,
      [Math.round(fromMs), Math.round(toMs)],
    );
    return rows.map(toGap);
  }
}

function insert({ startMs, endMs, reason, isKnown, boot, endMonoMs, lengthMs }: NewGap): Statement[] {
  return [
    {
      sql: `insert into gaps (started_ms, ended_ms, reason, is_known, boot, ended_mono_ms, length_ms)
        values (?, ?, ?, ?, ?, ?, ?)`,
      parameters: [
        Math.round(startMs),
        Math.round(endMs),
        reason,
        isKnown ? 1 : 0,
        boot,
        endMonoMs,
        lengthMs,
      ],
    },
    { sql: 'delete from gaps where id <= (select max(id) from gaps) - ?', parameters: [maxGaps] },
  ];
}

export function toGap({ id, started_ms, ended_ms, reason }: GapRow): Gap {
  const length = sayDuration(ended_ms - started_ms);
  const lost = losesMemory.has(reason)
    ? ' What was measured in the minutes before was not yet on disk and is part of it.'
    : '';
  return {
    id,
    startedAt: toIso(started_ms),
    endedAt: toIso(ended_ms),
    reason,
    text: `Nothing was measured for ${length}: ${because[reason]}.${lost}`,
  };
}
