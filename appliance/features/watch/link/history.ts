import { Value } from 'typebox/value';
import type { Clock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';
import type { Migration, StateStore } from '../../../core/storing.ts';
import { LinkState } from './schema.ts';

/** Some 600 bytes each; the oldest go first. */
const maxRows = 2000;
const maxAnswer = 1000;
/** The first change is committed at once; a link that flaps must not wear out the card. */
const quietMs = 10_000;
/** Changes that wait for that; of a wilder link the newest is kept. */
const maxWaiting = 64;

export const linkStateMigration: Migration = {
  database: 'state',
  id: 'link-001-states',
  sql: `create table link_states (
    id integer primary key,
    at_ms integer not null,
    line text not null,
    state text not null
  ) strict;
  create index link_states_by_time on link_states (line, at_ms);`,
};

interface Row {
  at_ms: number;
  state: string;
}

/** How the links changed, as rows of state.db. In calm times nothing is written. */
export class LinkHistory {
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #log: Log;
  #waiting: { atMs: number; state: LinkState }[] = [];
  #cancel: (() => void) | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor({ store, clock, log }: { store: { state: StateStore }; clock: Clock; log: Log }) {
    this.#state = store.state;
    this.#clock = clock;
    this.#log = log;
  }

  record(atMs: number, state: LinkState): void {
    if (this.#waiting.length === maxWaiting) this.#waiting.pop();
    this.#waiting.push({ atMs: Math.round(atMs), state });
    if (this.#cancel) return;
    this.#cancel = this.#clock.after(quietMs, () => {
      this.#cancel = null;
      if (this.#waiting.length > 0) void this.flush();
    });
    void this.flush();
  }

  /** Commits what waits. A store that cannot write is the store's state to show; the rows are lost then. */
  flush(): Promise<void> {
    const rows = this.#waiting.splice(0);
    if (rows.length > 0) this.#writing = this.#writing.then(() => this.#write(rows));
    return this.#writing;
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    await this.flush();
  }

  /** The newest state of a line that is known, also from before this start. */
  async newest(line: string): Promise<LinkState | null> {
    const rows = await this.#state.all<Row>(
      'select at_ms, state from link_states where line = ? order by at_ms desc, id desc limit 1',
      [line],
    );
    return read(rows)[0] ?? null;
  }

  /** Changes within the range, oldest first, led by the state in force when it began. */
  async between(line: string, fromMs: number, toMs: number): Promise<LinkState[]> {
    await this.flush();
    const rows = await this.#state.all<Row>(
      `select * from (
        select id, at_ms, state from link_states where line = ? and at_ms <= ? order by at_ms desc, id desc limit 1
      ) union select * from (
        select id, at_ms, state from link_states where line = ? and at_ms > ? and at_ms <= ?
        order by at_ms, id limit ?
      ) order by at_ms, id`,
      [line, Math.round(fromMs), line, Math.round(fromMs), Math.round(toMs), maxAnswer],
    );
    return read(rows);
  }

  async #write(rows: readonly { atMs: number; state: LinkState }[]): Promise<void> {
    try {
      await this.#state.write([
        ...rows.map(({ atMs, state }) => ({
          sql: 'insert into link_states (at_ms, line, state) values (?, ?, ?)',
          parameters: [atMs, state.line, JSON.stringify(state)],
        })),
        {
          sql: 'delete from link_states where id <= (select max(id) from link_states) - ?',
          parameters: [maxRows],
        },
      ]);
    } catch (error) {
      this.#log.warn({ reason: messageOf(error), rows: rows.length }, 'changes of the link are not kept');
    }
  }
}

/** Rows of another version that no longer fit are left out. */
function read(rows: readonly Row[]): LinkState[] {
  return rows.flatMap(({ state }) => {
    const parsed: unknown = JSON.parse(state);
    return Value.Check(LinkState, parsed) ? [parsed] : [];
  });
}
