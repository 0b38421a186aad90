import { systemClock, toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { Command } from '../../../core/feature.ts';
import { historyChart, historyTable } from './history-view.ts';
import type { LatencySeries, LatencyStatistics } from './schema.ts';
import { chooseTarget } from './target-choice.ts';

const units: Record<string, number> = { s: 1, min: 60, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };
const longestSeconds = 20 * 31_536_000;

export const history: Command = {
  name: 'history',
  arguments: '[target]',
  summary: 'show round-trip time and loss over time, with gaps as gaps',
  options: [
    { flags: '-r, --range <duration>', description: 'how far back: 10min, 24h, 7d, 1y', default: '24h' },
    { flags: '--step <duration>', description: 'one point each: 10s, 5min, 1h (else what fits the screen)' },
    { flags: '-t, --table', description: 'numbers instead of a chart' },
  ],
  async run({ arguments: words, options, client, terminal }) {
    const rangeSeconds = readDuration(options.range, '--range');
    const target = await chooseTarget(client, words[0]);
    const isTable = options.table === true;
    const wide = isTable ? 24 : Math.max(20, terminal.columns - 10);
    const step =
      options.step === undefined ? niceStep(rangeSeconds / wide) : readDuration(options.step, '--step');
    const toMs = systemClock.wallMs();
    const range = `from=${toIso(toMs - rangeSeconds * 1000)}&to=${toIso(toMs)}`;
    const id = encodeURIComponent(target.id);
    const series = await client.get<LatencySeries>(`/api/latency?target=${id}&${range}&step=${step}`);
    if (terminal.isJson) {
      terminal.json(series);
      return 0;
    }
    const { draw, columns } = terminal;
    const statistics = await client.get<LatencyStatistics>(`/api/latency/statistics?target=${id}&${range}`);
    terminal.line(
      draw.paint('strong', `${target.name} (${target.id}), last ${draw.duration(rangeSeconds * 1000)}`),
    );
    if (series.points.length === 0) {
      terminal.line('Nothing was measured in this range.');
      return 0;
    }
    const window = { fromMs: toMs - rangeSeconds * 1000, toMs };
    const lines = isTable ? historyTable(series, draw, columns) : historyChart(series, window, draw, columns);
    for (const line of lines) terminal.line(line);
    terminal.line(sayStatistics(statistics, draw.duration(statistics.measuredSeconds * 1000)));
    return 0;
  },
};

function sayStatistics(statistics: LatencyStatistics, measured: string): string {
  const { count, lost, p50Ms, p95Ms, maxMs } = statistics;
  const ms = (value: number | null) => (value === null ? '–' : `${Number(value.toPrecision(3))} ms`);
  const loss = count === 0 ? '–' : `${Number(((lost / count) * 100).toPrecision(2))} %`;
  return `median ${ms(p50Ms)}, 95 % below ${ms(p95Ms)}, worst ${ms(maxMs)}, lost ${loss} of ${count} (measured ${measured})`;
}

/** '24h', '10 min', '7d' in seconds. */
export function readDuration(text: string | boolean | undefined, name: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(String(text).trim());
  const unit = units[match?.[2]?.toLowerCase() ?? ''];
  const seconds = Number(match?.[1]) * (unit ?? Number.NaN);
  if (seconds >= 1 && seconds <= longestSeconds) return seconds;
  throw new AppError(
    'USAGE',
    `${name} ${String(text)} is not a duration such as 30s, 10min, 24h, 7d or 1y.`,
    {
      status: 400,
    },
  );
}

const niceSteps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800,
];

/** The next step that people count in. */
function niceStep(seconds: number): number {
  return niceSteps.find((step) => step >= seconds) ?? Math.ceil(seconds / 604_800) * 604_800;
}
