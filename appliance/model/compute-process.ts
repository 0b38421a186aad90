/** The process that holds the model and does the arithmetic; see model-process.ts. Requests are answered in order. */
import { AppError, messageOf } from '../core/errors.ts';
import type { ModelState } from '../core/forecasting.ts';
import { judgeSeries } from './line-anomalies.ts';
import { forecastLine } from './line-forecast.ts';
import type { Greeting, Reply, Request, RequestName, Requests } from './messages.ts';
import { readModelFile } from './model-file.ts';
import { loadNetwork } from './onnx-network.ts';
import { type Network, scoreSeries } from './rolling-origin.ts';
import { siteHours } from './site-hours.ts';

const [folder = ''] = process.argv.slice(2);

async function open(): Promise<{ network: Network | null; state: ModelState }> {
  try {
    const { bytes } = await readModelFile(folder);
    const { run, engine } = await loadNetwork(bytes);
    return { network: run, state: { source: 'model', reason: null, engine } };
  } catch (error) {
    // Forecasts go on without it, and say so.
    return { network: null, state: { source: 'baseline', reason: messageOf(error), engine: null } };
  }
}

type Handlers = {
  [Name in RequestName]: (
    input: Requests[Name]['takes'],
  ) => Promise<Requests[Name]['gives']> | Requests[Name]['gives'];
};

const { network, state } = await open();
const handlers: Handlers = {
  score: ({ series, horizons, timezone }) => scoreSeries(series, horizons, siteHours(timezone), network),
  forecast: ({ series, hours, timezone }) => forecastLine(series, hours, siteHours(timezone), network),
  judge: ({ series, alarmsPerWeek, timezone }) => judgeSeries(series, siteHours(timezone), alarmsPerWeek),
};
tell({ state });

let turn: Promise<void> = Promise.resolve();
process.on('message', (request) => {
  turn = turn.then(async () => tell(await answer(request as Request))); // sent by model-process.ts
});
process.on('disconnect', () => process.exit(0));

function tell(message: Reply | Greeting): void {
  process.send?.(message);
}

async function answer({ id, name, input }: Request): Promise<Reply> {
  try {
    const handle = handlers[name] as (input: unknown) => unknown; // Request ties the name to its input
    return { id, value: await handle(input) };
  } catch (error) {
    const { code, status } = error instanceof AppError ? error : { code: 'MODEL_FAILED', status: 500 };
    return { id, error: { code, status, message: messageOf(error) } };
  }
}
