/** What crosses the border between the service and the model's process. */
import type {
  AnomalySeries,
  HourlySeries,
  LineForecast,
  ModelState,
  SeriesScore,
} from '../core/forecasting.ts';

/** Every request by name: what it takes and what it gives. */
export interface Requests {
  score: {
    takes: { series: HourlySeries; horizons: readonly number[]; timezone: string };
    gives: SeriesScore[];
  };
  forecast: {
    takes: { series: HourlySeries; hours: number; timezone: string };
    gives: Omit<LineForecast, keyof ModelState>;
  };
  judge: {
    takes: { series: HourlySeries; alarmsPerWeek: number; timezone: string };
    gives: AnomalySeries;
  };
}

export type RequestName = keyof Requests;
export type Request = {
  [Name in RequestName]: { id: number; name: Name; input: Requests[Name]['takes'] };
}[RequestName];

export type Reply =
  | { id: number; value: unknown }
  | { id: number; error: { code: string; message: string; status: number } };
/** First of all: whether there is a model. */
export interface Greeting {
  state: ModelState;
}
