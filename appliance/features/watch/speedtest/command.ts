import { AppError } from '../../../core/errors.ts';
import type { Command, CommandContext, Terminal } from '../../../core/feature.ts';
import { saySize } from '../../../core/sizes.ts';
import type { SpeedOutcome, SpeedPlanReport, SpeedProgress, SpeedTest, SpeedTestList } from './schema.ts';

const phaseWords: Readonly<Record<SpeedProgress['phase'], string>> = {
  waiting: 'Waiting',
  preflight: 'Looking whether the line is free',
  server: 'Finding a server',
  idle: 'Round-trip time of the idle line',
  download: 'Download',
  drain: 'Letting the queue run empty',
  upload: 'Upload',
  both: 'Both ways at once',
  recovery: 'Recovery',
  done: 'Done',
};

const outcomeWords: Readonly<Record<Exclude<SpeedOutcome, 'ok'>, string>> = {
  failed: 'failed',
  busy: 'the line was in use',
  aborted: 'stopped',
  skipped: 'left out',
};

const speedtest: Command = {
  name: 'speedtest',
  summary: 'measure the line now, at full load, in a few seconds; says what it cost',
  options: [
    { flags: '-e, --engine <name>', description: 'peer, mlab, librespeed, http, cloudflare or ookla' },
    { flags: '-s, --server <url>', description: 'this server in place of those that are configured' },
    { flags: '-l, --line <name>', description: 'which line; default: the first' },
    { flags: '-f, --full', description: 'ten seconds each way' },
    { flags: '--estimate', description: 'from short bursts of a few MB' },
    { flags: '-4, --ipv4', description: 'over IPv4' },
    { flags: '-6, --ipv6', description: 'over IPv6' },
    { flags: '--beyond-budget', description: 'also when the data of the month are used up' },
  ],
  commands: [
    {
      name: 'list',
      summary: 'show the newest tests',
      options: [{ flags: '-n, --count <number>', description: 'how many', default: '20' }],
      run: showList,
    },
    { name: 'plan', summary: 'say when the next test runs, what it costs and what is left', run: showPlan },
    { name: 'cancel', summary: 'stop the test that runs', run: cancel },
  ],
  run: test,
};

async function test(context: CommandContext): Promise<number> {
  const { client, terminal } = context;
  const request = requestOf(context);
  const ending = new AbortController();
  const watching = terminal.isInteractive && !terminal.isJson ? showProgress(context, ending.signal) : null;
  try {
    const done = await client.send<SpeedTest>('POST', '/api/test-now', request);
    await stop(ending, watching);
    return print(done, terminal);
  } catch (error) {
    await stop(ending, watching);
    const failed = failedTest(error);
    if (failed === null) throw error;
    return print(failed, terminal);
  }
}

async function stop(ending: AbortController, watching: Promise<void> | null): Promise<void> {
  ending.abort();
  await watching;
}

function requestOf({ options }: CommandContext) {
  const { engine, server, line, full, estimate } = options;
  if (full === true && estimate === true)
    throw new AppError('USAGE', '--full and --estimate exclude each other.', { status: 400 });
  const family = options.ipv4 === true ? 'ipv4' : options.ipv6 === true ? 'ipv6' : undefined;
  return {
    ...(typeof engine === 'string' ? { engine } : {}),
    ...(typeof server === 'string' ? { server } : {}),
    ...(typeof line === 'string' ? { line } : {}),
    ...(full === true ? { kind: 'full' } : estimate === true ? { kind: 'estimate' } : {}),
    ...(family === undefined ? {} : { family }),
    ...(options.beyondBudget === true ? { isBeyondBudget: true } : {}),
  };
}

/** Until the signal aborts; the numbers come over the live stream. */
async function showProgress({ client, terminal }: CommandContext, signal: AbortSignal): Promise<void> {
  try {
    for await (const { event, data } of client.stream('/api/live', signal))
      if (event === 'speedtest.progress') terminal.progress(sayProgress(data as SpeedProgress)); // its event's shape
  } catch (error) {
    if (!signal.aborted) terminal.progress('The test runs; its progress cannot be shown.');
    if (!(error instanceof Error)) throw error;
  }
}

function sayProgress({ phase, fraction, downMbps, upMbps, rttMs, bytes }: SpeedProgress): string {
  const parts = [
    `${Math.round(fraction * 100)} %`,
    phaseWords[phase],
    ...(downMbps === null ? [] : [`↓ ${downMbps.toFixed(1)} Mbit/s`]),
    ...(upMbps === null ? [] : [`↑ ${upMbps.toFixed(1)} Mbit/s`]),
    ...(rttMs === null ? [] : [`${rttMs.toFixed(1)} ms`]),
    saySize(bytes),
  ];
  return parts.join('   ');
}

/** The test in the error that tells of its failure. */
function failedTest(error: unknown): SpeedTest | null {
  if (!(error instanceof AppError) || error.code !== 'SPEEDTEST_FAILED') return null;
  return (error.details as { test: SpeedTest }).test; // as the route of this feature gives it
}

function print(done: SpeedTest, terminal: Terminal): number {
  const code = done.outcome === 'ok' ? 0 : 1;
  if (terminal.isJson) {
    terminal.json(done);
    return code;
  }
  const { paint } = terminal.draw;
  const where = `${done.server ?? 'no server'} by ${done.engine}${done.family === null ? '' : ` over ${words[done.family]}`}`;
  if (done.outcome !== 'ok') {
    const why = done.details?.failure?.message ?? 'nothing was measured';
    terminal.line(`${paint('down', `Not measured: ${outcomeWords[done.outcome]}`)} (${where}).`);
    for (const text of terminal.draw.wrap(`${why}.`, terminal.columns)) terminal.line(text);
    return code;
  }
  terminal.line(
    `${paint('strong', rate(done.downloadMbps))} down, ${paint('strong', rate(done.uploadMbps))} up`,
  );
  terminal.line(
    `${ms(done.idleMs)} idle, ${ms(done.loadedDownMs)} under a download, ${ms(done.loadedUpMs)} under an upload` +
      (done.grade === null ? '' : `: grade ${done.grade}`) +
      (done.rpm === null ? '' : `, ${done.rpm} round trips a minute`),
  );
  const flags = done.flags.length === 0 ? '' : `; ${done.flags.join(', ')}`;
  terminal.line(paint('faint', `${where}; ${saySize(done.bytes)} on the wire${flags}`));
  return code;
}

async function showList({ client, terminal, options }: CommandContext): Promise<number> {
  const count = Number(options.count);
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    terminal.error(`--count ${String(options.count)} is not a number from 1 to 1000.`);
    return 2;
  }
  const list = await client.get<SpeedTestList>(`/api/speedtests?limit=${count}&details=true`);
  if (terminal.isJson) {
    terminal.json(list);
    return 0;
  }
  if (list.speedtests.length === 0) {
    terminal.line('There is no speed test yet.');
    return 0;
  }
  const { draw } = terminal;
  const [heading = '', ...rows] = draw.table(
    [
      { title: 'At (UTC)' },
      { title: 'Line' },
      { title: 'Engine' },
      { title: 'Down', align: 'decimal' },
      { title: 'Up', align: 'decimal' },
      { title: 'Idle', align: 'decimal' },
      { title: 'Grade' },
      { title: 'Data', align: 'right' },
      { title: 'Note' },
    ],
    list.speedtests.map((one) => [
      ...[one.at.slice(0, 16).replace('T', ' '), one.line, one.engine, rate(one.downloadMbps)],
      ...[rate(one.uploadMbps), ms(one.idleMs), one.grade ?? '–', saySize(one.bytes), noteOf(one)],
    ]),
    terminal.columns,
  );
  terminal.line(draw.paint('strong', heading));
  for (const [index, row] of rows.entries()) {
    const isGood = list.speedtests[index]?.outcome === 'ok';
    terminal.line(isGood ? row : draw.paint('faint', row));
  }
  return 0;
}

function noteOf({ outcome, flags, details }: SpeedTest): string {
  if (outcome === 'ok') return flags.join(', ');
  return `${outcomeWords[outcome]}: ${details?.failure?.message ?? 'the reason is not kept any more'}`;
}

async function showPlan({ client, terminal }: CommandContext): Promise<number> {
  const plan = await client.get<SpeedPlanReport>('/api/speedtest/plan');
  if (terminal.isJson) {
    terminal.json(plan);
    return 0;
  }
  const { draw, columns } = terminal;
  const say = (text: string, indent = '') => {
    for (const one of draw.wrap(text, columns - indent.length)) terminal.line(`${indent}${one}`);
  };
  if (plan.running) say(`A test runs now on the line ${plan.running.line}.`);
  for (const { line, next, why, budget, offers } of plan.lines) {
    terminal.line(draw.paint('strong', line));
    say(next?.text ?? why ?? '', '  ');
    say(budget.text, '  ');
    for (const { engine, isReady, why: missing, monthlyText } of offers)
      say(`${engine}: ${monthlyText}${isReady ? '' : ` ${missing ?? ''}`}`, '  ');
  }
  return 0;
}

async function cancel({ client, terminal }: CommandContext): Promise<number> {
  const answer = await client.send<{ isStopped: boolean }>('DELETE', '/api/test-now');
  if (terminal.isJson) terminal.json(answer);
  else terminal.line(answer.isStopped ? 'The test was stopped.' : 'No test runs.');
  return answer.isStopped ? 0 : 1;
}

const words = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;
const rate = (mbps: number | null) => (mbps === null ? '–' : `${mbps.toFixed(1)} Mbit/s`);
const ms = (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} ms`);

export const speedtestCommands: readonly Command[] = [speedtest];
