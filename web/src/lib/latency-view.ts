/** What the latency page shows, as it stands in its URL. Plain functions. */
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
  '1y': 365 * day,
} as const;
export type Preset = keyof typeof presets;
export type RangeName = Preset | 'all' | 'custom';
export const rangeNames: readonly RangeName[] = [
  '10m',
  '1h',
  '6h',
  '24h',
  '7d',
  '30d',
  '1y',
  'all',
  'custom',
];

/** More would be neither readable nor polite to a small box. */
export const maxTargets = 6;
const shortestSpanMs = 10_000;
const defaultRange: Preset = '1h';

export interface LatencyView {
  targets: readonly string[];
  range: RangeName;
  /** Set when the range is custom. */
  fromMs: number | null;
  toMs: number | null;
  isOverlay: boolean;
  isLog: boolean;
}

export function readView(query: URLSearchParams): LatencyView {
  const targets = [...new Set((query.get('target') ?? '').split(',').filter((id) => id !== ''))].slice(
    0,
    maxTargets,
  );
  const fromMs = Date.parse(query.get('from') ?? '');
  const toMs = Date.parse(query.get('to') ?? '');
  const isCustom = toMs - fromMs >= shortestSpanMs;
  const named = query.get('range') ?? '';
  const isNamed = rangeNames.some((name) => name === named) && named !== 'custom';
  return {
    targets,
    range: isCustom
      ? 'custom'
      : isNamed
        ? (named as RangeName) /* one of the list, checked above */
        : defaultRange,
    fromMs: isCustom ? fromMs : null,
    toMs: isCustom ? toMs : null,
    isOverlay: query.get('view') === 'overlay',
    isLog: query.get('scale') === 'log',
  };
}

export function writeView(view: LatencyView): string {
  const query = new URLSearchParams();
  if (view.targets.length > 0) query.set('target', view.targets.join(','));
  if (view.range !== 'custom') query.set('range', view.range);
  else if (view.fromMs !== null && view.toMs !== null) {
    query.set('from', new Date(view.fromMs).toISOString());
    query.set('to', new Date(view.toMs).toISOString());
  }
  if (view.isOverlay) query.set('view', 'overlay');
  if (view.isLog) query.set('scale', 'log');
  return `/latency?${query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':')}`;
}

export interface Range {
  fromMs: number;
  toMs: number;
  /** Ends now, and moves with it. */
  isLive: boolean;
}

/** The moments that a view covers; `firstMs` is the first moment with data, for "all". */
export function rangeOf(view: LatencyView, nowMs: number, firstMs: number | null): Range {
  if (view.range === 'custom' && view.fromMs !== null && view.toMs !== null) {
    return { fromMs: view.fromMs, toMs: view.toMs, isLive: false };
  }
  const span =
    view.range === 'all' || view.range === 'custom'
      ? Math.max(10 * minute, nowMs - (firstMs ?? nowMs - hour))
      : presets[view.range];
  return { fromMs: nowMs - span, toMs: nowMs, isLive: true };
}

/** Five exchanges of the usual target: fewer make no band. Closer in, every exchange is a point. */
const bandSeconds = 5;
const steps = [
  1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800,
];

/** The step in seconds that gives every point a few pixels and, at the fine end, several exchanges to be a band. */
export function stepFor(spanMs: number, widthPx: number): number {
  const most = Math.min(400, Math.max(60, widthPx / 1.5));
  const least = spanMs < 600_000 ? 1 : bandSeconds;
  return steps.find((step) => step >= least && spanMs / 1000 / step <= most) ?? 604_800;
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
