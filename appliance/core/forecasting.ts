/** What model/ offers: forecasts with their own score and anomalies, over a file or over the history of a line. */

declare module './feature.ts' {
  interface CommandContext {
    /** Forecasts over files, in this process: loaded by the verb that asks. */
    loadModel?(): Promise<ModelRoom>;
  }
}

export const metrics = ['download', 'upload', 'ping'] as const;
export type Metric = (typeof metrics)[number];

/** Measurements of one kind of a line, one value an hour. */
export interface HourlySeries {
  /** Of the line: a file without its ending, or the name in the configuration. */
  name: string;
  metric: Metric;
  /** Beginning of the first hour that has a measurement, epoch ms. */
  startMs: number;
  /** Median of each hour; NaN where nothing was measured. */
  values: Float64Array;
  /** Measurements that went in. */
  samples: number;
}

/** What a forecast is weighed against, on the very same origins. */
export const baselineNames = ['naive24', 'median24', 'ewma', 'reference'] as const;
export type BaselineName = (typeof baselineNames)[number];

/** Null where the baseline was without error and the forecast was not. */
export type Ratios = Record<BaselineName, number | null>;

export interface SeriesScore {
  /** Of the file, without its ending. */
  name: string;
  metric: Metric;
  /** Hours ahead. */
  horizon: number;
  origins: number;
  /** Weighted quantile loss over 0.1, 0.5 and 0.9. */
  wql: number;
  /** In the unit of the series. */
  mae: number;
  /** Share of the values that fell between the 0.1 and the 0.9 quantile. */
  coverage80: number;
  /** Of the WQL; against `reference`, which gives no interval, of the MAE. */
  ratio: Ratios;
  maeRatio: Ratios;
}

export interface OverallScore {
  horizon: number;
  series: number;
  coverage80: number;
  ratio: Ratios;
  maeRatio: Ratios;
}

export interface BacktestReport extends ModelState {
  series: SeriesScore[];
  /** Geometric means over the series. */
  all: OverallScore[];
  /** Series that could not be scored, each with a sentence. */
  skipped: SkippedSeries[];
}

export interface ReadOptions {
  /** IANA zone in which the hours of the day are counted. */
  timezone: string;
  signal: AbortSignal;
  /** Called now and then with the work that is done and all that there is. */
  onProgress(done: number, total: number, what: string): void;
}

export interface BacktestOptions extends ReadOptions {
  horizons: readonly number[];
}

export interface AnomalyOptions extends ReadOptions {
  /** The knob: false alarms that the owner accepts in a calm week. */
  alarmsPerWeek: number;
}

export interface AnomalyPoint {
  /** ISO 8601 UTC, the start of the hour. */
  at: string;
  /** 1 is the threshold of this line. */
  score: number;
  alarm: boolean;
}

/** The line is another from here on: another plan, another path, another neighbour. */
export interface SeriesChange {
  /** ISO 8601 UTC; found to within six measured hours. */
  at: string;
  /** `spread`: it varies more or less than before. */
  kind: 'level' | 'spread';
  before: number;
  after: number;
}

export interface AnomalySeries {
  name: string;
  metric: Metric;
  /** Hours that could be judged. */
  points: AnomalyPoint[];
  changes: SeriesChange[];
}

export interface AnomalyReport {
  series: AnomalySeries[];
  skipped: SkippedSeries[];
}

export interface SkippedSeries {
  name: string;
  metric: Metric;
  why: string;
}

/** Whether the network takes part; `reason` says why not. */
export interface ModelState {
  source: 'model' | 'baseline';
  reason: string | null;
  /** `typescript`: the runtime does not load on this machine, our own evaluator multiplies the same weights. */
  engine: 'onnx' | 'typescript' | null;
}

/** At these hours ahead forecasts are scored; those between go by the nearest. */
export const scoredHorizons = [1, 2, 3, 6, 12, 24, 36, 48] as const;

export interface LineForecast extends ModelState {
  /** False while fewer than `neededHours` of the last 28 days were measured: then there are no points. */
  isReady: boolean;
  measuredHours: number;
  neededHours: number;
  /** From the hour after the last one of the series, in its unit. */
  points: { atMs: number; p10: number; p50: number; p90: number }[];
  /** How the same forecasts did on this line in the last weeks; empty before there was anything to score. */
  skill: SeriesScore[];
  /** Share that the network has in the forecast of the next hour, 0..1, by what it was worth here. */
  networkShare: number | null;
}

export interface ModelRoom {
  /** Scores a file, or every file of a folder, by rolling origin. Throws AppError naming what in the file is wrong. */
  backtest(path: string, options: BacktestOptions): Promise<BacktestReport>;
  anomalies(path: string, options: AnomalyOptions): Promise<AnomalyReport>;
  /** The next hours of one series, NaN where nothing was measured; all work is done in a process of its own. */
  forecast(series: HourlySeries, options: { hours: number; timezone: string }): Promise<LineForecast>;
  judge(series: HourlySeries, options: { alarmsPerWeek: number; timezone: string }): Promise<AnomalySeries>;
  /** Ends the process; the room may be used again. */
  close(): Promise<void>;
}
