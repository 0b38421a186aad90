import { rttAxisTop, type SpeedMoment, type SpeedRun } from '../lib/speed-run.ts';
import { speedWords } from '../lib/words/speed.ts';
import { canvasFont } from './canvas-label.ts';
import type { Ink, Size } from './plot-frame.ts';
import { niceCeiling } from './scale.ts';

const left = 58;
const right = 10;
const top = 16;
const between = 26;
const bottom = 22;
/** Of the room for both: the rate is what one looks at. */
const rateShare = 0.6;
/** The axis of time grows by steps, so that the picture stands still in between. */
const secondsStep = 10;

interface Lane {
  y: number;
  height: number;
  maximum: number;
}

interface Ground {
  pen: CanvasRenderingContext2D;
  run: SpeedRun;
  ink: Ink;
  width: number;
  x: (atMs: number) => number;
}

const down = 'series-internet';
const up = 'series-provider';

/** Draws the whole picture anew; a few hundred points cost less than keeping track of what changed. */
export function paintRun(pen: CanvasRenderingContext2D, run: SpeedRun, size: Size, ink: Ink): void {
  pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  pen.clearRect(0, 0, size.width, size.height);
  const startMs = run.moments[0]?.atMs ?? 0;
  const elapsed = ((run.moments.at(-1)?.atMs ?? startMs) - startMs) / 1000;
  const seconds = Math.max(secondsStep, Math.ceil(elapsed / secondsStep) * secondsStep);
  const width = size.width - left - right;
  const ground: Ground = {
    pen,
    run,
    ink,
    width,
    x: (atMs) => left + ((atMs - startMs) / 1000 / seconds) * width,
  };
  const room = size.height - top - between - bottom;
  const highest = Math.max(1, ...run.moments.map((one) => Math.max(one.downMbps ?? 0, one.upMbps ?? 0)));
  const rates: Lane = { y: top, height: room * rateShare, maximum: niceCeiling(highest * 1.05) };
  const delays: Lane = {
    y: top + rates.height + between,
    height: room * (1 - rateShare),
    maximum: rttAxisTop(run.moments),
  };
  axis(ground, rates, speedWords.live.rate, 'Mb/s');
  axis(ground, delays, speedWords.live.delay, 'ms');
  area(ground, rates, down, (one) => one.downMbps);
  area(ground, rates, up, (one) => one.upMbps);
  idleLine(ground, delays);
  line(ground, delays, 'series-names', (one) => one.rttMs);
  times(ground, seconds, size.height);
}

function axis({ pen, ink, width }: Ground, lane: Lane, name: string, unit: string): void {
  pen.font = canvasFont(12);
  pen.fillStyle = ink.text;
  pen.strokeStyle = ink.grid;
  pen.lineWidth = 1;
  pen.textBaseline = 'middle';
  for (const share of [0, 1]) {
    const y = lane.y + lane.height * (1 - share);
    pen.beginPath();
    pen.moveTo(left, Math.round(y) + 0.5);
    pen.lineTo(left + width, Math.round(y) + 0.5);
    pen.stroke();
    pen.textAlign = 'right';
    const value = lane.maximum * share;
    pen.fillText(share === 1 ? `${value} ${unit}` : '0', left - 6, y);
  }
  pen.textAlign = 'left';
  pen.textBaseline = 'bottom';
  pen.fillText(name, left + 2, lane.y - 2);
}

/** Stretches in which something was measured; nothing joins two of them. */
function stretches(moments: readonly SpeedMoment[], pick: (one: SpeedMoment) => number | null) {
  const found: { atMs: number; value: number }[][] = [];
  let isOpen = false;
  for (const one of moments) {
    const value = pick(one);
    if (value !== null && !isOpen) found.push([]);
    if (value !== null) found.at(-1)?.push({ atMs: one.atMs, value });
    isOpen = value !== null;
  }
  return found;
}

const yOf = (lane: Lane, value: number) => lane.y + lane.height * (1 - Math.min(1, value / lane.maximum));

function area(ground: Ground, lane: Lane, token: string, pick: (one: SpeedMoment) => number | null): void {
  const { pen, run, ink, x } = ground;
  pen.fillStyle = ink.series[token] ?? ink.text;
  for (const stretch of stretches(run.moments, pick)) {
    const last = stretch.at(-1);
    const first = stretch[0];
    if (!first || !last) continue;
    pen.globalAlpha = 0.18;
    pen.beginPath();
    pen.moveTo(x(first.atMs), lane.y + lane.height);
    for (const one of stretch) pen.lineTo(x(one.atMs), yOf(lane, one.value));
    pen.lineTo(x(last.atMs), lane.y + lane.height);
    pen.fill();
    pen.globalAlpha = 1;
  }
  line(ground, lane, token, pick);
}

function line(
  { pen, run, ink, x }: Ground,
  lane: Lane,
  token: string,
  pick: (one: SpeedMoment) => number | null,
): void {
  pen.strokeStyle = ink.series[token] ?? ink.text;
  pen.lineWidth = 1.75;
  pen.lineJoin = 'round';
  for (const stretch of stretches(run.moments, pick)) {
    pen.beginPath();
    for (const one of stretch) pen.lineTo(x(one.atMs), yOf(lane, one.value));
    pen.stroke();
  }
}

/** What the delay was before the load: everything above it is the queue. */
function idleLine({ pen, run, ink, width }: Ground, lane: Lane): void {
  const idle = run.idleMs;
  if (idle === null) return;
  pen.strokeStyle = ink.text;
  pen.lineWidth = 1;
  pen.setLineDash([4, 4]);
  pen.beginPath();
  pen.moveTo(left, yOf(lane, idle));
  pen.lineTo(left + width, yOf(lane, idle));
  pen.stroke();
  pen.setLineDash([]);
}

function times({ pen, ink, width }: Ground, seconds: number, height: number): void {
  pen.fillStyle = ink.text;
  pen.font = canvasFont(12);
  pen.textBaseline = 'bottom';
  for (const share of [0, 0.5, 1]) {
    pen.textAlign = share === 0 ? 'left' : share === 1 ? 'right' : 'center';
    pen.fillText(speedWords.live.seconds(String(seconds * share)), left + width * share, height - 3);
  }
}
