import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { Clock } from '../../../core/clock.ts';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { Terminal } from '../../../core/feature.ts';
import type { ProbeEngine } from '../../../core/probing.ts';
import { type Instrument, judge } from './selftest-judge.ts';
import { type EngineReport, measure } from './selftest-measure.ts';
import { type PeerTruth, runPeer } from './selftest-peer.ts';

const run = promisify(execFile);

const boxAddress = '192.0.2.1'; // RFC 5737: never on a real network
const peerAddress = '192.0.2.2';
const icmpIntervalMs = 20;
const timeoutMs = 400;
const peerPlan = {
  address: peerAddress,
  port: 5300,
  holdMs: 20,
  dropEvery: 10,
  cutAfterMs: 4500,
  cutForMs: 1500,
};
const measurePlan = {
  address: peerAddress,
  port: 5300,
  icmpIntervalMs,
  dnsIntervalMs: 50,
  timeoutMs,
  runMs: 8000,
};
/** The run, two starts of Node on a slow board, and then something is wrong. */
const patienceMs = 40_000;

export interface SelftestPorts {
  clock: Clock;
  signal: AbortSignal;
  terminal: Terminal;
  createEngine(): Promise<ProbeEngine>;
  /** How to start this same program again: runtime, its flags, file. */
  again: readonly string[];
}

/** Measures a peer with known delay, loss and outage on this very box, and prints how far its instruments are off. */
export async function selftest(ports: SelftestPorts): Promise<number> {
  const { terminal } = ports;
  await requireMeans();
  terminal.progress(`Measuring a peer of my own for ${measurePlan.runMs / 1000} s …`);
  const suffix = `${process.pid}`;
  const [box, peer] = [`ist-box-${suffix}`, `ist-peer-${suffix}`];
  const children: ChildProcess[] = [];
  try {
    await connect(box, peer, suffix);
    const responder = start(peer, 'peer', ports, children);
    await responder.heard;
    const report = await start(box, 'engine', ports, children).result<EngineReport>();
    responder.process.kill('SIGTERM');
    const truth = await responder.result<PeerTruth>();
    return show(judge(report, truth, icmpIntervalMs), terminal);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    for (const name of [box, peer]) await ip('netns', 'del', name).catch(nothingToRemove);
  }
}

/** One of the two ends; it prints one line when it is ready and one with its result. */
export async function selftestPart(part: string, ports: SelftestPorts): Promise<number> {
  const { clock, signal, terminal } = ports;
  if (part === 'peer') {
    const truth = await runPeer(peerPlan, clock, signal, () => terminal.raw('ready\n'));
    terminal.raw(`${JSON.stringify(truth)}\n`);
    return 0;
  }
  if (part !== 'engine') throw new AppError('USAGE', `There is no part "${part}".`, { status: 400 });
  terminal.raw('ready\n');
  const report = await measure(await ports.createEngine(), measurePlan, clock, signal);
  terminal.raw(`${JSON.stringify(report)}\n`);
  return 0;
}

async function requireMeans(): Promise<void> {
  const needs = 'The self-test makes two network namespaces and a cable between them';
  if (process.getuid?.() !== 0)
    throw new AppError('NOT_ALLOWED', `${needs}, which needs root: sudo ist selftest`, { status: 403 });
  try {
    await ip('-V');
  } catch (cause) {
    throw new AppError('TOOL_MISSING', `${needs}, which needs the "ip" program: apt install iproute2`, {
      status: 424,
      cause,
    });
  }
}

async function connect(box: string, peer: string, suffix: string): Promise<void> {
  const [near, far] = [`istb${suffix}`.slice(0, 15), `istp${suffix}`.slice(0, 15)]; // IFNAMSIZ
  try {
    await ip('netns', 'add', box);
    await ip('netns', 'add', peer);
    await ip('link', 'add', near, 'netns', box, 'type', 'veth', 'peer', 'name', far, 'netns', peer);
    for (const [name, link, address] of [
      [box, near, boxAddress],
      [peer, far, peerAddress],
    ] as const) {
      await ip('-n', name, 'address', 'add', `${address}/30`, 'dev', link);
      await ip('-n', name, 'link', 'set', 'lo', 'up');
      await ip('-n', name, 'link', 'set', link, 'up');
    }
  } catch (cause) {
    const why = messageOf(cause).split('\n').at(1) ?? messageOf(cause);
    throw new AppError(
      'NOT_ALLOWED',
      `This system does not let root make network namespaces (${why}); a container may lack CAP_SYS_ADMIN.`,
      {
        status: 403,
        cause,
      },
    );
  }
}

interface Part {
  process: ChildProcess;
  heard: Promise<string>;
  result<Result>(): Promise<Result>;
}

/** Starts this program again inside a namespace; what it prints is one word and one line of JSON. */
function start(
  namespace: string,
  part: string,
  { again, signal }: SelftestPorts,
  children: ChildProcess[],
): Part {
  const words = ['netns', 'exec', namespace, ...again, 'selftest', '--part', part];
  const child = spawn('ip', words, { stdio: ['ignore', 'pipe', 'pipe'], signal, timeout: patienceMs });
  children.push(child);
  let output = '';
  let errors = '';
  const heard = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<string>();
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.includes('\n')) heard.resolve(output);
  });
  child.stderr.on('data', (chunk) => {
    errors = `${errors}${chunk}`.slice(-4000);
  });
  const fail = (why: string) => {
    const error = new AppError('SELFTEST_FAILED', `The ${part} of the self-test ended early: ${why}`);
    heard.reject(error);
    ended.reject(error);
  };
  child.on('error', (error) => fail(error.message));
  child.on('close', (code) =>
    code === 0 ? ended.resolve(output) : fail(errors.trim() || `exit code ${code}`),
  );
  // Whoever waits gets the error; the other promise must not end the process.
  heard.promise.catch(nothingToRemove);
  ended.promise.catch(nothingToRemove);
  return {
    process: child,
    heard: heard.promise,
    async result<Result>() {
      return JSON.parse((await ended.promise).trim().split('\n').at(-1) ?? '') as Result; // printed by selftestPart
    },
  };
}

function show(instruments: readonly Instrument[], terminal: Terminal): number {
  const isGood = instruments.every((each) => each.isGood);
  if (terminal.isJson) {
    terminal.json({ isGood, instruments });
    return isGood ? 0 : 1;
  }
  const { draw } = terminal;
  const [heading = '', ...rows] = draw.table(
    [
      { title: '' },
      { title: 'Instrument' },
      { title: 'Injected' },
      { title: 'Found' },
      { title: 'Error', align: 'decimal' },
      { title: 'Allowed', align: 'decimal' },
    ],
    instruments.map(({ name, injected, found, errorMs, limitMs, isGood: isRowGood }) => {
      const state = isRowGood ? 'up' : 'down';
      const error = errorMs === null ? '–' : `${errorMs.toFixed(3)} ms`;
      return [
        draw.paint(state, draw.shape(state)),
        name,
        injected,
        found,
        error,
        limitMs === null ? '–' : `${limitMs} ms`,
      ];
    }),
    terminal.columns,
  );
  terminal.line(draw.paint('faint', heading));
  for (const row of rows) terminal.line(row);
  terminal.line();
  terminal.line(
    isGood
      ? 'The instruments are good.'
      : 'An instrument is off: the box may be overloaded; try again when it is calm.',
  );
  return isGood ? 0 : 1;
}

async function ip(...words: string[]): Promise<void> {
  await run('ip', words);
}

/** Cleaning up what was never made is no failure. */
function nothingToRemove(): undefined {
  return undefined;
}
