import { basename } from 'node:path';
import type { BacktestOptions, BacktestReport } from '../core/forecasting.ts';
import { fewestOrigins, scoreSeries, warmupHours } from './rolling-origin.ts';
import { overall } from './score.ts';
import { readSeriesFile, seriesFiles } from './series-file.ts';
import { siteHours } from './site-hours.ts';

/** Scores every series of a file or folder by rolling origin. */
export async function backtest(path: string, options: BacktestOptions): Promise<BacktestReport> {
  const { horizons, timezone, signal, onProgress } = options;
  const site = siteHours(timezone);
  const files = await seriesFiles(path);
  const report: BacktestReport = { source: 'baseline', reason: null, series: [], all: [], skipped: [] };
  for (const [which, file] of files.entries()) {
    for (const series of await readSeriesFile(file)) {
      signal.throwIfAborted();
      onProgress(which, files.length, `${basename(file)} ${series.metric}`);
      const scores = await scoreSeries(series, horizons, site, null);
      const scored = scores.filter(({ origins }) => origins >= fewestOrigins);
      report.series.push(...scored);
      if (scored.length > 0) continue;
      const why =
        series.samples === 0
          ? 'nothing was measured'
          : `after the first ${warmupHours / 24} days fewer than ${fewestOrigins} hours can be scored`;
      report.skipped.push({ name: series.name, metric: series.metric, why });
    }
  }
  report.all = overall(report.series, horizons);
  return report;
}
