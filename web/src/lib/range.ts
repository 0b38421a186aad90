/** Spans of time that a page shows, as they stand in its URL. Plain functions. */
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export const presets = {
  '10m': 10 * minute,
  '1h': hour,
  '6h': 6 * hour,
  '24h': day,
  '7d': 7 * day,
  '30d': 30 * day,
  '90d': 90 * day,
  '1y': 365 * day,
} as const;
export type Preset = keyof typeof presets;
export type RangeName = Preset | 'all' | 'custom';

const shortestSpanMs = 10_000;

/** What a person chose; the moments are set when the range is custom. */
export interface RangeChoice {
  range: RangeName;
  fromMs: number | null;
  toMs: number | null;
}

export interface Range {
  fromMs: number;
  toMs: number;
  /** Ends now, and moves with it. */
  isLive: boolean;
}

/** The choice in an address; what is not one of `names` gives the usual range. */
export function readRange(query: URLSearchParams, names: readonly RangeName[], usual: Preset): RangeChoice {
  const fromMs = Date.parse(query.get('from') ?? '');
  const toMs = Date.parse(query.get('to') ?? '');
  if (toMs - fromMs >= shortestSpanMs) return { range: 'custom', fromMs, toMs };
  const named = names.find((name) => name === query.get('range') && name !== 'custom');
  return { range: named ?? usual, fromMs: null, toMs: null };
}

export function writeRange(query: URLSearchParams, choice: RangeChoice): void {
  if (choice.range !== 'custom') query.set('range', choice.range);
  else if (choice.fromMs !== null && choice.toMs !== null) {
    query.set('from', new Date(choice.fromMs).toISOString());
    query.set('to', new Date(choice.toMs).toISOString());
  }
}

/** An address for people: what need not be escaped in a query is not. */
export function addressOf(path: string, query: URLSearchParams): string {
  const search = query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  return search === '' ? path : `${path}?${search}`;
}

/** The moments that a choice covers; `firstMs` is the first moment with data, for "all". */
export function rangeOf(choice: RangeChoice, nowMs: number, firstMs: number | null): Range {
  if (choice.range === 'custom' && choice.fromMs !== null && choice.toMs !== null) {
    return { fromMs: choice.fromMs, toMs: choice.toMs, isLive: false };
  }
  const span =
    choice.range === 'all' || choice.range === 'custom'
      ? Math.max(10 * minute, nowMs - (firstMs ?? nowMs - hour))
      : presets[choice.range];
  return { fromMs: nowMs - span, toMs: nowMs, isLive: true };
}

/** Moves by a share of the visible span; never past now. */
export function moved(range: Range, part: number, nowMs: number): Range {
  const span = range.toMs - range.fromMs;
  const toMs = Math.min(nowMs, range.toMs + span * part);
  return { fromMs: toMs - span, toMs, isLive: false };
}

/** Makes the span larger or smaller around a moment, by default the middle; never past now. */
export function zoomed(
  range: Range,
  factor: number,
  nowMs: number,
  aroundMs = (range.fromMs + range.toMs) / 2,
): Range {
  const span = Math.max(shortestSpanMs, (range.toMs - range.fromMs) * factor);
  const share = (aroundMs - range.fromMs) / (range.toMs - range.fromMs);
  const toMs = Math.min(nowMs, aroundMs + span * (1 - share));
  return { fromMs: toMs - span, toMs, isLive: false };
}
