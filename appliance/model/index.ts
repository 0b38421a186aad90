import { resolve } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { ModelRoom } from '../core/forecasting.ts';
import { ModelThread } from './model-thread.ts';
import { anomaliesOf, backtest } from './over-files.ts';

const shippedFiles = resolve(import.meta.dirname, 'files');

/** Forecasts and anomalies, all in one thread that comes with the first question and goes when none follows. */
export function createModelRoom({
  clock,
  folder = shippedFiles,
}: {
  clock: Clock;
  folder?: string;
}): ModelRoom {
  const thread = new ModelThread(folder, clock);
  return {
    backtest: (path, options) => backtest(thread, path, options),
    anomalies: (path, options) => anomaliesOf(thread, path, options),
    forecast: async (series, { hours, timezone }) => ({
      ...(await thread.state()),
      ...(await thread.run('forecast', { series, hours, timezone })),
    }),
    judge: (series, { alarmsPerWeek, timezone }) => thread.run('judge', { series, alarmsPerWeek, timezone }),
    close: () => thread.close(),
  };
}
