import { momentOf, readingAt } from '../../../core/zone-time.ts';

/** One month of the budget, as clocks at the site show it. */
export interface Month {
  /** '2026-11'. */
  name: string;
  startMs: number;
  endMs: number;
}

export function monthAt(epochMs: number, timezone: string): Month {
  const shown = new Date(readingAt(epochMs, timezone));
  const first = (months: number) =>
    momentOf(Date.UTC(shown.getUTCFullYear(), shown.getUTCMonth() + months), timezone);
  return { name: shown.toISOString().slice(0, 7), startMs: first(0), endMs: first(1) };
}
