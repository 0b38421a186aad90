import { toIso } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { timeOf } from '../../../core/quantise.ts';
import type { Migration, SqlValue } from '../../../core/storing.ts';
import { decodeCapture, encodeCapture } from './codec.ts';
import type { FrozenCapture } from './freezer.ts';
import type { Capture } from './schema.ts';

/** All captures together; the oldest go first. An ordinary one takes 5 to 30 KB. */
const maxBytes = 12 * 2 ** 20;
/** Captures that wait for a disk that does not write now. */
const maxWaiting = 8;
/** Captures of one run whose time of day was not known when they were stored. */
const maxUnstamped = 32;

export const captureMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'black-box-001-captures',
    sql: `create table captures (
      id integer primary key,
      key text not null,
      line text not null,
      started_ms integer not null,
      ended_ms integer not null,
      bytes integer not null,
      body blob not null
    ) strict;
    create index captures_by_key on captures (key);`,
  },
];

type Parts = Pick<FeatureContext, 'store' | 'timeline' | 'bus' | 'log'>;

/** Puts captures on disk and reads them again. */
export class CaptureStore {
  readonly #parts: Parts;
  #waiting: FrozenCapture[] = [];
  #unstamped: { id: number; startMonoMs: number; endMonoMs: number }[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Queues a capture; it stays queued while the disk does not write. */
  put(capture: FrozenCapture): void {
    if (capture.series.length === 0) return;
    this.#waiting.push(capture);
    const dropped = this.#waiting.length > maxWaiting ? this.#waiting.shift() : undefined;
    if (dropped)
      this.#parts.log.error({ key: dropped.key }, 'a capture was given up: the disk does not write');
    this.retry();
  }

  /** Writes what waits, one after the other. */
  retry(): void {
    if (this.#waiting.length > 0) this.#writing = this.#writing.then(() => this.#writeAll());
  }

  async settle(): Promise<void> {
    await this.#writing;
  }

  /** The time of day became known: gives those of this run their true times. */
  restamp(): void {
    const { store, timeline, log } = this.#parts;
    if (!timeline.anchor.isKnown || this.#unstamped.length === 0) return;
    const statements = this.#unstamped.map(({ id, startMonoMs, endMonoMs }) => ({
      sql: 'update captures set started_ms = ?, ended_ms = ? where id = ?',
      parameters: [Math.round(timeline.wallMs(startMonoMs)), Math.round(timeline.wallMs(endMonoMs)), id],
    }));
    this.#unstamped = [];
    this.#writing = this.#writing
      .then(() => store.state.write(statements))
      .then(() => undefined)
      .catch((error: unknown) => log.error({ err: error }, 'captures could not be given their times'));
  }

  async read(key: string): Promise<Capture[]> {
    type Row = {
      id: number;
      key: string;
      line: string;
      started_ms: number;
      ended_ms: number;
      body: Uint8Array;
    };
    const rows = await this.#parts.store.state.all<Row>(
      'select id, key, line, started_ms, ended_ms, body from captures where key = ? order by id',
      [key],
    );
    return rows.map(({ body, started_ms, ended_ms, ...row }) => ({
      ...row,
      startedAt: toIso(started_ms),
      endedAt: toIso(ended_ms),
      series: decodeCapture(body).map(({ target, offsetsMs, codes }) => ({
        target,
        offsetsMs,
        rttMs: codes.map((code) => (code < 0 ? null : Math.round(timeOf(code)) / 1000)),
      })),
    }));
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      try {
        await this.#write(next);
      } catch (error) {
        this.#parts.log.warn({ key: next.key, reason: messageOf(error) }, 'a capture waits for the disk');
        return;
      }
      this.#waiting = this.#waiting.filter((waiting) => waiting !== next);
    }
  }

  async #write({ key, line, startMonoMs, endMonoMs, series }: FrozenCapture): Promise<void> {
    const { store, timeline, bus } = this.#parts;
    const body = encodeCapture(series, startMonoMs);
    const isKnown = timeline.anchor.isKnown;
    const parameters: SqlValue[] = [
      key,
      line,
      Math.round(timeline.wallMs(startMonoMs)),
      Math.round(timeline.wallMs(endMonoMs)),
      body.length,
      body,
    ];
    const [inserted] = await store.state.write([
      {
        sql: 'insert into captures (key, line, started_ms, ended_ms, bytes, body) values (?, ?, ?, ?, ?, ?)',
        parameters,
      },
      {
        sql: `delete from captures where id in
          (select id from (select id, sum(bytes) over (order by id desc) as total from captures) where total > ?)`,
        parameters: [maxBytes],
      },
    ]);
    const id = inserted?.lastId ?? 0;
    if (!isKnown) this.#unstamped = [...this.#unstamped, { id, startMonoMs, endMonoMs }].slice(-maxUnstamped);
    bus.emit('capture.stored', { id, key, line });
  }
}
