import type { Span } from './scale.ts';

/** One line of the live chart. */
export interface LiveSeries {
  target: string;
  label: string;
  look: 'router' | 'provider' | 'internet' | 'names' | 'other';
  /** The other family: listed, and shown when asked for. */
  isSecond: boolean;
  intervalMs: number;
}

/** A time the appliance judged, shaded over the whole height. */
export interface Shade extends Span {
  kind: 'outage' | 'degradation' | 'busy';
}
