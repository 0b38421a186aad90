/** What the chart of an incident draws, from the exchanges the black box kept. Plain functions. */
import type { Outage } from '../../../appliance/features/judge/outage/schema.ts';
import type { Capture } from '../../../appliance/features/watch/black-box/schema.ts';
import type { LiveSeries } from '../charts/live-scene.ts';
import type { Span } from '../charts/scale.ts';
import { LiveRing } from './live-ring.ts';
import { lookOf } from './path.ts';
import type { Witness } from './witness.ts';
import { words } from './words.ts';

const order = ['gateway', 'isp', 'anchor', 'resolver', 'lan', 'transit', 'custom'] as const;
/** Around a beginning and an end: the seconds on either side that tell the story. */
const insideMs = 40_000;
const outsideMs = 20_000;

/** Witnesses at home and routers further out have no station on the strip, and no line in the chart at first. */
const isOnStrip = (segment: Witness['segment']) => segment !== 'lan' && segment !== 'transit';

/** One series per kept target, in path order. The first of each station is shown, the others can be. */
export function captureSeries(capture: Capture, witnesses: readonly Witness[]): LiveSeries[] {
  const known = witnesses
    .filter((node) => capture.series.some((one) => one.target === node.target))
    .sort((a, b) => a.family.localeCompare(b.family) || order.indexOf(a.segment) - order.indexOf(b.segment));
  const first = known[0]?.family;
  const seen = new Set<string>();
  return known.map((node): LiveSeries => {
    const isFirst =
      node.family === first && node.isUsed && isOnStrip(node.segment) && !seen.has(node.segment);
    if (isFirst) seen.add(node.segment);
    const name = isFirst ? words.segment[node.segment] : node.name;
    return {
      target: node.target,
      label: node.family === first ? name : `${name} ${words.family[node.family]}`,
      look: lookOf[node.segment],
      isSecond: !isFirst,
      intervalMs: intervalOf(capture, node.target),
    };
  });
}

/** How far apart the exchanges of a target were in the mean: some are made every second, some every ten. */
function intervalOf(capture: Capture, target: string): number {
  const offsets = capture.series.find((one) => one.target === target)?.offsetsMs ?? [];
  const span = (offsets.at(-1) ?? 0) - (offsets[0] ?? 0);
  return Math.max(1000, span / Math.max(1, offsets.length - 1));
}

export function captureRings(capture: Capture): Map<string, LiveRing> {
  const keepMs = Date.parse(capture.endedAt) - Date.parse(capture.startedAt) + 60_000;
  return new Map(
    capture.series.map((series) => {
      const ring = new LiveRing(keepMs, series.offsetsMs.length + 1);
      ring.load({ ...series, startedAt: capture.startedAt });
      return [series.target, ring];
    }),
  );
}

export function countOf(capture: Capture): number {
  return capture.series.reduce((sum, one) => sum + one.offsetsMs.length, 0);
}

export type CaptureWindow = 'whole' | 'beginning' | 'ending';

/** The parts worth looking at: where all of it is short, the whole says everything. */
export function windowsOf(capture: Capture, outage: Outage | null): ReadonlyMap<CaptureWindow, Span> {
  const whole: Span = { fromMs: Date.parse(capture.startedAt), toMs: Date.parse(capture.endedAt) };
  const windows = new Map<CaptureWindow, Span>([['whole', whole]]);
  if (!outage || whole.toMs - whole.fromMs < 3 * (insideMs + outsideMs)) return windows;
  const clip = (fromMs: number, toMs: number): Span | null => {
    const span = { fromMs: Math.max(whole.fromMs, fromMs), toMs: Math.min(whole.toMs, toMs) };
    return span.toMs - span.fromMs > outsideMs ? span : null;
  };
  const startMs = Date.parse(outage.startedAt);
  const beginning = clip(startMs - outsideMs, startMs + insideMs);
  if (beginning) windows.set('beginning', beginning);
  const endMs = outage.endedAt === null ? null : Date.parse(outage.endedAt);
  const ending = endMs === null ? null : clip(endMs - insideMs, endMs + outsideMs);
  if (ending) windows.set('ending', ending);
  return windows;
}
