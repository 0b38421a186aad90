/** What model/ offers: forecasts with their own score and anomalies, over a file or over the history of a line. */

declare module './feature.ts' {
  interface CommandContext {
    /** Forecasts over files, in this process: loaded by the verb that asks. */
    loadModel?(): Promise<ModelRoom>;
  }
}

export const metrics = ['download', 'upload', 'ping'] as const;
export type Metric = (typeof metrics)[number];

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

export interface BacktestReport {
  /** `model`: the network took part; `baseline`: it could not be used, `reason` says why. */
  source: 'model' | 'baseline';
  reason: string | null;
  series: SeriesScore[];
  /** Geometric means over the series. */
  all: OverallScore[];
  /** Series that could not be scored, each with a sentence. */
  skipped: { name: string; metric: Metric; why: string }[];
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

export interface AnomalySeries {
  name: string;
  metric: Metric;
  points: AnomalyPoint[];
}

export interface AnomalyReport {
  source: 'model' | 'baseline';
  reason: string | null;
  series: AnomalySeries[];
  skipped: { name: string; metric: Metric; why: string }[];
}

export interface ModelRoom {
  /** Scores a file, or every file of a folder, by rolling origin. Throws AppError naming what in the file is wrong. */
  backtest(path: string, options: BacktestOptions): Promise<BacktestReport>;
  anomalies(path: string, options: AnomalyOptions): Promise<AnomalyReport>;
}
