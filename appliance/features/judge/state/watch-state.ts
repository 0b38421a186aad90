import type { LiveWindows, MeasurementRecorded, Target } from '../../watch/latency/schema.ts';
import type { Status } from './schema.ts';

/** What a screen can show of one target: two minutes at one exchange a second. */
const keepMs = 120_000;
/** Faster targets are thinned by time, not by memory: 50 a second for two minutes. */
const maximumSamples = 6000;

export interface Sample {
  atMs: number;
  /** Null when the exchange was lost. */
  rttMs: number | null;
}

export interface WatchState {
  status: Status | null;
  targets: readonly Target[];
  /** By target id, in order of sending. */
  samples: ReadonlyMap<string, Sample[]>;
  connection: { isLive: boolean; sinceMs: number; reason: string };
}

/** The past, from /api/latency/live. Replaces what was there. */
export function withWindows(state: WatchState, { windows }: LiveWindows): WatchState {
  const samples = new Map(
    windows.map(({ target, startedAt, offsetsMs, rttMs }) => {
      const startMs = Date.parse(startedAt);
      return [target, offsetsMs.map((offset, at) => ({ atMs: startMs + offset, rttMs: rttMs[at] ?? null }))];
    }),
  );
  return { ...state, samples };
}

/** One second of exchanges from the stream; changes the sample lists in place, they are this state's own. */
export function record(state: WatchState, { at, exchanges }: MeasurementRecorded): void {
  for (const { target, at: sentAt, outcome, rttMs } of exchanges) {
    if (outcome === 'skipped') continue;
    const list = state.samples.get(target);
    if (list === undefined) continue;
    const isAnswer = outcome === 'ok' || outcome === 'refused';
    insert(list, { atMs: Date.parse(sentAt), rttMs: isAnswer ? (rttMs ?? null) : null });
  }
  const oldest = Date.parse(at) - keepMs;
  for (const list of state.samples.values()) {
    const first = list.findIndex(({ atMs }) => atMs >= oldest);
    list.splice(0, Math.max(first < 0 ? list.length : first, list.length - maximumSamples));
  }
}

/** In order of sending: a timeout is told a second later than the answer after it. */
function insert(list: Sample[], sample: Sample): void {
  let at = list.length;
  while (at > 0 && (list[at - 1]?.atMs ?? 0) > sample.atMs) at -= 1;
  if (list[at - 1]?.atMs === sample.atMs) return; // the window already had it
  list.splice(at, 0, sample);
}

export interface TargetView {
  target: Target;
  /** Newest answer, null when the newest exchange was lost, undefined when nothing is known. */
  now: number | null | undefined;
  median: number | null;
  lossRatio: number | null;
  jitter: number | null;
  /** One value a second, newest last; null = lost, undefined = not measured. */
  seconds: (number | null | undefined)[];
}

/** The last `seconds` of one target as a screen shows them. */
export function viewOf(state: WatchState, target: Target, seconds: number, nowMs: number): TargetView {
  const list = state.samples.get(target.id) ?? [];
  const newest = list.at(-1);
  const lastMs = Math.max(newest?.atMs ?? 0, nowMs - 10_000);
  const minute = list.filter(({ atMs }) => atMs > lastMs - 60_000);
  const times = minute.map(({ rttMs }) => rttMs).filter((rtt) => rtt !== null);
  const sorted = [...times].sort((a, b) => a - b);
  return {
    target,
    now: newest === undefined || newest.atMs < nowMs - staleAfter(target) ? undefined : newest.rttMs,
    median: sorted[Math.floor(sorted.length / 2)] ?? null,
    lossRatio: minute.length === 0 ? null : 1 - times.length / minute.length,
    jitter: meanChange(times),
    seconds: columnsOf(list, target, seconds, nowMs),
  };
}

/** A timeout is told a second after its exchange was due, and once a second: younger silence means nothing. */
const settleMs = 3000;

function staleAfter({ intervalMs }: Target): number {
  return intervalMs + 2 * settleMs;
}

/**
 * Columns are counted from the newest exchange, not from now: exchanges a second apart stay a column apart whatever
 * the phase of the screen's own second. What comes less often than once a second holds until the next.
 */
function columnsOf(
  list: readonly Sample[],
  { intervalMs }: Target,
  seconds: number,
  nowMs: number,
): (number | null | undefined)[] {
  const columns: (number | null | undefined)[] = new Array(seconds).fill(undefined);
  const newestMs = list.at(-1)?.atMs ?? 0;
  const held = Math.max(1, Math.round(intervalMs / 1000));
  const silence = Math.floor((nowMs - newestMs - settleMs) / 1000);
  // The newest value moves left while it holds, and further when nothing follows it.
  const newestColumn = seconds - 1 - Math.max(0, silence);
  for (const { atMs, rttMs } of list) {
    const first = newestColumn - Math.round((newestMs - atMs) / 1000);
    for (let column = Math.max(0, first); column < Math.min(first + held, seconds); column += 1) {
      const before = columns[column];
      if (column === first && before === null && held === 1) continue; // a loss in this second is not covered up
      columns[column] = rttMs === null ? null : held === 1 ? Math.max(before ?? 0, rttMs) : rttMs;
    }
  }
  return columns;
}

/** Mean change from one answer to the next, the unsmoothed form of RFC 3550 §6.4.1. */
function meanChange(times: readonly number[]): number | null {
  if (times.length < 2) return null;
  let sum = 0;
  for (let at = 1; at < times.length; at += 1) sum += Math.abs((times[at] ?? 0) - (times[at - 1] ?? 0));
  return sum / (times.length - 1);
}
