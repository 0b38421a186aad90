/** What crosses the border between the service thread and the store worker. */
import { AppError, messageOf } from '../core/errors.ts';
import type {
  Anchor,
  HeatCell,
  MinutePacket,
  PointRows,
  RangeQuery,
  SampleRun,
  SeriesKey,
  SqlValue,
  StoreHealth,
} from '../core/storing.ts';
import type { RetentionConfig } from './config.ts';
import type { DatabaseName } from './schema.ts';
import type { StateStatement } from './state-rows.ts';

export interface Opened {
  newestMs: number | null;
  health: StoreHealth;
}

/** Every request by name: what it takes and what it gives. */
export interface Requests {
  openSeries: { takes: SeriesKey; gives: number };
  append: { takes: MinutePacket; gives: null };
  setAnchor: { takes: Anchor; gives: null };
  setRetention: { takes: RetentionConfig; gives: null };
  tick: { takes: { monoMs: number }; gives: { isMore: boolean } };
  tidy: { takes: { monoMs: number }; gives: { isMore: boolean } };
  flush: { takes: { monoMs: number }; gives: null };
  points: { takes: RangeQuery & { stepMs: number }; gives: { stepMs: number; rows: PointRows } };
  statistics: { takes: RangeQuery; gives: { rows: PointRows; measuredMs: number } };
  heatmap: { takes: RangeQuery & { timezone: string }; gives: HeatCell[] };
  samples: { takes: RangeQuery & { limit: number }; gives: { atMs: Float64Array; rttUs: Float64Array } };
  extent: { takes: number; gives: { fromMs: number; toMs: number } | null };
  importHour: {
    takes: { series: number; hourStartMs: number; runs: Omit<SampleRun, 'series'>[] };
    gives: null;
  };
  all: { takes: { sql: string; parameters: readonly SqlValue[] }; gives: unknown[] };
  write: { takes: readonly StateStatement[]; gives: { lastId: number; changes: number }[] };
  health: { takes: null; gives: StoreHealth };
  recover: { takes: DatabaseName; gives: null };
  close: { takes: null; gives: null };
}

export type RequestName = keyof Requests;

export type Request = {
  [Name in RequestName]: { id: number; name: Name; input: Requests[Name]['takes'] };
}[RequestName];

export interface PlainError {
  code: string;
  message: string;
  status: number;
  details: unknown;
}

export type Reply =
  | { id: number; value: unknown }
  | { id: number; error: PlainError }
  | { health: StoreHealth };

/** First message of the worker: it is open, or why it is not. */
export type Greeting = { opened: Opened } | { error: PlainError };

export function toPlain(error: unknown): PlainError {
  if (error instanceof AppError) {
    const { code, message, status, details } = error;
    return { code, message, status, details };
  }
  return { code: 'STORE_FAILED', message: messageOf(error), status: 500, details: undefined };
}

export function fromPlain({ code, message, status, details }: PlainError): AppError {
  return new AppError(code, message, { status, details });
}
