import { sayDuration } from '../../../../core/durations.ts';
import { localTime } from '../../../../core/local-time.ts';
import type { ChartMatter, Dot, Lane } from './chart-data.ts';
import { html, type Markup } from './markup.ts';
import { milliseconds, percent } from './words.ts';

const width = 720;
const left = 150;
const right = 6;
const top = 16;
const laneHeight = 44;
const lossHeight = 7;
const axisHeight = 22;
const plotWidth = width - left - right;
/** Dots closer than this would lie on each other: they become one stroke from the smallest to the largest. */
const columnWidth = 1.25;
const tickSeconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];

interface Column {
  x: number;
  lowMs: number | null;
  highMs: number | null;
  lostRatio: number;
}

/** A drawing for paper: a lane a target, dots for answers, strokes on top for what was lost. */
export function chartMarkup(chart: ChartMatter, timezone: string, label: string): Markup {
  const height = top + chart.lanes.length * laneHeight + axisHeight;
  const xOf = (ms: number) => left + ((ms - chart.fromMs) / (chart.toMs - chart.fromMs)) * plotWidth;
  const bottom = height - axisHeight;
  const from = clamp(xOf(chart.downFromMs));
  const shade = Math.max(1, clamp(xOf(chart.downToMs)) - from);
  return html`<figure>
<div class="wide"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<rect class="shade" x="${place(from)}" y="${top}" width="${place(shade)}" height="${bottom - top}"/>
${ticksOf(chart).map(
  (ms) => html`<path class="tick" d="M${place(xOf(ms))} ${top}V${bottom + 4}"/>
<text class="time" x="${place(xOf(ms))}" y="${bottom + 15}">${localTime(ms, timezone)}</text>`,
)}
${chart.lanes.map((lane, index) => laneMarkup(lane, top + index * laneHeight, xOf))}
</svg></div>
<figcaption>Each dot is ${chart.source}; strokes above are what was lost; shaded is the outage. ${sayLanes(chart)}</figcaption>
</figure>`;
}

function laneMarkup(lane: Lane, y: number, xOf: (ms: number) => number): Markup {
  const topMs = scaleOf(lane.dots);
  const floor = y + laneHeight - 4;
  const ceiling = y + lossHeight + 5;
  const yOf = (ms: number) => floor - (Math.min(ms, topMs) / topMs) * (floor - ceiling);
  const columns = columnsOf(lane.dots, xOf);
  const dots = columns
    .flatMap(({ x, lowMs, highMs }) =>
      lowMs === null || highMs === null
        ? []
        : [`M${place(x)} ${place(yOf(lowMs))}V${place(yOf(highMs) - 0.01)}`],
    )
    .join('');
  const isLost = ({ lostRatio }: Column) => lostRatio > 0;
  const strokes = columns.filter(isLost).map(({ x, lostRatio }) => {
    const length = lossHeight * Math.max(0.3, lostRatio);
    return `M${place(x)} ${place(y + 2 + lossHeight)}v${place(-length)}`;
  });
  return html`<text class="lane" x="0" y="${y + 18}">${lane.title}</text>
<text class="sub" x="0" y="${y + 31}">${lane.subtitle === lane.title ? null : cut(lane.subtitle)}</text>
<text class="scale" x="${left - 6}" y="${place(ceiling + 4)}">${milliseconds(topMs)}</text>
<path class="base" d="M${left} ${floor + 2}H${width - right}"/>
<path class="lost" d="${strokes.join('')}"/><path class="dots" d="${dots}"/>`;
}

/** A picture needs its words: what was lost in each lane while it lasted. */
function sayLanes({ lanes, downFromMs, downToMs }: ChartMatter): string {
  return lanes
    .map(({ title, subtitle, dots }) => {
      const inside = dots.filter(({ atMs }) => atMs >= downFromMs && atMs <= downToMs);
      const name = title === subtitle ? title : `${title} (${subtitle})`;
      if (inside.length === 0) return `${name}: not measured.`;
      const lost = inside.reduce((sum, dot) => sum + dot.lostRatio, 0) / inside.length;
      return `${name}: ${percent(lost)} lost.`;
    })
    .join(' ');
}

/** One stroke for all dots that share a column; the loss of a column is the mean of its dots. */
function columnsOf(dots: readonly Dot[], xOf: (ms: number) => number): Column[] {
  const columns = new Map<number, Dot[]>();
  for (const dot of dots) {
    const index = Math.floor((xOf(dot.atMs) - left) / columnWidth);
    const known = columns.get(index);
    if (known === undefined) columns.set(index, [dot]);
    else known.push(dot);
  }
  return [...columns].map(([index, members]) => {
    const times = members.flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs])).sort((a, b) => a - b);
    return {
      x: left + (index + 0.5) * columnWidth,
      lowMs: times[0] ?? null,
      highMs: times.at(-1) ?? null,
      lostRatio: members.reduce((sum, { lostRatio }) => sum + lostRatio, 0) / members.length,
    };
  });
}

/** One answer that took a second must not press all others to the floor. */
function scaleOf(dots: readonly Dot[]): number {
  const times = dots.flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs])).sort((a, b) => a - b);
  const robust = Math.max(0.08, times[Math.floor(times.length * 0.98)] ?? 1);
  const step = 10 ** Math.floor(Math.log10(robust * 1.25));
  return Math.ceil((robust * 1.25) / step) * step;
}

function ticksOf({ fromMs, toMs }: ChartMatter): number[] {
  const wanted = (toMs - fromMs) / 1000 / 6;
  const stepMs = 1000 * (tickSeconds.find((step) => step >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400);
  const ticks: number[] = [];
  for (let ms = Math.ceil(fromMs / stepMs) * stepMs; ms < toMs; ms += stepMs) ticks.push(ms);
  return ticks;
}

const clamp = (x: number) => Math.min(Math.max(x, left), width - right);
const place = (value: number) => Number(value.toFixed(2));
const cut = (text: string) => (text.length > 22 ? `${text.slice(0, 21)}…` : text);

/** "1 min 30 s around 13:00:03". */
export function chartLabel({ fromMs, toMs, downFromMs }: ChartMatter, timezone: string): string {
  return `Round-trip times and losses of the ${sayDuration(toMs - fromMs)} around ${localTime(downFromMs, timezone)}, a lane for each target`;
}
