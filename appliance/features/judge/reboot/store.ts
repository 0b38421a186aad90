import type { Migration, StateStore } from '../../../core/storing.ts';
import type { PastReboot } from './advise.ts';
import type { RebootDevice } from './schema.ts';

/** Years of a bad line; the oldest go first. */
const maxRows = 500;

export const rebootMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'reboot-001-reboots',
    sql: `create table reboots (
      id integer primary key,
      at_ms integer not null,
      kind text not null check (kind in ('told', 'seen', 'advised')),
      line text not null,
      device text not null check (device in ('router', 'modem')),
      outage integer
    ) strict;`,
  },
];

interface Row {
  id: number;
  at_ms: number;
  kind: 'told' | 'seen' | 'advised';
  line: string;
  device: RebootDevice;
  outage: number | null;
}

export type NewRow = Omit<Row, 'id' | 'at_ms'> & { atMs: number };

export interface RebootHistory {
  reboots: PastReboot[];
  advised: { atMs: number; outage: number }[];
}

/** Restarts of router and modem, and when one was advised. A handful of rows a month. */
export class RebootStore {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  async add({ atMs, kind, line, device, outage }: NewRow): Promise<void> {
    await this.#state.write([
      {
        sql: 'insert into reboots (at_ms, kind, line, device, outage) values (?, ?, ?, ?, ?)',
        parameters: [Math.round(atMs), kind, line, device, outage],
      },
      { sql: 'delete from reboots where id <= (select max(id) from reboots) - ?', parameters: [maxRows] },
    ]);
  }

  async all(): Promise<RebootHistory> {
    const rows = await this.#state.all<Row>('select * from reboots order by at_ms, id');
    return {
      reboots: rows.flatMap(({ id, at_ms, kind, line, device }) =>
        kind === 'advised' ? [] : [{ id, atMs: at_ms, line, device, source: kind }],
      ),
      advised: rows.flatMap(({ at_ms, kind, outage }) =>
        kind === 'advised' && outage !== null ? [{ atMs: at_ms, outage }] : [],
      ),
    };
  }
}
