import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { Family } from '../../../core/shapes.ts';
import type { Migration, SqlValue, StateStore } from '../../../core/storing.ts';
import type {
  EngineName,
  SpeedDetails,
  SpeedKind,
  SpeedOutcome,
  SpeedTest,
  SpeedTestResult,
} from './schema.ts';

/** Ten years of five tests a day; the oldest go first. */
const maxTests = 20_000;
/** A test with all its figures takes some 3 kB; so many newest ones keep them, older ones keep the row. */
const maxDetailed = 3000;

export const testMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'speedtest-002-tests',
    sql: `create table speed_tests (
      id integer primary key,
      at_ms integer not null,
      line text not null,
      family text,
      engine text not null,
      server text,
      outcome text not null,
      kind text not null,
      download_kbps integer,
      upload_kbps integer,
      idle_us integer,
      loaded_down_us integer,
      loaded_up_us integer,
      grade text,
      rpm integer,
      bytes integer not null,
      flags text not null,
      details text
    ) strict;
    create index speed_tests_by_time on speed_tests (at_ms);
    create index speed_tests_by_line on speed_tests (line, engine, at_ms);`,
  },
];

interface Row {
  id: number;
  at_ms: number;
  line: string;
  family: Family | null;
  engine: EngineName;
  server: string | null;
  outcome: SpeedOutcome;
  download_kbps: number | null;
  upload_kbps: number | null;
  idle_us: number | null;
  loaded_down_us: number | null;
  loaded_up_us: number | null;
  grade: SpeedTest['grade'];
  rpm: number | null;
  bytes: number;
  flags: string;
  details: string | null;
}

const columns = `at_ms, line, family, engine, server, outcome, download_kbps, upload_kbps, idle_us, loaded_down_us,
  loaded_up_us, grade, rpm, bytes, flags`;

export interface TestQuery {
  fromMs: number;
  toMs: number;
  limit: number;
  line?: string | undefined;
  engine?: EngineName | undefined;
  family?: Family | undefined;
  outcome?: SpeedOutcome | undefined;
  /** Where the page before ended. */
  before?: string | undefined;
  skip?: number | undefined;
  hasDetails?: boolean | undefined;
}

/** Which tests are alike enough to be compared. */
export interface TestSeries {
  line: string;
  engine: EngineName;
  family: Family | null;
}

/** Every test, failures among them: a number that was not measured is null, whatever the reason. */
export class TestStore {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** Gives the test as it will be read, with numbers of three decimals. */
  async add(result: SpeedTestResult): Promise<SpeedTest> {
    const [inserted] = await this.addAll([result]);
    if (inserted === undefined) throw new AppError('SPEEDTEST_LOST', 'The speed test was not stored.');
    const { downloadMbps, uploadMbps, idleMs, loadedDownMs, loadedUpMs } = result;
    const kept = (value: number | null) => units(thousandths(value));
    return {
      id: String(inserted),
      ...result,
      downloadMbps: kept(downloadMbps),
      uploadMbps: kept(uploadMbps),
      idleMs: kept(idleMs),
      loadedDownMs: kept(loadedDownMs),
      loadedUpMs: kept(loadedUpMs),
    };
  }

  /** In one transaction; gives the ids. */
  async addAll(results: readonly SpeedTestResult[]): Promise<number[]> {
    const written = await this.#state.write([
      ...results.map((result) => ({
        sql: `insert into speed_tests (${columns}, kind, details)
              values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        parameters: parametersOf(result),
      })),
      {
        sql: 'delete from speed_tests where id <= (select max(id) from speed_tests) - ?',
        parameters: [maxTests],
      },
      {
        sql: `update speed_tests set details = null
              where details is not null and id <= (select max(id) from speed_tests) - ?`,
        parameters: [maxDetailed],
      },
    ]);
    return written.slice(0, results.length).map(({ lastId }) => lastId);
  }

  /** Newest first. */
  async list(query: TestQuery): Promise<{ tests: SpeedTest[]; next: string | null }> {
    const {
      fromMs,
      toMs,
      limit,
      line,
      engine,
      family,
      outcome,
      before,
      skip = 0,
      hasDetails = false,
    } = query;
    const [beforeMs, beforeId] = before === undefined ? [Number.MAX_SAFE_INTEGER, 0] : cursorOf(before);
    const rows = await this.#state.all<Row>(
      `select id, ${columns}, ${hasDetails ? 'details' : 'null as details'} from speed_tests
       where at_ms >= ? and at_ms <= ? and (at_ms, id) < (?, ?)
         and (line = ? or ?) and (engine = ? or ?) and (family = ? or ?) and (outcome = ? or ?)
       order by at_ms desc, id desc limit ? offset ?`,
      [
        ...[Math.floor(fromMs), Math.ceil(toMs), beforeMs, beforeId],
        ...orAny(line),
        ...orAny(engine),
        ...orAny(family),
        ...orAny(outcome),
        ...[limit + 1, skip],
      ],
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const isEnd = rows.length <= limit || last === undefined;
    return { tests: page.map(testOf), next: isEnd ? null : `${last.at_ms}-${last.id}` };
  }

  async byId(id: string): Promise<SpeedTest | null> {
    const [row] = await this.#state.all<Row>(`select id, ${columns}, details from speed_tests where id = ?`, [
      Number(id),
    ]);
    return row ? testOf(row) : null;
  }

  /** Good ones that are alike, newest first; without `family` of both. Given a time, none after it. */
  async alike(
    series: Omit<TestSeries, 'family'> & { family?: Family | null },
    limit: number,
    untilMs = Number.MAX_SAFE_INTEGER,
  ): Promise<SpeedTest[]> {
    const { line, engine, family } = series;
    const rows = await this.#state.all<Row>(
      `select id, ${columns}, null as details from speed_tests
       where line = ? and engine = ? and outcome = 'ok' and (family is ? or ?) and at_ms <= ?
       order by at_ms desc, id desc limit ?`,
      [line, engine, family ?? null, family === undefined ? 1 : 0, untilMs, limit],
    );
    return rows.map(testOf);
  }

  /** The newest good one of a line with its details, by whatever engine; of one kind where it is given. */
  async latest(line: string, kind?: SpeedKind): Promise<SpeedTest | null> {
    const [row] = await this.#state.all<Row>(
      `select id, ${columns}, details from speed_tests
       where line = ? and outcome = 'ok' and (kind = ? or ?) order by at_ms desc, id desc limit 1`,
      [line, ...orAny(kind)],
    );
    return row ? testOf(row) : null;
  }

  /** What tests of a line took on the wire, by engine and kind, at most `limit` newest ones of each, newest first. */
  async costs(
    line: string,
    limit: number,
  ): Promise<{ engine: EngineName; kind: SpeedKind; bytes: number }[]> {
    return this.#state.all(
      `select engine, kind, bytes from (
         select engine, kind, bytes, at_ms, id,
                row_number() over (partition by engine, kind order by at_ms desc, id desc) as place
         from speed_tests where line = ? and outcome = 'ok')
       where place <= ? order by at_ms desc, id desc`,
      [line, limit],
    );
  }

  /** When a test of a line last sent anything, epoch ms. */
  async loadedAtMs(line: string): Promise<number | null> {
    const [row] = await this.#state.all<{ at_ms: number | null }>(
      'select max(at_ms) as at_ms from speed_tests where line = ? and bytes > 0',
      [line],
    );
    return row?.at_ms ?? null;
  }
}

function parametersOf(result: SpeedTestResult): SqlValue[] {
  const { at, line, family, engine, server, outcome, grade, rpm, bytes, flags, details } = result;
  return [
    ...[Date.parse(at), line, family, engine, server, outcome],
    ...[thousandths(result.downloadMbps), thousandths(result.uploadMbps)],
    ...[result.idleMs, result.loadedDownMs, result.loadedUpMs].map(thousandths),
    ...[grade, rpm, bytes, JSON.stringify(flags), details.kind, JSON.stringify(details)],
  ];
}

/** Mbit/s to kbit/s, ms to µs. */
const thousandths = (value: number | null) => (value === null ? null : Math.round(value * 1000));
const units = (value: number | null) => (value === null ? null : value / 1000);

const orAny = (value: string | undefined): [string, number] => [value ?? '', value === undefined ? 1 : 0];

function cursorOf(text: string): [number, number] {
  const [, atMs, id] = /^(\d{1,16})-(\d{1,16})$/.exec(text) ?? [];
  if (atMs !== undefined && id !== undefined) return [Number(atMs), Number(id)];
  throw new AppError('CURSOR_INVALID', `before=${text} is not what an earlier page gave as next.`, {
    status: 400,
  });
}

function testOf(row: Row): SpeedTest {
  return {
    id: String(row.id),
    at: toIso(row.at_ms),
    line: row.line,
    family: row.family,
    engine: row.engine,
    server: row.server,
    outcome: row.outcome,
    grade: row.grade,
    rpm: row.rpm,
    bytes: row.bytes,
    downloadMbps: units(row.download_kbps),
    uploadMbps: units(row.upload_kbps),
    idleMs: units(row.idle_us),
    loadedDownMs: units(row.loaded_down_us),
    loadedUpMs: units(row.loaded_up_us),
    flags: JSON.parse(row.flags) as SpeedTest['flags'], // written above from the same type
    ...(row.details === null ? {} : { details: JSON.parse(row.details) as SpeedDetails }), // same
  };
}
