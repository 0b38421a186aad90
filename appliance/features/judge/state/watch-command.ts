import { type Clock, pause, systemClock } from '../../../core/clock.ts';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { Command, CommandContext, ServiceClient } from '../../../core/feature.ts';
import type { LiveWindows, MeasurementRecorded, TargetList } from '../../watch/latency/schema.ts';
import type { Status } from './schema.ts';
import { record, type WatchState, withWindows } from './watch-state.ts';
import { liveJson, watchLine, watchLines } from './watch-view.ts';

const drawEveryMs = 1000;
/** Two minutes of the past fill a wide screen. */
const pastSeconds = 120;
const reconnectMs = 1000;

const enterScreen = '\x1b[?1049h\x1b[?25l'; // the alternate screen, without a cursor
const leaveScreen = '\x1b[?25h\x1b[?1049l';

export const watch: Command = {
  name: 'watch',
  summary: 'watch every target live, until q',
  run: (context) => runWatch(context, systemClock),
};

/** Shows the live state until q, Ctrl-C or the signal; survives restarts of the service. */
export async function runWatch(context: CommandContext, clock: Clock): Promise<number> {
  const { client, terminal } = context;
  const quit = new AbortController();
  const signal = AbortSignal.any([context.signal, quit.signal]);
  const state = await readSnapshot(client, clock);
  const following = follow(state, client, clock, signal);
  try {
    if (terminal.isInteractive) await showScreen(state, context, clock, signal, () => quit.abort());
    else await showLines(state, context, clock, signal);
  } finally {
    quit.abort();
  }
  await following;
  return 0;
}

async function showScreen(
  state: WatchState,
  { terminal }: CommandContext,
  clock: Clock,
  signal: AbortSignal,
  quit: () => void,
): Promise<void> {
  const draw = () => {
    const lines = watchLines(state, terminal, terminal.draw, clock.wallMs());
    // Lines are overwritten in place and only their rest is cleared, so nothing flickers; 2026 is "draw at once".
    terminal.raw(`\x1b[?2026h\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J\x1b[?2026l`);
  };
  const forgetKeys = terminal.onKey((key) => {
    if (['q', 'Q', 'ctrl-c', 'ctrl-d'].includes(key)) quit();
  });
  const forgetResize = terminal.onResize(draw);
  terminal.raw(enterScreen);
  try {
    while (!signal.aborted) {
      draw();
      await pause(clock, drawEveryMs, signal);
    }
  } finally {
    terminal.raw(leaveScreen);
    forgetResize();
    forgetKeys();
  }
}

/** A pipe or a dumb terminal: a line a second, nothing that needs a cursor. */
async function showLines(
  state: WatchState,
  { terminal }: CommandContext,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const now = clock.wallMs();
    terminal.line(terminal.isJson ? JSON.stringify(liveJson(state, now)) : watchLine(state, now));
    await pause(clock, drawEveryMs, signal);
  }
}

async function readSnapshot(client: ServiceClient, clock: Clock): Promise<WatchState> {
  const [status, { targets }, windows] = await Promise.all([
    client.get<Status>('/api/status'),
    client.get<TargetList>('/api/targets'),
    readWindows(client),
  ]);
  const connection = { isLive: true, sinceMs: clock.wallMs(), reason: '' };
  return withWindows({ status, targets, samples: new Map(), connection }, windows);
}

function readWindows(client: ServiceClient): Promise<LiveWindows> {
  return client.get<LiveWindows>(`/api/latency/live?seconds=${pastSeconds}`);
}

/** Keeps `state` up to date from the stream; when it ends, notes since when and comes back with a new snapshot. */
async function follow(
  state: WatchState,
  client: ServiceClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    let reason = 'the service ended the live stream';
    try {
      if (!state.connection.isLive) Object.assign(state, await readSnapshot(client, clock));
      for await (const { event, data } of client.stream('/api/live', signal)) {
        await apply(state, event, data, client);
      }
    } catch (error) {
      reason = reasonOf(error);
    }
    if (signal.aborted) return;
    if (state.connection.isLive) state.connection = { isLive: false, sinceMs: clock.wallMs(), reason };
    else state.connection.reason = reason;
    await pause(clock, reconnectMs, signal);
  }
}

/** What to do about it is said when `watch` starts; here it comes back by itself. */
function reasonOf(error: unknown): string {
  const isAway = error instanceof AppError && error.code === 'SERVICE_UNREACHABLE';
  return isAway ? 'the service does not answer' : messageOf(error).replace(/\.$/, '');
}

async function apply(state: WatchState, event: string, data: unknown, client: ServiceClient): Promise<void> {
  // The casts hold because the service validates what it streams with the same schemas.
  switch (event) {
    case 'measurement.recorded':
      record(state, data as MeasurementRecorded);
      break;
    case 'state.changed':
    case 'status.refreshed':
      state.status = data as Status;
      break;
    case 'target.changed':
      state.targets = (data as TargetList).targets;
      Object.assign(state, withWindows(state, await readWindows(client)));
      break;
    default: // other events are for other readers
  }
}
