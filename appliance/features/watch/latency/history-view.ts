import type { Drawing } from '../../../core/feature.ts';
import type { LatencyPoint, LatencySeries } from './schema.ts';

const chartRows = 10;
const axisColumns = 9;

/** Percentiles over time: `#` from the 10th to the 90th, `o` the median; loss under it; a gap stays empty. */
export function historyChart(
  series: LatencySeries,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  draw: Drawing,
  width: number,
): string[] {
  const stepMs = series.stepSeconds * 1000;
  const first = Math.floor(fromMs / stepMs);
  const slots = Math.max(1, Math.floor((toMs - 1) / stepMs) - first + 1);
  const perColumn = Math.ceil(slots / Math.max(10, width - axisColumns));
  const columns: LatencyPoint[][] = Array.from({ length: Math.ceil(slots / perColumn) }, () => []);
  for (const point of series.points) {
    const slot = Math.floor(Date.parse(point.at) / stepMs) - first;
    columns[Math.floor(slot / perColumn)]?.push(point);
  }
  const bands = columns.map(bandOf);
  const hasAnswers = series.points.some(({ p50Ms }) => p50Ms !== null);
  const top = niceTop(bands.map((band) => band?.high ?? 0));
  const lines: string[] = [];
  for (let row = hasAnswers ? chartRows - 1 : -1; row >= 0; row -= 1) {
    const floor = (row / chartRows) * top;
    const ceiling = ((row + 1) / chartRows) * top;
    const isLabelled = row === chartRows - 1 || row === Math.floor(chartRows / 2) || row === 0;
    const label = isLabelled ? `${Number((row === 0 ? 0 : ceiling).toPrecision(3))} ms` : '';
    lines.push(
      `${draw.fit(label, axisColumns - 1, 'right')} ${bands.map((band) => mark(band, floor, ceiling, row)).join('')}`,
    );
  }
  const loss = bands.map((band) => lossMark(band));
  lines.push(`${draw.fit('lost', axisColumns - 1, 'right')} ${draw.paint('down', loss.join(''))}`);
  lines.push(timeAxis(fromMs, toMs, columns.length, draw));
  lines.push(
    draw.paint(
      'faint',
      'o median, | 10 to 90 %, ^ higher; lost: . some, x over 5 %, # all; empty: not measured',
    ),
  );
  return lines;
}

interface Band {
  low: number;
  middle: number;
  high: number;
  lossRatio: number;
}

/** Several points in one column: medians averaged by count, the band their envelope. */
function bandOf(points: readonly LatencyPoint[]): Band | null {
  const count = points.reduce((sum, point) => sum + point.count, 0);
  if (count === 0) return null;
  const lost = points.reduce((sum, point) => sum + point.lost, 0);
  const answered = points.filter(({ p50Ms }) => p50Ms !== null);
  const weight = answered.reduce((sum, point) => sum + point.count - point.lost, 0);
  const middle =
    answered.reduce((sum, point) => sum + (point.p50Ms ?? 0) * (point.count - point.lost), 0) / weight;
  return {
    low: Math.min(...answered.map(({ p10Ms, p50Ms }) => p10Ms ?? p50Ms ?? 0)),
    middle,
    high: Math.max(...answered.map(({ p90Ms, p50Ms }) => p90Ms ?? p50Ms ?? 0)),
    lossRatio: lost / count,
  };
}

function mark(band: Band | null, floor: number, ceiling: number, row: number): string {
  if (band === null || Number.isNaN(band.middle)) return ' ';
  const isTop = row === chartRows - 1;
  if (band.middle >= floor && (band.middle < ceiling || isTop)) return 'o';
  if (isTop && band.high >= ceiling) return '^';
  return band.low < ceiling && band.high >= floor ? '|' : ' ';
}

function lossMark(band: Band | null): string {
  if (band === null || band.lossRatio === 0) return ' ';
  if (band.lossRatio === 1) return '#';
  return band.lossRatio > 0.05 ? 'x' : '.';
}

/** From zero to a robust maximum, so that one peak does not flatten a day. */
function niceTop(highs: readonly number[]): number {
  const sorted = highs.filter((high) => high > 0 && Number.isFinite(high)).sort((a, b) => a - b);
  const robust = sorted[Math.floor((sorted.length - 1) * 0.97)] ?? 1;
  const magnitude = 10 ** Math.floor(Math.log10(robust));
  const factor = [1.2, 1.5, 2, 3, 4, 5, 6, 8, 10].find((each) => each * magnitude > robust) ?? 10;
  return factor * magnitude;
}

function timeAxis(fromMs: number, toMs: number, width: number, draw: Drawing): string {
  const isLong = toMs - fromMs > 36 * 3_600_000;
  const format = new Intl.DateTimeFormat(
    'en-GB',
    isLong ? { day: 'numeric', month: 'short' } : { timeStyle: 'short' },
  );
  const labels = Math.max(2, Math.min(5, Math.floor(width / 14)));
  const cell = Math.floor(width / labels);
  const texts = Array.from({ length: labels }, (_, at) =>
    draw.fit(format.format(fromMs + ((toMs - fromMs) * at * cell) / width), cell),
  );
  return draw.paint('faint', `${' '.repeat(axisColumns)}${texts.join('')}`.trimEnd());
}

/** One row a point; a run of missing points is one row that says so. */
export function historyTable(series: LatencySeries, draw: Drawing, width: number): string[] {
  const stepMs = series.stepSeconds * 1000;
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'short', timeStyle: 'medium' });
  const ms = (value: number | null) => (value === null ? '–' : value.toFixed(value < 10 ? 2 : 1));
  const rows: string[][] = [];
  let expected: number | null = null;
  for (const point of series.points) {
    const at = Date.parse(point.at);
    if (expected !== null && at - expected > stepMs / 2) {
      rows.push([`not measured for ${draw.duration(at - expected)}`]);
    }
    expected = at + stepMs;
    rows.push([
      format.format(at),
      String(point.count),
      `${((point.lost / point.count) * 100).toFixed(1)} %`,
      ms(point.minMs),
      ms(point.p50Ms),
      ms(point.p95Ms),
      ms(point.p99Ms),
      ms(point.maxMs),
    ]);
  }
  const numbers = ['Count', 'Lost', 'Min ms', 'Median', '95 %', '99 %', 'Max'];
  const columns = [{ title: 'From' }, ...numbers.map((title) => ({ title, align: 'decimal' as const }))];
  return draw.table(columns, rows, width);
}
