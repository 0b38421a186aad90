import type uPlot from 'uplot';
import type { LiveRing } from '../lib/live-ring.ts';
import { words } from '../lib/words.ts';
import { canvasFont, label } from './canvas-label.ts';
import type { LiveSeries, Shade } from './live-scene.ts';
import { hatchPattern, type Ink } from './plot-frame.ts';
import { gapsBetween, runningMedian, type Span } from './scale.ts';

export interface LiveScene {
  series: readonly LiveSeries[];
  rings: ReadonlyMap<string, LiveRing>;
  shades: readonly Shade[];
  range: Span;
  ink: Ink;
  maximum: number;
}

/** CSS pixels of one lane of loss ticks above the plot; more lanes than there is room for are thinner. */
const laneHeight = 6;
const usualLanes = 5;
export const lanesHeight = laneHeight * usualLanes;
const laneOf = (scene: LiveScene) => Math.min(laneHeight, lanesHeight / Math.max(1, scene.series.length));
const lookColour = {
  router: 'series-router',
  provider: 'series-provider',
  internet: 'series-internet',
  names: 'series-names',
  other: 'series-5',
};

/** Draws everything over the axes: shades, gaps, dots, running median, lanes of lost exchanges. */
export function paintLive(plot: uPlot, scene: LiveScene): void {
  const pen = plot.ctx;
  const { left, top, width, height } = plot.bbox;
  const dpr = devicePixelRatio;
  const x = (ms: number) =>
    left + ((ms - scene.range.fromMs) / (scene.range.toMs - scene.range.fromMs)) * width;
  pen.save();
  pen.beginPath();
  pen.rect(left, 0, width, top + height);
  pen.clip();
  paintShades(pen, scene, x, top, height, dpr);
  paintGaps(pen, scene, x, top, height);
  const lane = laneOf(scene) * dpr;
  const lanesTop = top - scene.series.length * lane - 3 * dpr;
  scene.series.forEach((series, index) => {
    const ring = scene.rings.get(series.target);
    if (!ring) return;
    const own = scene.ink.series[lookColour[series.look]] ?? scene.ink.text;
    const laneTop = lanesTop + index * lane;
    pen.fillStyle = own;
    pen.globalAlpha = 0.22;
    pen.fillRect(left, laneTop + lane / 2, width, Math.max(1, dpr / 2));
    pen.globalAlpha = 1;
    paintSeries(pen, scene, series, ring, own, { x, top, height, laneTop, lane, dpr });
  });
  pen.restore();
  pen.fillStyle = scene.ink.text;
  pen.font = canvasFont(12 * dpr);
  pen.textAlign = 'right';
  pen.textBaseline = 'middle';
  pen.fillText(words.chart.lost, left - 6 * dpr, lanesTop + (scene.series.length * lane) / 2);
}

interface Place {
  x: (ms: number) => number;
  top: number;
  height: number;
  laneTop: number;
  lane: number;
  dpr: number;
}

function paintSeries(
  pen: CanvasRenderingContext2D,
  scene: LiveScene,
  series: LiveSeries,
  ring: LiveRing,
  own: string,
  at: Place,
): void {
  const first = ring.firstAfter(scene.range.fromMs);
  const times = ring.times.slice(first);
  const rtts = ring.rtts.slice(first);
  const y = (ms: number) => at.top + at.height * (1 - Math.min(1, ms / scene.maximum));
  const dot = 2.2 * at.dpr;
  pen.fillStyle = own;
  pen.globalAlpha = 0.5;
  times.forEach((ms, index) => {
    const value = rtts[index] ?? Number.NaN;
    if (Number.isNaN(value)) return;
    if (value > scene.maximum) paintPeak(pen, at.x(ms), at.top, at.dpr);
    else pen.fillRect(at.x(ms) - dot / 2, y(value) - dot / 2, dot, dot);
  });
  pen.globalAlpha = 1;
  paintMedian(pen, times, runningMedian(rtts, 15), own, series.intervalMs * 4, at, y);
  pen.fillStyle = scene.ink.down;
  const tickWidth = Math.max(
    2 * at.dpr,
    at.x(scene.range.fromMs + series.intervalMs) - at.x(scene.range.fromMs),
  );
  times.forEach((ms, index) => {
    if (Number.isNaN(rtts[index] ?? Number.NaN))
      pen.fillRect(at.x(ms) - tickWidth / 2, at.laneTop, tickWidth, at.lane - at.dpr);
  });
}

function paintMedian(
  pen: CanvasRenderingContext2D,
  times: number[],
  medians: number[],
  own: string,
  longestMs: number,
  at: Place,
  y: (ms: number) => number,
): void {
  pen.strokeStyle = own;
  pen.lineWidth = 1.5 * at.dpr;
  pen.lineJoin = 'round';
  pen.beginPath();
  let previous = Number.NEGATIVE_INFINITY;
  let isBroken = true;
  times.forEach((ms, index) => {
    const value = medians[index] ?? Number.NaN;
    if (Number.isNaN(value)) {
      isBroken = true;
      return;
    }
    if (isBroken || ms - previous > longestMs) pen.moveTo(at.x(ms), y(value));
    else pen.lineTo(at.x(ms), y(value));
    isBroken = false;
    previous = ms;
  });
  pen.stroke();
}

/** A small triangle at the top edge: this one went higher than the chart. */
function paintPeak(pen: CanvasRenderingContext2D, x: number, top: number, dpr: number): void {
  pen.beginPath();
  pen.moveTo(x - 3 * dpr, top + 5 * dpr);
  pen.lineTo(x + 3 * dpr, top + 5 * dpr);
  pen.lineTo(x, top);
  pen.fill();
}

/** Longer without any exchange is a gap. The most frequent series decides: the others may pause between two. */
function longestPause(scene: LiveScene): number {
  return 4 * Math.max(1000, Math.min(...scene.series.map((one) => one.intervalMs)));
}

function paintShades(
  pen: CanvasRenderingContext2D,
  scene: LiveScene,
  x: (ms: number) => number,
  top: number,
  height: number,
  dpr: number,
): void {
  for (const shade of scene.shades) {
    if (shade.toMs < scene.range.fromMs || shade.fromMs > scene.range.toMs) continue;
    const from = Math.max(x(scene.range.fromMs), x(shade.fromMs));
    const wide = Math.max(2 * dpr, Math.min(x(scene.range.toMs), x(shade.toMs)) - from);
    const own = shade.kind === 'outage' ? scene.ink.down : scene.ink.degraded;
    pen.fillStyle = own;
    pen.globalAlpha = shade.kind === 'busy' ? 0.07 : 0.13;
    pen.fillRect(from, top, wide, height);
    pen.globalAlpha = 1;
    label(pen, words.chart.shade[shade.kind], from + wide / 2, top + 14 * dpr, wide, own, dpr);
  }
}

function paintGaps(
  pen: CanvasRenderingContext2D,
  scene: LiveScene,
  x: (ms: number) => number,
  top: number,
  height: number,
): void {
  const all = scene.series.map((one) => scene.rings.get(one.target)?.times ?? []);
  const isEmpty = all.every((times) => times.length === 0);
  for (const gap of gapsBetween(all, scene.range, longestPause(scene))) {
    const wide = x(gap.toMs) - x(gap.fromMs);
    pen.fillStyle = hatchPattern(pen, scene.ink.hatch);
    pen.fillRect(x(gap.fromMs), top, wide, height);
    label(
      pen,
      isEmpty ? words.now.liveEmpty : words.chart.notMeasured,
      x(gap.fromMs) + wide / 2,
      top + height / 2,
      wide,
      scene.ink.text,
      devicePixelRatio,
      scene.ink.surface,
    );
  }
}
