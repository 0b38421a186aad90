import type { Drawing, TableColumn } from '../../../core/feature.ts';
import type { AnomalyReport, BacktestReport, Ratios } from '../../../core/forecasting.ts';

const units = { download: 'Mbit/s', upload: 'Mbit/s', ping: 'ms' } as const;

const scoreColumns: readonly TableColumn[] = [
  { title: 'Series' },
  { title: 'h', align: 'right' },
  { title: 'WQL', align: 'decimal' },
  { title: 'MAE', align: 'decimal' },
  { title: '80 %', align: 'right' },
  { title: '/naive', align: 'decimal' },
  { title: '/median', align: 'decimal' },
  { title: '/EWMA', align: 'decimal' },
  { title: '/formula', align: 'decimal' },
];

/** The scores as a table, the means, and what the ratios mean. */
export function backtestLines(report: BacktestReport, draw: Drawing, width: number): string[] {
  const rows = report.series.map((score) => [
    `${score.name} ${score.metric}`,
    String(score.horizon),
    score.wql.toFixed(4),
    score.mae.toPrecision(3),
    percent(score.coverage80),
    ...ratioCells(score.ratio),
  ]);
  const means = report.all.map((score) => [
    `all ${score.series} series`,
    String(score.horizon),
    '',
    '',
    percent(score.coverage80),
    ...ratioCells(score.ratio),
  ]);
  const words = [
    'h: hours ahead. WQL: weighted quantile loss. MAE: mean absolute error, in Mbit/s or ms. 80 %: share of the hours that fell into the 80 % interval. The rest are ratios to simple forecasts with intervals of their own: the same hour a day before, the median of 24 hours, a moving mean, and a formula in wide use (by its MAE, it gives no interval). Below 1 is better. The last lines are geometric means.',
    ...report.skipped.map(({ name, metric, why }) => `${name} ${metric} is not scored: ${why}.`),
    ...sourceWords(report),
  ];
  return [
    ...draw.table(scoreColumns, [...rows, ...means], width),
    '',
    ...words.flatMap((text) => draw.wrap(text, width)).map((text) => draw.paint('faint', text)),
  ];
}

/** The alarms of each series; hours that follow each other are one line. */
export function anomalyLines(report: AnomalyReport, draw: Drawing, width: number): string[] {
  const lines: string[] = [];
  for (const { name, metric, points, changes } of report.series) {
    const rows = alarmSpans(points).map(({ from, hours, score }) => [
      minuteOf(from),
      `${hours} h`,
      score.toFixed(2),
    ]);
    lines.push(draw.paint('strong', `${name} ${metric}: ${rows.length} in ${points.length} hours`));
    const columns: TableColumn[] = [
      { title: 'From (UTC)' },
      { title: 'Length', align: 'right' },
      { title: 'Score', align: 'decimal' },
    ];
    if (rows.length > 0) lines.push(...draw.table(columns, rows, width));
    for (const { at, kind, before, after } of changes) {
      const what = kind === 'level' ? 'its level is another' : 'its spread is another';
      const numbers = `${before.toPrecision(3)} before, ${after.toPrecision(3)} ${units[metric]} after`;
      lines.push(...draw.wrap(`From ${minuteOf(at)} ${what}: ${numbers}.`, width));
    }
    lines.push('');
  }
  const words = [
    'A score of 1 is the threshold that this line itself has set in its calm hours.',
    ...report.skipped.map(({ name, metric, why }) => `${name} ${metric} is not judged: ${why}.`),
  ];
  return [
    ...lines,
    ...words.flatMap((text) => draw.wrap(text, width)).map((text) => draw.paint('faint', text)),
  ];
}

const minuteOf = (at: string) => at.slice(0, 16).replace('T', ' ');

function alarmSpans(points: AnomalyReport['series'][number]['points']) {
  const spans: { from: string; hours: number; score: number }[] = [];
  let wasAlarm = false;
  for (const { at, score, alarm } of points) {
    const last = spans.at(-1);
    if (alarm && wasAlarm && last) {
      last.hours += 1;
      last.score = Math.max(last.score, score);
    } else if (alarm) spans.push({ from: at, hours: 1, score });
    wasAlarm = alarm;
  }
  return spans;
}

function sourceWords({ source, reason }: { source: 'model' | 'baseline'; reason: string | null }): string[] {
  return source === 'model' ? [] : [`Baselines only: ${reason ?? 'no model was used'}.`];
}

function ratioCells({ naive24, median24, ewma, reference }: Ratios): string[] {
  return [naive24, median24, ewma, reference].map((ratio) => (ratio === null ? '–' : ratio.toFixed(3)));
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
