/** What the replayed appliance says of now, and the list of what happened. */
import type {
  LineStatus,
  Station,
  Status,
  TimelineEvent,
} from '../../appliance/features/judge/state/schema.ts';
import { duration } from '../src/lib/format.ts';
import {
  type History,
  type Hole,
  isAffected,
  minute,
  type Scenario,
  second,
  type Trouble,
} from './replay-history.ts';
import type { Model, ReplayModel } from './replay-model.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const clock = (ms: number) => new Date(ms).toTimeString().slice(0, 8);
const plain = (ms: number) => duration(ms).replaceAll('\u00a0', ' ');

export function statusOf(
  model: ReplayModel,
  models: readonly Model[],
  history: History,
  now: number,
): Status {
  const isEmpty = model.scenario === 'empty';
  const open = history.troubles.find((one) => one.toMs === null);
  const rush = history.rushes.find((one) => one.toMs === null);
  const state = isEmpty ? 'unknown' : open?.kind === 'outage' ? 'down' : open || rush ? 'degraded' : 'up';
  const sinceMs = open?.fromMs ?? rush?.fromMs ?? lastEndMs(history) ?? history.firstMs;
  const line: LineStatus = {
    name: 'main',
    interface: 'eth0',
    gateway: '192.168.1.1',
    state,
    since: isEmpty ? null : iso(sinceMs),
    stations: models.flatMap((one) => stationOf(model, one, open, now)),
  };
  const mobile: LineStatus = { ...line, name: 'mobile', interface: 'wwan0' };
  return {
    state,
    verdict: open?.verdict ?? (rush ? 'busy' : null),
    sentence: sentenceOf(state, open, sinceMs, history, now),
    since: isEmpty ? null : iso(sinceMs),
    at: iso(now),
    site: 'Home',
    lines: model.scenario === 'lines' ? [line, mobile] : [line],
    method: { icmp: 'socket', advice: null },
    clock: { isKnown: !isEmpty },
    isDemo: false,
    version: '0.1.0',
    uptimeSeconds: 86_400,
  };
}

function lastEndMs(history: History): number | null {
  return history.troubles.findLast((one) => one.kind === 'outage' && one.family === 'both')?.toMs ?? null;
}

function stationOf(model: ReplayModel, own: Model, open: Trouble | undefined, now: number): Station[] {
  if (['Google', 'Quad9'].includes(own.target.name)) return [];
  const hit = open && isAffected(open, own.target) ? open : null;
  const point = model.point(own.target.id, now - minute, minute);
  return [
    {
      segment: own.target.segment,
      family: own.target.family,
      state: point === null ? 'unknown' : hit ? (hit.kind === 'outage' ? 'down' : 'degraded') : 'up',
      target: own.target.id,
      rttMs: point?.p50Ms ?? null,
      lossRatio: point ? point.lost / point.count : null,
    },
  ];
}

function sentenceOf(
  state: Status['state'],
  open: Trouble | undefined,
  sinceMs: number,
  history: History,
  now: number,
): string {
  if (state === 'unknown') return 'We do not know yet: the first measurements are being made.';
  if (open?.kind === 'outage')
    return `Down since ${clock(sinceMs)}. Your router answers, your provider’s first router does not. Fault: the line to your provider.`;
  if (open)
    return `Impaired since ${clock(sinceMs)}. 9 % of the packets are lost behind your provider’s first router.`;
  if (state === 'degraded')
    return `Slow since ${clock(sinceMs)}. Your own traffic fills the line (18 of 20 Mbit/s up).`;
  const last = lastEndMs(history);
  return last === null
    ? 'Your Internet is working.'
    : `Your Internet is working. No outage for ${plain(now - last)}.`;
}

/** Newest first, as many as the appliance tells. */
export function eventsOf(scenario: Scenario, history: History, now: number): TimelineEvent[] {
  if (scenario === 'empty') return [];
  const list: Omit<TimelineEvent, 'id'>[] = [
    say(history.firstMs, 'service.started', 'The service started and found the router 192.168.1.1.'),
    ...history.troubles.flatMap(troubleEvents),
    ...history.holes.map((one) => say(one.toMs, 'gap', holeText(one))),
  ];
  return list
    .filter((one) => Date.parse(one.at) <= now)
    .sort((a, b) => a.at.localeCompare(b.at))
    .map((one, index) => ({ id: index + 1, ...one }))
    .reverse()
    .slice(0, 20);
}

function troubleEvents(one: Trouble): Omit<TimelineEvent, 'id'>[] {
  const isOutage = one.kind === 'outage';
  const begin = isOutage
    ? 'Your Internet stopped answering.'
    : `${Math.round(one.depth * 100)} % of the packets were lost.`;
  const list = [say(one.fromMs, 'state.changed', begin)];
  if (one.toMs !== null)
    list.push(
      say(
        one.toMs + second,
        'state.changed',
        `Your Internet works again after ${plain(one.toMs - one.fromMs)}.`,
      ),
    );
  return list;
}

function say(atMs: number, kind: string, text: string): Omit<TimelineEvent, 'id'> {
  return { at: iso(atMs), kind, text, line: 'main', target: null };
}

function holeText({ fromMs, toMs, reason }: Hole): string {
  const what = reason === 'power' ? 'The box was without power' : 'Nothing was measured';
  return `${what} for ${plain(toMs - fromMs)}.`;
}
