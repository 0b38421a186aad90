import type uPlot from 'uplot';
import { msNumber } from '../lib/format.ts';
import { words } from '../lib/words.ts';
import { canvasFont, label } from './canvas-label.ts';
import { hatchPattern, type Ink } from './plot-frame.ts';
import type { Span } from './scale.ts';
import {
  gapsOf,
  lossLevel,
  peaksOf,
  runsOf,
  type Scale,
  type SmokePoint,
  silencesOf,
} from './smoke-maths.ts';

export interface SmokeSeries {
  target: string;
  label: string;
  colour: string;
  points: readonly SmokePoint[];
  stepMs: number;
}

export interface SmokeScene {
  series: readonly SmokeSeries[];
  range: Span;
  nowMs: number;
  scale: Scale;
  isLog: boolean;
  ink: Ink;
}

/** CSS pixels between plot and time axis, for the loss strip. */
export const stripHeight = 14;
export const stripGap = 8;
/** CSS pixels above the plot, for the values of clipped peaks. */
export const peakHeight = 18;

interface Ground {
  pen: CanvasRenderingContext2D;
  scene: SmokeScene;
  left: number;
  top: number;
  width: number;
  height: number;
  dpr: number;
  x: (ms: number) => number;
  y: (ms: number) => number;
}

/** Draws everything over the axes. One series: median with its bands; several: medians. */
export function paintSmoke(plot: uPlot, scene: SmokeScene): void {
  const { left, top, width, height } = plot.bbox;
  const span = scene.range.toMs - scene.range.fromMs;
  const { minimum, maximum } = scene.scale;
  const low = scene.isLog ? Math.log10(minimum) : minimum;
  const high = scene.isLog ? Math.log10(maximum) : maximum;
  const ground: Ground = {
    pen: plot.ctx,
    scene,
    left,
    top,
    width,
    height,
    dpr: devicePixelRatio,
    x: (ms) => left + ((ms - scene.range.fromMs) / span) * width,
    y: (ms) => {
      const value = scene.isLog ? Math.log10(Math.max(ms, minimum)) : ms;
      return top + height * (1 - Math.min(1, Math.max(0, (value - low) / (high - low))));
    },
  };
  const { pen } = ground;
  const first = scene.series[0];
  if (!first) return;
  pen.save();
  pen.beginPath();
  pen.rect(left, 0, width, top + height + (stripGap + stripHeight) * ground.dpr);
  pen.clip();
  if (scene.series.length === 1) paintSilences(ground, first);
  for (const series of scene.series) paintSeries(ground, series, scene.series.length === 1);
  paintGaps(ground);
  if (!scene.isLog) paintPeaks(ground);
  paintLoss(ground);
  pen.restore();
  pen.fillStyle = scene.ink.text;
  pen.font = canvasFont(12 * ground.dpr);
  pen.textAlign = 'right';
  pen.textBaseline = 'middle';
  pen.fillText(
    words.now.lossShort,
    left - 6 * ground.dpr,
    top + height + (stripGap + stripHeight / 2 + 1) * ground.dpr,
  );
}

function paintSeries(ground: Ground, series: SmokeSeries, hasBands: boolean): void {
  const { pen, dpr, x, y } = ground;
  const half = series.stepMs / 2;
  for (const run of runsOf(series.points, series.stepMs)) {
    pen.fillStyle = series.colour;
    if (hasBands) {
      band(ground, run, half, 'p10', 'p90', 0.17);
      band(ground, run, half, 'p25', 'p75', 0.3);
    }
    pen.strokeStyle = series.colour;
    pen.lineWidth = 1.75 * dpr;
    pen.lineJoin = 'round';
    pen.lineCap = 'round';
    pen.beginPath();
    const only = run.length === 1 ? run[0] : undefined;
    if (only) {
      pen.moveTo(x(only.at), y(only.p50)); // a lone bucket is a dash as long as it is
      pen.lineTo(x(only.at + series.stepMs), y(only.p50));
    } else {
      for (const point of run) pen.lineTo(x(point.at + half), y(point.p50));
    }
    pen.stroke();
  }
}

function band(
  ground: Ground,
  run: readonly SmokePoint[],
  half: number,
  low: 'p10' | 'p25',
  high: 'p90' | 'p75',
  alpha: number,
): void {
  const { pen, x, y } = ground;
  pen.globalAlpha = alpha;
  pen.beginPath();
  const only = run.length === 1 ? run[0] : undefined;
  if (only) {
    pen.rect(x(only.at), y(only[high]), x(only.at + 2 * half) - x(only.at), y(only[low]) - y(only[high]));
  } else {
    for (const point of run) pen.lineTo(x(point.at + half), y(point[high]));
    for (let index = run.length - 1; index >= 0; index -= 1) {
      const point = run[index];
      if (point) pen.lineTo(x(point.at + half), y(point[low]));
    }
    pen.closePath();
  }
  pen.fill();
  pen.globalAlpha = 1;
}

function paintSilences(ground: Ground, series: SmokeSeries): void {
  const { pen, scene, top, height, dpr, x } = ground;
  for (const span of silencesOf(series.points, series.stepMs)) {
    const from = x(span.fromMs);
    const wide = Math.max(2 * dpr, x(span.toMs) - from);
    pen.fillStyle = scene.ink.down;
    pen.globalAlpha = 0.2;
    pen.fillRect(from, top, wide, height);
    pen.globalAlpha = 1;
    label(pen, words.chart.allLost, from + wide / 2, top + height / 2, wide, scene.ink.down, dpr);
  }
}

/** Where none of the series has anything. */
function paintGaps(ground: Ground): void {
  const { pen, scene, top, height, dpr, x } = ground;
  const points = scene.series.flatMap((series) => series.points);
  if (scene.series.length > 1) points.sort((a, b) => a.at - b.at);
  const stepMs = Math.max(...scene.series.map((series) => series.stepMs));
  const gaps = gapsOf(points, stepMs, scene.range, scene.nowMs);
  pen.fillStyle = hatchPattern(pen, scene.ink.hatch);
  for (const gap of gaps)
    pen.fillRect(x(gap.fromMs), top, Math.max(dpr, x(gap.toMs) - x(gap.fromMs)), height);
  for (const gap of gaps) {
    const wide = x(gap.toMs) - x(gap.fromMs);
    label(
      pen,
      words.chart.notMeasured,
      x(gap.fromMs) + wide / 2,
      top + height / 2,
      wide,
      scene.ink.text,
      dpr,
      scene.ink.surface,
    );
  }
}

function paintPeaks(ground: Ground): void {
  const { pen, scene, top, width, dpr, x } = ground;
  const apart = ((56 * dpr) / width) * (scene.range.toMs - scene.range.fromMs);
  for (const series of scene.series) {
    pen.fillStyle = series.colour;
    for (const peak of peaksOf(series.points, scene.scale.maximum, apart)) {
      const middle = x(peak.at + series.stepMs / 2);
      pen.beginPath();
      pen.moveTo(middle - 4 * dpr, top + 1 * dpr);
      pen.lineTo(middle + 4 * dpr, top + 1 * dpr);
      pen.lineTo(middle, top - 5 * dpr);
      pen.fill();
      pen.font = canvasFont(12 * dpr);
      pen.textBaseline = 'bottom';
      pen.textAlign = 'center';
      const half = pen.measureText(msNumber(peak.value)).width / 2;
      const placed = Math.min(ground.left + width - half, Math.max(ground.left + half, middle));
      pen.fillText(msNumber(peak.value), placed, top - 5 * dpr);
    }
  }
}

/** Under the plot: what was measured, and how much of it was lost, by height and colour. */
function paintLoss(ground: Ground): void {
  const { pen, scene, top, height, dpr, x } = ground;
  const lane = (stripHeight * dpr) / scene.series.length;
  scene.series.forEach((series, index) => {
    const bottom = top + height + stripGap * dpr + lane * (index + 1);
    const heights = [Math.min(2 * dpr, lane), 0.4 * lane, 0.55 * lane, 0.75 * lane, 0.9 * lane, lane];
    for (const point of series.points) {
      const level = lossLevel(point.count, point.lost);
      const from = x(point.at);
      const wide = Math.max(level === 0 ? 0 : 2 * dpr, x(point.at + series.stepMs) - from);
      pen.fillStyle = level === 0 ? series.colour : level < 3 ? scene.ink.degraded : scene.ink.down;
      pen.globalAlpha = level === 0 ? 0.35 : 1;
      const tall = heights[level] ?? lane;
      pen.fillRect(from, bottom - tall, wide, tall);
    }
    pen.globalAlpha = 1;
  });
}
