import type { Migration, StateStore } from '../core/storing.ts';
import type { JobMemory } from './jobs.ts';

export const scheduleMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'state-schedule-001',
    sql: 'create table job_runs (name text primary key, run_at_ms integer not null) strict, without rowid;',
  },
];

/** When each job ran last, in state.db. */
export function createJobMemory(state: StateStore): JobMemory {
  return {
    async lastRunMs(name) {
      const [row] = await state.all<{ run_at_ms: number }>('select run_at_ms from job_runs where name = ?', [
        name,
      ]);
      return row?.run_at_ms ?? null;
    },
    async remember(name, atMs) {
      await state.write([
        {
          sql: `insert into job_runs (name, run_at_ms) values (?, ?)
                on conflict (name) do update set run_at_ms = excluded.run_at_ms`,
          parameters: [name, Math.round(atMs)],
        },
      ]);
    },
  };
}
