import { resolve } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { ModelRoom } from '../core/forecasting.ts';
import { ModelProcess } from './model-process.ts';
import { anomaliesOf, backtest } from './over-files.ts';

const shippedFiles = resolve(import.meta.dirname, 'files');

/** Forecasts and anomalies, all in one process that comes with the first question and goes when none follows. */
export function createModelRoom({
  clock,
  folder = shippedFiles,
}: {
  clock: Clock;
  folder?: string;
}): ModelRoom {
  const model = new ModelProcess(folder, clock);
  return {
    backtest: (path, options) => backtest(model, path, options),
    anomalies: (path, options) => anomaliesOf(model, path, options),
    forecast: async (series, { hours, timezone }) => ({
      ...(await model.state()),
      ...(await model.run('forecast', { series, hours, timezone })),
    }),
    judge: (series, { alarmsPerWeek, timezone }) => model.run('judge', { series, alarmsPerWeek, timezone }),
    close: () => model.close(),
  };
}
