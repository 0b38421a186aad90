import { type Clock, toIso } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';
import type { Migration, StateStore } from '../../../core/storing.ts';
import type { NameAnswer } from './schema.ts';

/** Kept for years of changes and incidents; the oldest go first. */
const maxRows = 20_000;
/** Of one reading, and waiting for the disk at most. */
const maxRead = 5000;
const maxWaiting = 500;
/** A server that flaps must not wear out the card. */
const writeEveryMs = 10_000;

export const answerMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'dns-002-name-answers',
    sql: `create table name_answers (
      id integer primary key,
      at_ms integer not null,
      line text not null,
      server text not null,
      role text not null,
      name text not null,
      type text not null,
      outcome text not null,
      rtt_us integer,
      answers text not null,
      reason text,
      kept_for text not null
    ) strict;
    create index name_answers_by_time on name_answers (at_ms);`,
  },
];

interface Row {
  at_ms: number;
  line: string;
  server: string;
  role: NameAnswer['role'];
  name: string;
  type: NameAnswer['type'];
  outcome: NameAnswer['outcome'];
  rtt_us: number | null;
  answers: string;
  reason: string | null;
}

/** The answers worth keeping: those that changed something, and those taken when something happened. */
export class AnswerLog {
  readonly #parts: { state: StateStore; clock: Clock; log: Log };
  #waiting: { answer: NameAnswer; keptFor: string }[] = [];
  #writing: Promise<void> = Promise.resolve();
  #writtenMonoMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(parts: { state: StateStore; clock: Clock; log: Log }) {
    this.#parts = parts;
  }

  /**
   * Keeps answers. Resolves when they are on disk, or when it is known that they have to wait for a few seconds because
   * others were written just now. Never rejects: a full disk is the store's state.
   */
  async keep(answers: readonly NameAnswer[], keptFor: string): Promise<void> {
    this.#waiting.push(...answers.map((answer) => ({ answer, keptFor })));
    this.#waiting.splice(0, this.#waiting.length - maxWaiting);
    const { clock } = this.#parts;
    const restMs = this.#writtenMonoMs + writeEveryMs - clock.monoMs();
    if (restMs <= 0) await this.flush();
    else
      this.#cancel ??= clock.after(restMs, () => {
        this.flush().catch((error: unknown) => this.#complain(error));
      });
  }

  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    const rows = this.#waiting.splice(0);
    if (rows.length > 0) {
      this.#writtenMonoMs = this.#parts.clock.monoMs();
      this.#writing = this.#writing.then(() => this.#write(rows)).catch((error) => this.#complain(error));
    }
    await this.#writing;
  }

  /** In time order; the newest where there are too many. */
  async between(fromMs: number, toMs: number): Promise<NameAnswer[]> {
    await this.flush();
    const rows = await this.#parts.state.all<Row>(
      `select at_ms, line, server, role, name, type, outcome, rtt_us, answers, reason from name_answers
       where at_ms >= ? and at_ms <= ? order by at_ms desc, id desc limit ?`,
      [Math.floor(fromMs), Math.ceil(toMs), maxRead],
    );
    return rows.reverse().map(({ at_ms, rtt_us, answers, ...row }) => ({
      ...row,
      at: toIso(at_ms),
      rttMs: rtt_us === null ? null : rtt_us / 1000,
      answers: answers === '' ? [] : answers.split(' '),
    }));
  }

  async #write(rows: readonly { answer: NameAnswer; keptFor: string }[]): Promise<void> {
    await this.#parts.state.write([
      ...rows.map(({ answer, keptFor }) => ({
        sql: `insert into name_answers (at_ms, line, server, role, name, type, outcome, rtt_us, answers, reason, kept_for)
              values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        parameters: [
          Date.parse(answer.at),
          answer.line,
          answer.server,
          answer.role,
          answer.name,
          answer.type,
          answer.outcome,
          answer.rttMs === null ? null : Math.round(answer.rttMs * 1000),
          answer.answers.join(' '),
          answer.reason,
          keptFor,
        ],
      })),
      {
        sql: 'delete from name_answers where id <= (select max(id) from name_answers) - ?',
        parameters: [maxRows],
      },
    ]);
  }

  #complain(error: unknown): void {
    this.#parts.log.warn({ reason: messageOf(error) }, 'answers of name servers could not be kept');
  }
}
