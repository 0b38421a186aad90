import { basename } from 'node:path';
import type {
  AnomalyOptions,
  AnomalyReport,
  BacktestOptions,
  BacktestReport,
  HourlySeries,
  ReadOptions,
} from '../core/forecasting.ts';
import type { ModelProcess } from './model-process.ts';
import { fewestOrigins, warmupHours } from './rolling-origin.ts';
import { overall } from './score.ts';
import { readSeriesFile, seriesFiles } from './series-file.ts';

/** Scores every series of a file or folder by rolling origin. */
export async function backtest(
  model: ModelProcess,
  path: string,
  options: BacktestOptions,
): Promise<BacktestReport> {
  const { horizons, timezone } = options;
  const report: BacktestReport = { ...(await model.state()), series: [], all: [], skipped: [] };
  await eachSeries(path, options, async (series) => {
    const scores = await model.run('score', { series, horizons, timezone });
    const scored = scores.filter(({ origins }) => origins >= fewestOrigins);
    report.series.push(...scored);
    if (scored.length > 0) return;
    const why =
      series.samples === 0
        ? 'nothing was measured'
        : `after the first ${warmupHours / 24} days fewer than ${fewestOrigins} hours can be scored`;
    report.skipped.push({ name: series.name, metric: series.metric, why });
  });
  report.all = overall(report.series, horizons);
  return report;
}

/** The anomalies of every series; the series of a file share the false alarms that its line may have. */
export async function anomaliesOf(
  model: ModelProcess,
  path: string,
  options: AnomalyOptions,
): Promise<AnomalyReport> {
  const { alarmsPerWeek, timezone } = options;
  const report: AnomalyReport = { series: [], skipped: [] };
  await eachSeries(path, options, async (series, together) => {
    const own = alarmsPerWeek / together;
    const judged = await model.run('judge', { series, alarmsPerWeek: own, timezone });
    if (judged.points.length > 0) return void report.series.push(judged);
    const why =
      series.samples === 0
        ? 'nothing was measured'
        : 'a week of measured hours is needed to know what is normal';
    report.skipped.push({ name: series.name, metric: series.metric, why });
  });
  return report;
}

/** `together`: how many series of the same file have measurements. */
async function eachSeries(
  path: string,
  { signal, onProgress }: ReadOptions,
  work: (series: HourlySeries, together: number) => Promise<void>,
): Promise<void> {
  const files = await seriesFiles(path);
  for (const [which, file] of files.entries()) {
    const all = await readSeriesFile(file);
    const together = all.filter(({ samples }) => samples > 0).length;
    for (const [part, series] of all.entries()) {
      signal.throwIfAborted();
      onProgress(which + part / all.length, files.length, `${basename(file)} ${series.metric}`);
      await work(series, Math.max(together, 1));
    }
  }
}
