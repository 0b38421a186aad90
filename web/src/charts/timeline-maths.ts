/** Where the bars of the timeline stand. Plain functions. */
import type { Span } from './scale.ts';

export type BarKind = 'outage' | 'degradation' | 'busy' | 'gap';

/** Something with a beginning and an end; without a line it holds for all of them. */
export interface TimelineItem {
  kind: BarKind;
  line: string | null;
  fromMs: number;
  /** Null while it lasts. */
  toMs: number | null;
  label: string;
  href: string | null;
}

export interface Bar {
  kind: BarKind;
  x: number;
  width: number;
  /** The longest of what the bar stands for. */
  item: TimelineItem;
  /** How many items share these pixels. */
  count: number;
}

/** Narrower could not be seen. */
const narrowest = 2;

/** From back to front: what is worse stays visible. */
const order: readonly BarKind[] = ['gap', 'busy', 'degradation', 'outage'];

/** The bars of one line, from back to front. Neighbours of a kind less than a pixel apart become one. */
export function barsOf(
  items: readonly TimelineItem[],
  line: string,
  range: Span,
  widthPx: number,
  nowMs: number,
): Bar[] {
  const perMs = widthPx / (range.toMs - range.fromMs);
  const x = (ms: number) => (ms - range.fromMs) * perMs;
  return order.flatMap((kind) => {
    const own = items
      .filter((one) => one.kind === kind && (one.line === null || one.line === line))
      .filter((one) => one.fromMs < range.toMs && (one.toMs ?? nowMs) > range.fromMs)
      .sort((a, b) => a.fromMs - b.fromMs);
    const bars: Bar[] = [];
    for (const item of own) {
      const from = Math.max(0, x(item.fromMs));
      const to = Math.min(widthPx, x(item.toMs ?? nowMs));
      const width = Math.max(narrowest, to - from);
      const left = Math.min(from, widthPx - width);
      const last = bars.at(-1);
      if (last && left - (last.x + last.width) < 1) merge(last, left + width, item, nowMs);
      else bars.push({ kind, x: left, width, item, count: 1 });
    }
    return bars;
  });
}

function merge(bar: Bar, rightPx: number, item: TimelineItem, nowMs: number): void {
  const lasted = (one: TimelineItem) => (one.toMs ?? nowMs) - one.fromMs;
  bar.width = Math.max(bar.width, rightPx - bar.x);
  bar.count += 1;
  if (lasted(item) > lasted(bar.item)) bar.item = item;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const tickSteps = [
  10_000,
  30_000,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  30 * minute,
  hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
];

export interface Ticks {
  stepMs: number;
  at: number[];
}

/** Round local moments, none nearer to its neighbour than `apartPx`. From a day on they are midnights, then months. */
export function ticksOf(range: Span, widthPx: number, apartPx: number): Ticks {
  const most = Math.max(1, widthPx / apartPx);
  const span = range.toMs - range.fromMs;
  const stepMs = tickSteps.find((step) => span / step <= most);
  if (stepMs === undefined) return monthTicks(range, span / most);
  const at: number[] = [];
  const start = new Date(range.fromMs);
  start.setHours(0, 0, 0, 0);
  if (stepMs < day) {
    // Counted within each local day, so that the hours stay round when the clocks change.
    for (let midnight = start; midnight.getTime() < range.toMs; midnight = dayAfter(midnight, 1)) {
      const endMs = dayAfter(midnight, 1).getTime();
      for (let ms = midnight.getTime(); ms < endMs - stepMs / 2; ms += stepMs)
        at.push(roundLocal(ms, stepMs));
    }
  } else {
    for (let one = start; one.getTime() <= range.toMs; one = dayAfter(one, stepMs / day))
      at.push(one.getTime());
  }
  return { stepMs, at: [...new Set(at)].filter((ms) => ms >= range.fromMs && ms <= range.toMs) };
}

function dayAfter(date: Date, days: number): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
}

/** After a change of the clocks by an hour, steps of several hours move to round hours again. */
function roundLocal(ms: number, stepMs: number): number {
  if (stepMs <= hour) return ms;
  const off = new Date(ms).getHours() % (stepMs / hour);
  if (off === 0) return ms;
  return off <= stepMs / hour / 2 ? ms - off * hour : ms + (stepMs / hour - off) * hour;
}

function monthTicks(range: Span, leastMs: number): Ticks {
  const months = [1, 2, 3, 6, 12, 24, 60].find((one) => one * 30 * day >= leastMs) ?? 120;
  const first = new Date(range.fromMs);
  const at: number[] = [];
  for (let month = 0; ; month += 1) {
    const one = new Date(first.getFullYear(), first.getMonth() + month, 1);
    if (one.getTime() > range.toMs) break;
    const number = one.getFullYear() * 12 + one.getMonth();
    if (one.getTime() >= range.fromMs && number % months === 0) at.push(one.getTime());
  }
  return { stepMs: months * 30 * day, at };
}
