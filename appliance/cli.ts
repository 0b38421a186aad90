import about from '../package.json' with { type: 'json' };
import { systemClock } from './core/clock.ts';
import { AppError } from './core/errors.ts';
import type { Terminal } from './core/feature.ts';
import type { Log } from './core/log.ts';
import { exitCode, type Options, type ProcessVerb, runProgram } from './terminal/program.ts';
import { createServiceClient } from './terminal/service-client.ts';
import { createTerminal } from './terminal/terminal.ts';

const environment = process.env;

const serviceOptions = [
  {
    flags: '--config <file>',
    description: 'configuration file (else IST_CONFIG, /etc/ist/ist.yaml, DATA/ist.yaml)',
  },
  { flags: '--port <number>', description: 'port of the dashboard (else IST_PORT, else the configuration)' },
  { flags: '--host <address>', description: 'address to listen on (else IST_HOST, else the configuration)' },
  { flags: '--log-level <level>', description: 'debug, info, warn or error (else IST_LOG_LEVEL)' },
];

/** Verbs that are a process. Each imports what it needs when it runs, so that the others start fast. */
const processVerbs: readonly ProcessVerb[] = [
  {
    name: 'serve',
    summary: 'run the service: measure, judge, store and show',
    options: serviceOptions,
    run: async (options, _terminal, signal) =>
      (await import('./main.ts')).runService(serviceSettings(options), signal),
  },
  {
    name: 'demo',
    summary: 'serve a simulated line with a year behind it, from a throw-away folder',
    options: [
      ...serviceOptions.filter(({ flags }) => !flags.startsWith('--config')),
      { flags: '--days <number>', description: 'how much history', default: '365' },
    ],
    run: async (options, _terminal, signal) => {
      const { port, host, logLevel } = serviceSettings(options);
      return (await import('./main.ts')).runDemo(
        { port, host, logLevel, days: readInteger(options.days, '--days', 1, 3650) },
        signal,
      );
    },
  },
  {
    name: 'selftest',
    summary: 'measure a peer with known delay and loss on this box: how far are its instruments off? (root)',
    options: [{ flags: '--part <name>', description: 'one of its two ends', isHidden: true }],
    run: runSelftest,
  },
];

async function runSelftest(options: Options, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const { selftest, selftestPart } = await import('./features/keep/system/selftest.ts');
  const ports = {
    clock: systemClock,
    terminal,
    signal,
    createEngine: async () =>
      (await import('./net/engine.ts')).createEngine({ clock: systemClock, log: silentLog }),
    again: [process.execPath, ...process.execArgv, process.argv[1] ?? import.meta.filename],
  };
  return typeof options.part === 'string' ? selftestPart(options.part, ports) : selftest(ports);
}

/** What the engine would log, the self-test reports. */
const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};

function serviceSettings(options: Options) {
  const text = (name: string, variable: string) => {
    const value = options[name] ?? environment[variable];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const port = text('port', 'IST_PORT');
  return {
    dataFolder: text('data', 'IST_DATA'),
    configFile: text('config', 'IST_CONFIG'),
    port: port === undefined ? undefined : readInteger(port, '--port (or IST_PORT)', 0, 65_535),
    host: text('host', 'IST_HOST'),
    logLevel: text('logLevel', 'IST_LOG_LEVEL'),
  };
}

function readInteger(text: unknown, name: string, least: number, most: number): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new AppError('USAGE', `${name} is ${text}; it takes a whole number from ${least} to ${most}.`, {
    status: 400,
  });
}

async function main(): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  // `ist history | head` closes the pipe early; that is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  // The timers of core/clock.ts never keep a process alive; a command that waits must.
  const open = setInterval(() => undefined, 60_000);
  const words = process.argv.slice(2);
  const isProcess = processVerbs.some(({ name }) => name === words[0]);
  const { features } = isProcess ? { features: [] } : await import('./features.ts');
  const code = await runProgram(words, {
    version: about.version,
    commands: features.flatMap((feature) => feature.commands ?? []),
    processVerbs,
    signal: stop.signal,
    connect: ({ data, url }) =>
      createServiceClient({
        dataFolder: data ?? environment.IST_DATA,
        url,
        key: environment.IST_KEY,
        signal: stop.signal,
      }),
    openTerminal: (isJson) =>
      createTerminal(
        { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
        { isJson, environment },
      ),
    loadModel: async () => (await import('./model/index.ts')).createModelRoom({ clock: systemClock }),
  });
  clearInterval(open);
  return code;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`ist: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(exitCode.failed);
  },
);
