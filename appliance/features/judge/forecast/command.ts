import { AppError } from '../../../core/errors.ts';
import type { Command, CommandContext } from '../../../core/feature.ts';
import type { ModelRoom, ReadOptions } from '../../../core/forecasting.ts';
import { anomalyLines, backtestLines } from './view.ts';

const maxHorizon = 168;

const timezone = {
  flags: '--timezone <zone>',
  description: 'where the line is, for the hours of the day',
  default: 'UTC',
};

const backtest: Command = {
  name: 'backtest',
  arguments: '<path>',
  summary:
    'score the forecasts on a file or folder of measurements, seeing at each hour only what was known by then',
  options: [{ flags: '--horizons <hours>', description: 'how far ahead', default: '1,24' }, timezone],
  run: async (context) => {
    const { arguments: words, options, terminal } = context;
    const horizons = String(options.horizons).split(',').map(horizon);
    const room = await modelOf(context);
    const report = await room.backtest(words[0] ?? '', { ...readOptions(context), horizons });
    if (terminal.isJson) terminal.json(report);
    else for (const line of backtestLines(report, terminal.draw, terminal.columns)) terminal.line(line);
    return report.series.length > 0 ? 0 : 1;
  },
};

const anomalies: Command = {
  name: 'anomalies',
  arguments: '<path>',
  summary: 'hours of a file of measurements that are not normal for this line',
  options: [
    {
      flags: '--alarms-per-week <number>',
      description: 'how many false alarms a calm week may have',
      default: '1',
    },
    timezone,
  ],
  run: async (context) => {
    const { arguments: words, options, terminal } = context;
    const alarmsPerWeek = Number(options.alarmsPerWeek);
    if (!(alarmsPerWeek > 0 && alarmsPerWeek <= 50))
      throw usage(`--alarms-per-week is ${options.alarmsPerWeek}; it takes a number above 0, at most 50.`);
    const room = await modelOf(context);
    const report = await room.anomalies(words[0] ?? '', { ...readOptions(context), alarmsPerWeek });
    if (terminal.isJson) terminal.json(report);
    else for (const line of anomalyLines(report, terminal.draw, terminal.columns)) terminal.line(line);
    return report.series.length > 0 ? 0 : 1;
  },
};

export const forecastCommands: readonly Command[] = [
  {
    name: 'forecast',
    summary: 'check the forecasts and anomalies on your own measurements',
    commands: [backtest, anomalies],
    run: async () => {
      throw usage('Say which: ist forecast backtest FILE, or ist forecast anomalies FILE.');
    },
  },
];

function modelOf({ loadModel }: CommandContext): Promise<ModelRoom> {
  if (loadModel === undefined)
    throw new AppError('MODEL_ROOM_MISSING', 'This program was started without its forecasts.');
  return loadModel();
}

function readOptions({ options, terminal, signal }: CommandContext): ReadOptions {
  return {
    timezone: String(options.timezone),
    signal,
    onProgress: (done, total, what) =>
      terminal.progress(`${Math.floor((100 * done) / Math.max(total, 1))} %  ${what}`),
  };
}

function horizon(word: string): number {
  const hours = Number(word);
  if (word.trim() !== '' && Number.isInteger(hours) && hours >= 1 && hours <= maxHorizon) return hours;
  throw usage(`--horizons has "${word}"; it takes whole hours from 1 to ${maxHorizon}, with commas.`);
}

function usage(message: string): AppError {
  return new AppError('USAGE', message, { status: 400 });
}
