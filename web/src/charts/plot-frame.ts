import { css, unsafeCSS } from 'lit';
import type uPlot from 'uplot';
import uplotCss from 'uplot/dist/uPlot.min.css?inline';
import { tick } from '../lib/format.ts';
import { colour } from '../lib/theme.ts';
import { canvasFont } from './canvas-label.ts';

export const plotStyles = css`
  ${unsafeCSS(uplotCss)}
  .uplot { font-family: var(--font); width: 100%; }
  .u-select { background: var(--accent); opacity: 0.16; }
  .u-hz .u-cursor-x, .u-vt .u-cursor-y { border-right: 1px solid var(--ink-3); border-bottom: 0; opacity: 0.8; }
`;

/** Narrower, and axis labels would cover the plot. */
export const smallestWidth = 200;

const fontOfAxes = canvasFont(12);

/** The colours of a canvas, read once per theme. */
export interface Ink {
  text: string;
  grid: string;
  hatch: string;
  surface: string;
  down: string;
  degraded: string;
  /** By the name of the token, `series-internet` and so on. */
  series: Readonly<Record<string, string>>;
}

const seriesTokens = ['router', 'provider', 'internet', 'names', '5', '6'].map((name) => `series-${name}`);

export function readInk(): Ink {
  return {
    text: colour('ink-3'),
    grid: colour('grid'),
    hatch: colour('hatch'),
    surface: colour('surface'),
    down: colour('down'),
    degraded: colour('degraded'),
    series: Object.fromEntries(seriesTokens.map((token) => [token, colour(token)])),
  };
}

export function timeAxis(ink: () => Ink): uPlot.Axis {
  return {
    stroke: () => ink().text,
    font: fontOfAxes,
    grid: { show: false },
    ticks: { show: true, stroke: () => ink().grid, size: 4, width: 1 },
    gap: 4,
    size: 28,
    space: (plot) => (plot.width < 500 ? 52 : 76),
    values: (_plot, splits, _axis, _space, step) => splits.map((ms) => tick(ms, step)),
  };
}

export function msAxis(ink: () => Ink, width: number): uPlot.Axis {
  return valueAxis(ink, width, 'ms');
}

/** An axis whose highest number carries the unit. */
export function valueAxis(ink: () => Ink, width: number, unit: string): uPlot.Axis {
  return {
    stroke: () => ink().text,
    font: fontOfAxes,
    grid: { show: true, stroke: () => ink().grid, width: 1 },
    ticks: { show: false },
    gap: 6,
    size: width,
    space: 46,
    values: (_plot, splits) => {
      const highest = splits.findLastIndex((value) => value !== null);
      return splits.map((value, index) =>
        value === null ? '' : index === highest ? `${axisNumber(value)} ${unit}` : axisNumber(value),
      );
    },
  };
}

function axisNumber(value: number): string {
  return value >= 1 || value === 0 ? String(+value.toFixed(1)) : String(+value.toPrecision(1));
}

/** A tile of diagonal lines: "here nothing was measured". */
export function hatchPattern(context: CanvasRenderingContext2D, stroke: string): CanvasPattern | string {
  const side = Math.round(8 * devicePixelRatio);
  const tile = document.createElement('canvas');
  tile.width = side;
  tile.height = side;
  const pen = tile.getContext('2d');
  if (!pen) return stroke;
  pen.strokeStyle = stroke;
  pen.lineWidth = Math.max(1, devicePixelRatio);
  pen.beginPath();
  for (const shift of [-side, 0, side]) {
    pen.moveTo(shift, side);
    pen.lineTo(shift + side, 0);
  }
  pen.stroke();
  return context.createPattern(tile, 'repeat') ?? stroke;
}

export interface Size {
  width: number;
  height: number;
}

/** Tells how large the frame is, first and after every change. Told, not asked: asking would force a layout. */
export function followSize(frame: HTMLElement, changed: (size: Size) => void): ResizeObserver {
  const observer = new ResizeObserver(([entry]) => {
    if (!entry || entry.contentRect.height === 0) return;
    changed({ width: Math.max(smallestWidth, entry.contentRect.width), height: entry.contentRect.height });
  });
  observer.observe(frame);
  return observer;
}
