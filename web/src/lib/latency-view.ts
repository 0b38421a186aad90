/** What the latency page shows, as it stands in its URL. Plain functions. */
import { addressOf, type RangeChoice, type RangeName, readRange, writeRange } from './range.ts';

export const latencyRanges: readonly RangeName[] = [
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

export interface LatencyView extends RangeChoice {
  targets: readonly string[];
  isOverlay: boolean;
  isLog: boolean;
}

export function readView(query: URLSearchParams): LatencyView {
  const targets = [...new Set((query.get('target') ?? '').split(',').filter((id) => id !== ''))].slice(
    0,
    maxTargets,
  );
  return {
    targets,
    ...readRange(query, latencyRanges, '1h'),
    isOverlay: query.get('view') === 'overlay',
    isLog: query.get('scale') === 'log',
  };
}

export function writeView(view: LatencyView): string {
  const query = new URLSearchParams();
  if (view.targets.length > 0) query.set('target', view.targets.join(','));
  writeRange(query, view);
  if (view.isOverlay) query.set('view', 'overlay');
  if (view.isLog) query.set('scale', 'log');
  return addressOf('/latency', query);
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
