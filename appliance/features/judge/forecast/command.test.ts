import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../core/errors.ts';
import type { ServiceClient } from '../../../core/feature.ts';
import type {
  AnomalyOptions,
  AnomalyReport,
  BacktestOptions,
  BacktestReport,
  ModelRoom,
} from '../../../core/forecasting.ts';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import { forecastCommands } from './command.ts';

const ratio = { naive24: 0.6, median24: 0.85, ewma: null, reference: 0.5 };
const report: BacktestReport = {
  source: 'baseline',
  reason: 'model.json is not there',
  engine: null,
  series: [
    {
      name: 'home',
      metric: 'download',
      horizon: 24,
      origins: 700,
      wql: 0.0512,
      mae: 4.321,
      coverage80: 0.796,
      ratio,
      maeRatio: ratio,
    },
  ],
  all: [{ horizon: 24, series: 1, coverage80: 0.796, ratio, maeRatio: ratio }],
  skipped: [{ name: 'home', metric: 'ping', why: 'nothing was measured' }],
};
const hour = (at: string, score: number) => ({ at: `2026-03-01T${at}:00:00.000Z`, score, alarm: score > 1 });
const anomalies: AnomalyReport = {
  series: [
    {
      name: 'home',
      metric: 'ping',
      points: [hour('10', 0.2), hour('11', 1.5), hour('12', 2.25), hour('13', 0.4), hour('14', 1.1)],
      changes: [{ at: '2026-03-01T12:00:00.000Z', kind: 'level', before: 12, after: 30.25 }],
    },
  ],
  skipped: [],
};

async function run(verb: string, options: Record<string, string>, isJson = false) {
  const asked: Partial<BacktestOptions & AnomalyOptions>[] = [];
  const room = {
    backtest: async (_path: string, given: BacktestOptions) => {
      asked.push(given);
      return report;
    },
    anomalies: async (_path: string, given: AnomalyOptions) => {
      asked.push(given);
      return anomalies;
    },
  } as unknown as ModelRoom; // the verbs ask nothing else
  const terminal = createRecordingTerminal({ isJson });
  const [forecast] = forecastCommands;
  const command = verb === '' ? forecast : forecast?.commands?.find(({ name }) => name === verb);
  assert.ok(command);
  const code = await command.run({
    arguments: ['lines/home.csv'],
    terminal,
    signal: new AbortController().signal,
    options: { horizons: '1,24', timezone: 'UTC', alarmsPerWeek: '1', ...options },
    client: {} as ServiceClient, // nothing is asked of the service
    loadModel: async () => room,
  });
  return { code, output: terminal.output, asked };
}

test('backtest prints a line for each series, the means and what they mean', async () => {
  const { code, output, asked } = await run('backtest', { horizons: '1, 24' });
  assert.equal(code, 0);
  assert.deepEqual(asked[0]?.horizons, [1, 24]);
  assert.match(output, /home download +24 +0\.0512 +4\.32 +80 % +0\.600 +0\.850 +– +0\.500/);
  assert.match(output, /all 1 series/);
  assert.match(output, /home ping is not scored: nothing was measured\./);
  assert.match(output, /Baselines only: model\.json is not there\./);
});

test('with --json the report comes as it is', async () => {
  const { output } = await run('backtest', {}, true);
  assert.deepEqual(JSON.parse(output), report);
  assert.deepEqual(JSON.parse((await run('anomalies', {}, true)).output), anomalies);
});

test('alarms of hours that follow each other are one line', async () => {
  const { output, asked } = await run('anomalies', { alarmsPerWeek: '0.5' });
  assert.equal(asked[0]?.alarmsPerWeek, 0.5);
  assert.match(output, /home ping: 2 in 5 hours/);
  assert.match(output, /2026-03-01 11:00 +2 h +2\.25/);
  assert.match(output, /2026-03-01 14:00 +1 h +1\.10/);
  assert.match(output, /From 2026-03-01 12:00 its level is another: 12\.0 before, 30\.3 ms after/);
});

test('what cannot be asked is refused with what can', async () => {
  const refused = (code: string, pattern: RegExp) => (error: unknown) =>
    error instanceof AppError && error.code === code && error.status === 400 && pattern.test(error.message);
  await assert.rejects(run('backtest', { horizons: '1,soon' }), refused('USAGE', /"soon".*from 1 to 168/));
  await assert.rejects(run('backtest', { horizons: '0' }), refused('USAGE', /"0"/));
  await assert.rejects(run('anomalies', { alarmsPerWeek: '0' }), refused('USAGE', /above 0, at most 50/));
  await assert.rejects(run('', {}), refused('USAGE', /ist forecast backtest FILE/));
});
