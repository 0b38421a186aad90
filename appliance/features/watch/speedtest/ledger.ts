import type { Migration, StateStore } from '../../../core/storing.ts';
import type { Timeline } from '../../../core/timeline.ts';
import { type Month, monthAt } from './month.ts';

/** Two years, one row for each line and month. */
const keptMonths = 24;
/** A month begins with this share at hand; without it nothing could be tested before the fourth of a month. */
const headStart = 0.1;

export const ledgerMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'speedtest-001-ledger',
    sql: `create table speed_ledger (
      line text not null,
      month text not null,
      bytes integer not null,
      tests integer not null,
      primary key (line, month)
    ) strict, without rowid;
    create table speed_reservations (
      id integer primary key,
      line text not null,
      month text not null,
      bytes integer not null
    ) strict;`,
  },
];

export interface Spent {
  bytes: number;
  tests: number;
}

export interface Reservation {
  id: number;
  line: string;
  month: string;
  bytes: number;
}

export interface LedgerParts {
  state: StateStore;
  timeline: Timeline;
  /** IANA zone of the site, asked anew each time. */
  timezone(): string;
}

/**
 * What speed tests cost each line, month by month, as bytes on the wire. A test reserves its price before the first byte
 * and settles what it took; one that died in between stays charged with all it had reserved.
 */
export class Ledger {
  readonly #parts: LedgerParts;
  /** Keyed by month and line: at most eight lines, and a month each while this process lives. */
  readonly #spent = new Map<string, Spent>();
  /** One test runs at a time. */
  readonly #open = new Map<number, Reservation>();

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  /** Charges what a test left open when the process died; gives how many there were. */
  async load(): Promise<number> {
    const { state } = this.#parts;
    const left = await state.all<Reservation>('select id, line, month, bytes from speed_reservations');
    if (left.length > 0) await state.write(left.flatMap((one) => settling(one, one.bytes)));
    const rows = await state.all<Spent & { line: string; month: string }>(
      'select line, month, bytes, tests from speed_ledger',
    );
    for (const { line, month, bytes, tests } of rows) this.#spent.set(keyOf(line, month), { bytes, tests });
    return left.length;
  }

  /**
   * The month that is charged now. While the time of day is not believed it is the newest month with a charge, so that a
   * box without a clock cannot spend its budget anew at each start.
   */
  get month(): Month {
    const { timeline, timezone } = this.#parts;
    const now = monthAt(timeline.nowMs(), timezone());
    if (timeline.anchor.isKnown) return now;
    const newest = [...this.#spent.keys()].map(monthOfKey).sort().at(-1) ?? now.name;
    return newest > now.name ? monthAt(Date.parse(`${newest}-15T12:00:00Z`), timezone()) : now;
  }

  /** Settled and reserved. */
  spent(line: string): Spent {
    const month = this.month.name;
    const settled = this.#spent.get(keyOf(line, month)) ?? { bytes: 0, tests: 0 };
    const open = [...this.#open.values()].filter((one) => one.line === line && one.month === month);
    return {
      bytes: open.reduce((sum, { bytes }) => sum + bytes, settled.bytes),
      tests: settled.tests + open.length,
    };
  }

  /** Resolves once it is on disk: from then on the bytes are charged, whatever happens to this process. */
  async reserve(line: string, bytes: number): Promise<Reservation> {
    const reserved = { line, month: this.month.name, bytes: Math.round(bytes) };
    const [inserted] = await this.#parts.state.write([
      {
        sql: 'insert into speed_reservations (line, month, bytes) values (?, ?, ?)',
        parameters: [reserved.line, reserved.month, reserved.bytes],
      },
    ]);
    const reservation = { id: inserted?.lastId ?? 0, ...reserved };
    this.#open.set(reservation.id, reservation);
    return reservation;
  }

  /** Puts what the test took in the place of what it had reserved, into the month in which it began. */
  async settle(reservation: Reservation, bytes: number): Promise<void> {
    const took = Math.round(bytes);
    const { line, month } = reservation;
    await this.#parts.state.write([
      ...settling(reservation, took),
      { sql: 'delete from speed_ledger where month < ?', parameters: [this.#firstKeptMonth()] },
    ]);
    this.#open.delete(reservation.id);
    const before = this.#spent.get(keyOf(line, month)) ?? { bytes: 0, tests: 0 };
    const tests = before.tests + (took > 0 ? 1 : 0);
    this.#spent.set(keyOf(line, month), { bytes: before.bytes + took, tests });
  }

  /** Tests that are over, of whatever month. */
  async charge(tests: readonly { line: string; at: string; bytes: number }[]): Promise<void> {
    const timezone = this.#parts.timezone();
    for (const { line, at, bytes } of tests) {
      if (bytes === 0) continue;
      const key = keyOf(line, monthAt(Date.parse(at), timezone).name);
      const before = this.#spent.get(key) ?? { bytes: 0, tests: 0 };
      this.#spent.set(key, { bytes: before.bytes + bytes, tests: before.tests + 1 });
    }
    await this.#parts.state.write(
      [...this.#spent].map(([key, { bytes, tests: count }]) => ({
        sql: `insert into speed_ledger (line, month, bytes, tests) values (?, ?, ?, ?)
              on conflict (line, month) do update set bytes = excluded.bytes, tests = excluded.tests`,
        parameters: [lineOfKey(key), monthOfKey(key), bytes, count],
      })),
    );
  }

  #firstKeptMonth(): string {
    const [year = 0, month = 1] = this.month.name.split('-').map(Number);
    return new Date(Date.UTC(year, month - keptMonths)).toISOString().slice(0, 7);
  }
}

function settling({ id, line, month }: Reservation, bytes: number) {
  const closing = { sql: 'delete from speed_reservations where id = ?', parameters: [id] };
  if (bytes === 0) return [closing];
  return [
    closing,
    {
      sql: `insert into speed_ledger (line, month, bytes, tests) values (?, ?, ?, 1)
            on conflict (line, month) do update set bytes = bytes + excluded.bytes, tests = tests + 1`,
      parameters: [line, month, bytes],
    },
  ];
}

export interface Purse {
  month: Month;
  budgetBytes: number;
  spentBytes: number;
}

/** Whether a test that starts by itself may cost so much now; `fromMs` is when it may, null when not in this month. */
export function affordableFrom(purse: Purse, priceBytes: number, nowMs: number): number | null {
  const { month, budgetBytes, spentBytes } = purse;
  const wanted = spentBytes + priceBytes;
  if (wanted > budgetBytes) return null;
  // The month is paid out evenly, so that its last week has tests as its first has.
  const share = wanted / budgetBytes - Math.max(headStart, priceBytes / budgetBytes);
  return Math.max(nowMs, month.startMs + share * (month.endMs - month.startMs));
}

const keyOf = (line: string, month: string) => `${month} ${line}`;
const monthOfKey = (key: string) => key.slice(0, 7);
const lineOfKey = (key: string) => key.slice(8);
