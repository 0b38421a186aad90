import { type Clock, toIso } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';
import type { Migration, StateStore } from '../../../core/storing.ts';
import type { PageCheck } from './schema.ts';

/** Kept for years of changes; the oldest go first. */
const maxRows = 5000;
/** Waiting for the disk, and of one reading, at most. */
const maxWaiting = 200;
const maxRead = 1000;
/** A page that flaps must not wear out the card. */
const writeEveryMs = 10_000;

export const changeMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'http-check-001-page-changes',
    sql: `create table page_changes (
      id integer primary key,
      at_ms integer not null,
      line text not null,
      url text not null,
      family text not null,
      outcome text not null,
      status integer,
      address text,
      total_us integer,
      message text,
      portal text
    ) strict;
    create index page_changes_by_time on page_changes (at_ms);`,
  },
];

interface Row extends Pick<PageCheck, 'line' | 'url' | 'family' | 'outcome' | 'status' | 'address'> {
  at_ms: number;
  total_us: number | null;
  message: string | null;
  portal: string | null;
}

/** The checks that came out otherwise than those before. */
export class ChangeLog {
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #log: Log;
  #waiting: PageCheck[] = [];
  #writing: Promise<void> = Promise.resolve();
  #writtenMonoMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor({ state, clock, log }: { state: StateStore; clock: Clock; log: Log }) {
    this.#state = state;
    this.#clock = clock;
    this.#log = log;
  }

  /** Resolves when it is on disk, or has to wait because another was written just now. Never rejects. */
  async keep(check: PageCheck): Promise<void> {
    this.#waiting.push(check);
    this.#waiting.splice(0, this.#waiting.length - maxWaiting);
    const restMs = this.#writtenMonoMs + writeEveryMs - this.#clock.monoMs();
    if (restMs <= 0) await this.flush();
    else
      this.#cancel ??= this.#clock.after(restMs, () => {
        this.flush().catch((error: unknown) => this.#complain(error));
      });
  }

  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    const checks = this.#waiting.splice(0);
    if (checks.length > 0) {
      this.#writtenMonoMs = this.#clock.monoMs();
      this.#writing = this.#writing.then(() => this.#write(checks)).catch((error) => this.#complain(error));
    }
    await this.#writing;
  }

  /** In time order; the newest where there are too many. */
  async between(fromMs: number, toMs: number): Promise<PageCheck[]> {
    await this.flush();
    const rows = await this.#state.all<Row>(
      `select at_ms, line, url, family, outcome, status, address, total_us, message, portal from page_changes
       where at_ms >= ? and at_ms <= ? order by at_ms desc, id desc limit ?`,
      [Math.floor(fromMs), Math.ceil(toMs), maxRead],
    );
    const unkept = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };
    return rows.reverse().map(({ at_ms, total_us, ...row }) => ({
      ...row,
      ...unkept,
      at: toIso(at_ms),
      totalMs: total_us === null ? null : total_us / 1000,
    }));
  }

  async #write(checks: readonly PageCheck[]): Promise<void> {
    await this.#state.write([
      ...checks.map((check) => ({
        sql: `insert into page_changes (at_ms, line, url, family, outcome, status, address, total_us, message, portal)
              values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        parameters: [
          Date.parse(check.at),
          check.line,
          check.url,
          check.family,
          check.outcome,
          check.status,
          check.address,
          check.totalMs === null ? null : Math.round(check.totalMs * 1000),
          check.message,
          check.portal,
        ],
      })),
      {
        sql: 'delete from page_changes where id <= (select max(id) from page_changes) - ?',
        parameters: [maxRows],
      },
    ]);
  }

  #complain(error: unknown): void {
    this.#log.warn({ reason: messageOf(error) }, 'changes of page checks could not be kept');
  }
}
