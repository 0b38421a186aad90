/** The ports to the store, as features see them. store/ implements them in one worker; nothing here blocks on disk. */
import type { Family } from './shapes.ts';

/** Slots without a round-trip time, as they stand in a `SampleRun`. */
export const slot = { timeout: -1, unreachable: -2, local: -3, skipped: -4 } as const;

export interface SeriesKey {
  /** What is measured: 'icmp', 'dns', later 'http', … */
  kind: string;
  line: string;
  /** Id of the target. */
  target: string;
  family: Family;
}

/** Consecutive slots of one series, equally spaced. */
export interface SampleRun {
  series: number;
  /** CLOCK_MONOTONIC ms of the first slot. */
  startMonoMs: number;
  intervalMs: number;
  /** One entry a slot: round-trip time in µs (>= 0), or one of `slot`. */
  rttUs: Float64Array;
  duplicates: number;
  reordered: number;
  late: number;
}

/** All runs of about one minute. */
export interface MinutePacket {
  startMonoMs: number;
  runs: SampleRun[];
}

/** How the monotonic clock of this boot maps to UTC: wallMs = monoMs + offsetMs. */
export interface Anchor {
  offsetMs: number;
  /** False while the wall clock is not believed: packets are kept on the monotonic clock and stamped later. */
  isKnown: boolean;
}

/** Statistics over a set of exchanges; times in µs, NaN where nothing answered. */
export interface Statistics {
  count: number;
  lost: number;
  minUs: number;
  meanUs: number;
  p10Us: number;
  p25Us: number;
  p50Us: number;
  p75Us: number;
  p90Us: number;
  p95Us: number;
  p99Us: number;
  maxUs: number;
  jitterUs: number;
  pdvUs: number;
  reordered: number;
  duplicates: number;
  late: number;
}

export interface RangeQuery {
  series: number;
  fromMs: number;
  toMs: number;
  /** What is in RAM and not yet appended, so that one place joins everything. */
  live?: MinutePacket;
}

export interface StatisticsPoint extends Statistics {
  /** Start of the bucket, epoch ms, a multiple of the step. */
  atMs: number;
}

/** Order of the numbers in a row of `pointRows`, after the bucket's `atMs`. */
export const statisticColumns = [
  'count',
  'lost',
  'minUs',
  'meanUs',
  'p10Us',
  'p25Us',
  'p50Us',
  'p75Us',
  'p90Us',
  'p95Us',
  'p99Us',
  'maxUs',
  'jitterUs',
  'pdvUs',
  'reordered',
  'duplicates',
  'late',
] as const satisfies readonly (keyof Statistics)[];

/** Points as rows of numbers, `atMs` and then `statisticColumns`: a year of hours is one array, not 8,760 objects. */
export type PointRows = Float64Array;

export interface HeatCell {
  day: number;
  hour: number;
  count: number;
  lost: number;
  p50Us: number;
  p95Us: number;
}

export interface MeasurementStore {
  /** The id of a series, made when it is new. */
  openSeries(key: SeriesKey): Promise<number>;
  /** Hands a finished minute over. Never waits and never throws; a full disk is a state, see `health`. */
  append(packet: MinutePacket): void;
  /** Tells how to stamp this boot's packets, also those already appended. */
  setAnchor(anchor: Anchor): void;
  /** Commits everything appended so far. */
  flush(): Promise<void>;
  /** Buckets of `stepMs` (or coarser where only rollups remain), in time order; empty buckets are absent. */
  points(query: RangeQuery & { stepMs: number }): Promise<{ stepMs: number; points: StatisticsPoint[] }>;
  /** The same as one array, for answers that are written number by number. */
  pointRows(query: RangeQuery & { stepMs: number }): Promise<{ stepMs: number; rows: PointRows }>;
  statistics(query: RangeQuery): Promise<Statistics & { measuredMs: number }>;
  /** Hour-of-week medians in an IANA zone. */
  heatmap(query: RangeQuery & { timezone: string }): Promise<HeatCell[]>;
  /** Every sample of the range, in time order, at most `limit`. `rttUs` uses `slot` for those without one. */
  samples(query: RangeQuery & { limit: number }): Promise<{ atMs: Float64Array; rttUs: Float64Array }>;
  /** First and last moment with data, or null. */
  extent(series: number): Promise<{ fromMs: number; toMs: number } | null>;
  /** Bulk path for imports and the demo: one series-hour of samples, committed in batches. */
  importHour(series: number, hourStartMs: number, runs: Omit<SampleRun, 'series'>[]): Promise<void>;
}

export type SqlValue = number | string | null | Uint8Array;

/** Small and precious rows (state.db). Every write is one durable transaction. */
export interface StateStore {
  all<Row>(sql: string, parameters?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs the statements in one transaction and resolves after the commit is on disk. */
  write(
    statements: readonly { sql: string; parameters?: readonly SqlValue[] }[],
  ): Promise<{ lastId: number; changes: number }[]>;
}

export interface StoreHealth {
  /** `degraded`: writing fails for now (full, read-only), packets wait in bounded memory; `message` says what and where. */
  state: 'ok' | 'degraded' | 'failed';
  message: string | null;
  /** True when the last run of this data folder did not stop cleanly. */
  wasUnclean: boolean;
  /** What recovery did at this start, in words; empty when nothing was needed. */
  recovered: string[];
  lastCommitAtMs: number | null;
  pendingPackets: number;
  droppedPackets: number;
  measurementBytes: number;
  stateBytes: number;
  /** Last moment the previous run is known to have been alive (last committed packet), epoch ms. */
  previousAliveMs: number | null;
}

export interface Backup {
  path: string;
  bytes: number;
  madeAtMs: number;
}

export interface Store {
  readonly measurements: MeasurementStore;
  readonly state: StateStore;
  health(): Promise<StoreHealth>;
  onHealthChange(listener: (health: StoreHealth) => void): () => void;
  /** Writes verified copies of both databases into a new folder below `folder` and prunes old ones. */
  backup(folder: string): Promise<Backup>;
  /** Verifies a backup and stages it; the next start puts it in place and sets today's files aside. */
  stageRestore(folder: string): Promise<void>;
}

/** One step of a database's history; numbers count up by one per database, across all features in list order. */
export interface Migration {
  database: 'state' | 'measurements';
  /** Unique and final, for example 'state-001-events'. Applied in the order of the list, once. */
  id: string;
  sql: string;
}
