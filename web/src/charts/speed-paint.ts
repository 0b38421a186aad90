import type uPlot from 'uplot';
import type { SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { rateNumber } from '../lib/speed-format.ts';
import { speedWords } from '../lib/words/speed.ts';
import { words } from '../lib/words.ts';
import { canvasFont, label } from './canvas-label.ts';
import { hatchPattern, type Ink } from './plot-frame.ts';
import type { Span } from './scale.ts';
import { longestPause, type Metric, pausesOf, rateOf, type SpeedSeries, trendOf } from './speed-maths.ts';

export interface SpeedScene {
  metric: Metric;
  series: readonly SpeedSeries[];
  tests: readonly SpeedTest[];
  range: Span;
  maximum: number;
  planMbps: number | null;
  selected: string | null;
  ink: Ink;
}

/** CSS pixels between plot and time axis, for tests that gave no number. */
export const laneHeight = 16;

const tokens = ['internet', 'provider', 'names', '5', 'router', '6'].map((name) => `series-${name}`);
export const tokenOf = (index: number) => tokens[index % tokens.length] ?? 'series-5';

export type Shape = 'circle' | 'square' | 'diamond' | 'triangle';
const shapes: readonly Shape[] = ['circle', 'square', 'diamond', 'triangle'];
export const shapeOf = (index: number) => shapes[index % shapes.length] ?? 'circle';

interface Ground {
  pen: CanvasRenderingContext2D;
  scene: SpeedScene;
  left: number;
  top: number;
  width: number;
  height: number;
  dpr: number;
  x: (ms: number) => number;
  y: (value: number) => number;
}

/** Draws everything over the axes: pauses, plan, trends, one mark a test, and the lane of those without a number. */
export function paintSpeed(plot: uPlot, scene: SpeedScene): void {
  const { left, top, width, height } = plot.bbox;
  const { fromMs, toMs } = scene.range;
  const ground: Ground = {
    pen: plot.ctx,
    scene,
    left,
    top,
    width,
    height,
    dpr: devicePixelRatio,
    x: (ms) => left + ((ms - fromMs) / (toMs - fromMs)) * width,
    y: (value) => top + height * (1 - Math.min(1, value / scene.maximum)),
  };
  const { pen, dpr } = ground;
  pen.save();
  pen.beginPath();
  pen.rect(left - 5 * dpr, 0, width + 10 * dpr, top + height + laneHeight * dpr);
  pen.clip();
  paintPauses(ground);
  paintPlan(ground);
  scene.series.forEach((series, index) => {
    pen.fillStyle = scene.ink.series[tokenOf(index)] ?? scene.ink.text;
    pen.strokeStyle = pen.fillStyle;
    if (scene.metric === 'delay') paintDelays(ground, series);
    else paintRates(ground, series, scene.metric, shapeOf(index));
  });
  for (const test of scene.tests) if (test.outcome !== 'ok') paintNoNumber(ground, test);
  pen.restore();
}

function paintPauses({ pen, scene, top, height, dpr, x }: Ground): void {
  for (const pause of pausesOf(scene.tests, scene.range)) {
    const from = x(pause.fromMs);
    const wide = x(pause.toMs) - from;
    pen.fillStyle = hatchPattern(pen, scene.ink.hatch);
    pen.fillRect(from, top, wide, height);
    label(
      pen,
      words.chart.notMeasured,
      from + wide / 2,
      top + height / 2,
      wide,
      scene.ink.text,
      dpr,
      scene.ink.surface,
    );
  }
}

function paintPlan({ pen, scene, left, width, dpr, y }: Ground): void {
  if (scene.planMbps === null) return;
  pen.strokeStyle = scene.ink.text;
  pen.lineWidth = 1.25 * dpr;
  pen.setLineDash([6 * dpr, 4 * dpr]);
  pen.beginPath();
  pen.moveTo(left, y(scene.planMbps));
  pen.lineTo(left + width, y(scene.planMbps));
  pen.stroke();
  pen.setLineDash([]);
  pen.font = canvasFont(12 * dpr);
  pen.textAlign = 'right';
  pen.textBaseline = 'bottom';
  pen.fillStyle = scene.ink.text;
  pen.fillText(
    `${speedWords.history.plan} ${rateNumber(scene.planMbps)}`,
    left + width - 4 * dpr,
    y(scene.planMbps) - 2 * dpr,
  );
}

function paintRates(ground: Ground, series: SpeedSeries, metric: 'down' | 'up', shape: Shape): void {
  const { pen, scene, dpr, x, y } = ground;
  pen.lineWidth = 1.75 * dpr;
  pen.lineJoin = 'round';
  for (const run of trendOf(series, metric, longestPause(series.tests))) {
    pen.beginPath();
    for (const point of run) pen.lineTo(x(point.at), y(point.value));
    pen.stroke();
  }
  const isDense = series.tests.length > ground.width / dpr / 5;
  for (const test of series.tests) {
    const value = rateOf(test, metric);
    if (value === null) continue;
    const isChosen = test.id === scene.selected;
    pen.globalAlpha = isDense && !isChosen ? 0.55 : 1;
    mark(pen, shape, x(Date.parse(test.at)), y(value), (isDense ? 2.5 : 4) * dpr);
    pen.globalAlpha = 1;
    if (isChosen) ring(ground, x(Date.parse(test.at)), y(value));
  }
}

/** From rest to load, once for each direction: the longer, the worse. */
function paintDelays(ground: Ground, series: SpeedSeries): void {
  const { pen, scene, dpr, x, y, top } = ground;
  const isDense = series.tests.length > ground.width / dpr / 9;
  const aside = (isDense ? 0 : 2.5) * dpr;
  for (const test of series.tests) {
    if (test.outcome !== 'ok') continue;
    const ways = [
      { loaded: test.loadedDownMs, shift: -aside, isUp: false },
      { loaded: test.loadedUpMs, shift: aside, isUp: true },
    ];
    for (const { loaded, shift, isUp } of ways) {
      if (loaded === null) continue;
      const at = x(Date.parse(test.at)) + shift;
      const end = Math.max(top, y(loaded));
      pen.globalAlpha = 0.45;
      pen.lineWidth = (isDense ? 1 : 1.5) * dpr;
      pen.beginPath();
      pen.moveTo(at, y(test.idleMs ?? loaded));
      pen.lineTo(at, end);
      pen.stroke();
      pen.globalAlpha = 1;
      triangle(pen, at, end, (isDense ? 2.5 : 4) * dpr, isUp);
      if (test.id === scene.selected) ring(ground, at, end);
    }
  }
}

/** Under the plot, where no zero could be: a cross for a failure, a bar for a test that was not run. */
function paintNoNumber({ pen, scene, top, height, dpr, x }: Ground, test: SpeedTest): void {
  const at = x(Date.parse(test.at));
  const middle = top + height + (laneHeight / 2) * dpr;
  const arm = (test.id === scene.selected ? 6 : 4) * dpr;
  pen.lineWidth = 2 * dpr;
  pen.strokeStyle = test.outcome === 'failed' ? scene.ink.down : scene.ink.text;
  pen.beginPath();
  if (test.outcome === 'failed') {
    pen.moveTo(at - arm, middle - arm);
    pen.lineTo(at + arm, middle + arm);
    pen.moveTo(at + arm, middle - arm);
    pen.lineTo(at - arm, middle + arm);
  } else {
    pen.moveTo(at - arm, middle);
    pen.lineTo(at + arm, middle);
  }
  pen.stroke();
}

function ring({ pen, scene, dpr }: Ground, x: number, y: number): void {
  const own = pen.strokeStyle;
  pen.strokeStyle = scene.ink.text;
  pen.lineWidth = 1.5 * dpr;
  pen.beginPath();
  pen.arc(x, y, 8 * dpr, 0, 2 * Math.PI);
  pen.stroke();
  pen.strokeStyle = own;
}

function mark(pen: CanvasRenderingContext2D, shape: Shape, x: number, y: number, half: number): void {
  if (shape === 'triangle') {
    triangle(pen, x, y, half * 1.1, true);
    return;
  }
  pen.beginPath();
  if (shape === 'circle') pen.arc(x, y, half, 0, 2 * Math.PI);
  else if (shape === 'square') pen.rect(x - half * 0.9, y - half * 0.9, half * 1.8, half * 1.8);
  else {
    pen.moveTo(x, y - half * 1.25);
    pen.lineTo(x + half * 1.25, y);
    pen.lineTo(x, y + half * 1.25);
    pen.lineTo(x - half * 1.25, y);
  }
  pen.fill();
}

function triangle(pen: CanvasRenderingContext2D, x: number, y: number, half: number, isUp: boolean): void {
  const tip = isUp ? -half : half;
  pen.beginPath();
  pen.moveTo(x - half, y - tip);
  pen.lineTo(x + half, y - tip);
  pen.lineTo(x, y + tip);
  pen.fill();
}
