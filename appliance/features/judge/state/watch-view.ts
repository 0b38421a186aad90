import { toIso } from '../../../core/clock.ts';
import type { Drawing } from '../../../core/feature.ts';
import { pathStrip, sayMs } from './strip.ts';
import { type TargetView, viewOf, type WatchState } from './watch-state.ts';

export interface Screen {
  columns: number;
  rows: number;
}

const numberColumns = 8;
/** What is kept of the past; a wider screen shows no more. */
const watchedSeconds = 120;

/** The whole screen as lines: never more rows, never wider. A pure function of what is known. */
export function watchLines(
  state: WatchState,
  { columns, rows }: Screen,
  draw: Drawing,
  nowMs: number,
): string[] {
  const head = headLines(state, columns, draw, nowMs);
  const foot = [draw.paint('faint', footer(columns, nowMs))];
  const room = Math.max(0, rows - head.length - foot.length);
  const body = targetLines(state, columns, room, draw, nowMs);
  const blank = new Array(Math.max(0, room - body.length)).fill('');
  return [...head, ...body, ...blank, ...foot]
    .slice(0, rows)
    .map((line) => draw.fit(line, columns).trimEnd());
}

function headLines(state: WatchState, columns: number, draw: Drawing, nowMs: number): string[] {
  const { status, connection } = state;
  const lines: string[] = [];
  if (status === null) {
    lines.push(`Internet Stability Tracker: ${connection.reason}`);
  } else {
    const sentence = `${draw.paint(status.state, draw.shape(status.state))} ${status.sentence}`;
    lines.push(...draw.wrap(sentence, columns, '  ').slice(0, 3), '');
    for (const line of status.lines) {
      const name = status.lines.length > 1 ? [draw.paint('faint', line.name)] : [];
      lines.push(...name, ...pathStrip(line, draw, columns));
    }
  }
  if (!connection.isLive) {
    const length = draw.duration(nowMs - connection.sinceMs);
    const since = `Reconnecting since ${clockTime(connection.sinceMs)} (${length}): ${connection.reason}. The numbers are old.`;
    lines.push(...draw.wrap(since, columns).map((text) => draw.paint('degraded', text)));
  }
  lines.push('');
  return lines;
}

/** Two lines a target, numbers above a sparkline as wide as the screen; one line a target where rows are few. */
function targetLines(
  state: WatchState,
  columns: number,
  room: number,
  draw: Drawing,
  nowMs: number,
): string[] {
  if (state.targets.length === 0 || room < 2) return [];
  const isNarrow = columns < 60;
  const isTall = room >= 1 + 2 * state.targets.length;
  const numbers = isNarrow ? ['now', 'loss'] : ['now', 'median', 'jitter', 'loss'];
  const names = namesOf(state);
  const longest = Math.max(...names.map((name) => name.length)) + 1;
  const most = isTall ? columns - numbers.length * numberColumns - 2 : isNarrow ? 16 : 28;
  const nameWidth = Math.max(12, Math.min(longest, most));
  const besides = Math.max(0, columns - nameWidth - numbers.length * numberColumns - 2);
  const seconds = Math.min(isTall ? columns : besides, watchedSeconds);
  const titles = numbers.map((title) => draw.fit(title, numberColumns, 'right')).join('');
  const span = draw.fit(`last ${draw.duration(seconds * 1000)}`, besides, 'right');
  const heading = draw.paint('faint', `${draw.fit('', nameWidth)}${titles}  ${span}`);
  const perTarget = isTall ? 2 : 1;
  const fitting = Math.floor((room - 1) / perTarget);
  const shown = state.targets.slice(0, state.targets.length > fitting ? fitting - 1 : fitting);
  const rows = shown.flatMap((target, at) => {
    const view = viewOf(state, target, seconds, nowMs);
    const cells = numbers.map((name) => draw.fit(cell(name, view), numberColumns, 'right'));
    const tone = toneOf(view);
    const plain = `${draw.fit(names[at] ?? target.id, nameWidth - 1)} ${cells.join('')}`;
    const row = tone === null ? plain : draw.paint(tone, plain);
    const spark = draw.sparkline(view.seconds, seconds);
    return isTall ? [row, spark] : [`${row}  ${spark}`];
  });
  const hidden = state.targets.length - shown.length;
  if (hidden > 0) rows.push(draw.paint('faint', `and ${hidden} more on a taller screen`));
  return [heading, ...rows];
}

/** A host that is measured over both families is named once for each. */
function namesOf({ targets }: WatchState): string[] {
  return targets.map(({ name, family }) => {
    const isShared = targets.some((other) => other.name === name && other.family !== family);
    return isShared && family === 'ipv6' ? `${name} IPv6` : name;
  });
}

function cell(name: string, { now, median, jitter, lossRatio }: TargetView): string {
  switch (name) {
    case 'now':
      return now === undefined ? '–' : now === null ? 'lost' : sayMs(now);
    case 'median':
      return median === null ? '–' : sayMs(median);
    case 'jitter':
      return jitter === null ? '–' : sayMs(jitter);
    default:
      return lossRatio === null ? '–' : `${Number((lossRatio * 100).toPrecision(2))} %`;
  }
}

function toneOf({ now, lossRatio }: TargetView): 'down' | 'degraded' | 'unknown' | null {
  if (lossRatio === 1) return 'down';
  if (lossRatio === null) return 'unknown';
  return now === null || lossRatio > 0.02 ? 'degraded' : null;
}

function footer(columns: number, nowMs: number): string {
  const parts = [clockTime(nowMs), 'times in ms', 'q quits'];
  return columns < 40 ? parts.slice(-1).join('') : parts.join(' · ');
}

export function clockTime(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB');
}

/** For a pipe or a dumb terminal: one line with everything that matters this second. */
export function watchLine(state: WatchState, nowMs: number): string {
  const time = clockTime(nowMs);
  if (!state.connection.isLive) return `${time} reconnecting: ${state.connection.reason}`;
  const targets = state.targets.map((target) => {
    const view = viewOf(state, target, 1, nowMs);
    const rtt = cell('now', view);
    return `${target.id} ${rtt}${rtt === 'lost' || rtt === '–' ? '' : ' ms'}`;
  });
  return `${time} ${state.status?.state ?? 'unknown'}  ${targets.join('  ')}`;
}

/** The same for programs: the state and the newest answers, one object a second. */
export function liveJson(state: WatchState, nowMs: number): object {
  const targets = state.targets.map((target) => {
    const { now, median, jitter, lossRatio } = viewOf(state, target, 1, nowMs);
    return {
      target: target.id,
      rttMs: now ?? null,
      isLost: now === null,
      medianMs: median,
      jitterMs: jitter,
      lossRatio,
    };
  });
  return {
    at: toIso(nowMs),
    isLive: state.connection.isLive,
    state: state.status?.state ?? 'unknown',
    targets,
  };
}
