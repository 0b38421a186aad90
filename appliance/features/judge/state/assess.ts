/** What the last minute of exchanges says about each station of a line. Pure: windows in, states out. */
import type { Family, LineState, Segment } from '../../../core/shapes.ts';
import type { RecentWindow } from '../../watch/latency/schema.ts';

/** Lost in a row before a station counts as down: at one a second that is 3 s, and one lost packet is no alarm. */
const downAfterLost = 3;
/** Where exchanges are rare (DNS), waiting for a third would take half a minute. */
const rareMs = 5000;
const downAfterRareLost = 2;
/** Loss of a minute that people notice in calls and games, and at least this many packets, so that 1 of 20 is not it. */
const degradedLossRatio = 0.05;
const degradedLost = 3;
/** A median this far above the quarter-hour's is a slow line, not jitter. */
const slowFactor = 3;
const slowMarginUs = 20_000;

export interface ObservedTarget {
  id: string;
  segment: Segment;
  family: Family;
  intervalMs: number;
  /** It asks for a name; a name server that only answers pings does not do its work. */
  isNameQuery: boolean;
  minute: RecentWindow;
  quarterHour: RecentWindow;
}

export interface StationAssessment {
  segment: Segment;
  family: Family;
  state: LineState;
  target: string | null;
  p50Us: number;
  lossRatio: number;
  /** CLOCK_MONOTONIC ms of the first lost exchange while down; NaN otherwise. */
  downSinceMonoMs: number;
  /** The newest exchange got an answer; false as soon as one is missing, long before `state` says down. */
  hasJustAnswered: boolean;
}

export interface FamilyAssessment {
  family: Family;
  state: LineState;
  stations: StationAssessment[];
}

const order: readonly Segment[] = ['gateway', 'isp', 'anchor', 'resolver'];

/** The state of one target on its own. */
export function stateOf(target: ObservedTarget, nowMonoMs: number): LineState {
  const { minute, quarterHour, intervalMs } = target;
  const silentForMs = nowMonoMs - minute.lastSentMonoMs;
  if (minute.count === 0 || silentForMs > Math.max(15_000, 3 * intervalMs)) return 'unknown';
  if (minute.lostInRow >= (intervalMs >= rareMs ? downAfterRareLost : downAfterLost)) return 'down';
  if (minute.lost >= degradedLost && minute.lost / minute.count >= degradedLossRatio) return 'degraded';
  const isSlow =
    quarterHour.count >= 300 &&
    minute.p50Us > slowFactor * quarterHour.p50Us &&
    minute.p50Us > quarterHour.p50Us + slowMarginUs;
  return isSlow ? 'degraded' : 'up';
}

/** Stations of one line in one family, and what they say together. */
export function assessFamily(
  family: Family,
  targets: readonly ObservedTarget[],
  nowMonoMs: number,
): FamilyAssessment {
  const stations: StationAssessment[] = [];
  for (const segment of order) {
    const all = targets.filter((target) => target.family === family && target.segment === segment);
    const queries = all.filter((target) => target.isNameQuery);
    const members = queries.length > 0 ? queries : all;
    if (members.length > 0) stations.push(joinStation(segment, family, members, nowMonoMs));
  }
  const internet = stations.find((station) => station.segment === 'anchor');
  if (internet && (internet.state === 'up' || internet.state === 'degraded')) {
    // Traffic passes through a router that does not answer pings itself: its silence is not a fault.
    for (const station of stations) {
      if ((station.segment === 'gateway' || station.segment === 'isp') && station.state === 'down')
        station.state = 'up';
    }
  }
  return { family, state: familyState(stations, internet), stations };
}

function familyState(
  stations: readonly StationAssessment[],
  internet: StationAssessment | undefined,
): LineState {
  if (!internet) return 'unknown';
  if (internet.state !== 'up') return internet.state;
  const names = stations.find((station) => station.segment === 'resolver');
  return names?.state === 'down' ? 'degraded' : 'up';
}

/** Several targets stand for one station: it is down when all are, degraded when most are not well. */
function joinStation(
  segment: Segment,
  family: Family,
  members: readonly ObservedTarget[],
  nowMonoMs: number,
): StationAssessment {
  const judged = members.map((target) => ({ target, state: stateOf(target, nowMonoMs) }));
  const known = judged.filter(({ state }) => state !== 'unknown');
  const downs = known.filter(({ state }) => state === 'down');
  const unwell = known.filter(({ state }) => state !== 'up');
  let state: LineState = 'up';
  if (known.length === 0) state = 'unknown';
  else if (downs.length === known.length) state = 'down';
  else if (unwell.length * 2 > known.length) state = 'degraded';
  const shown = pickShown(known.length > 0 ? known : judged);
  return {
    segment,
    family,
    state,
    target: shown?.id ?? null,
    p50Us: shown?.minute.p50Us ?? Number.NaN,
    hasJustAnswered: members.some(({ minute }) => minute.count > 0 && minute.lostInRow === 0),
    lossRatio: shown && shown.minute.count > 0 ? shown.minute.lost / shown.minute.count : Number.NaN,
    // Down since the last of them fell silent.
    downSinceMonoMs:
      state === 'down' ? Math.max(...downs.map(({ target }) => target.minute.lostSinceMonoMs)) : Number.NaN,
  };
}

/** The numbers of the quickest target that answers: the fairest view of the path. */
function pickShown(
  judged: readonly { target: ObservedTarget; state: LineState }[],
): ObservedTarget | undefined {
  const byRtt = judged
    .map(({ target }) => target)
    .sort((a, b) => orLast(a.minute.p50Us) - orLast(b.minute.p50Us));
  return byRtt[0];
}

const orLast = (rttUs: number) => (Number.isNaN(rttUs) ? Number.MAX_VALUE : rttUs);

/** With several lines the house is online while one of them is. */
export function joinLines(states: readonly LineState[]): LineState {
  const known = states.filter((state) => state !== 'unknown');
  if (known.length === 0) return 'unknown';
  if (known.every((state) => state === 'down')) return 'down';
  return known.every((state) => state === 'up') ? 'up' : 'degraded';
}
