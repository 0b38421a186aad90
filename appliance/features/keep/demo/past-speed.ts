/** A year of speed tests as the appliance would have made them on the simulated line. */
import { toIso } from '../../../core/clock.ts';
import type { DirectionResult, FailureReason, Grade, SpeedTestResult } from '../../watch/speedtest/schema.ts';
import { isCutAt } from './household-traffic.ts';
import type { LineModel, ModelTarget } from './line-model.ts';
import { type LineSpeed, speedAt } from './line-speed.ts';
import { exponential, uniform } from './noise.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** As the schedule of the appliance has it. */
const pause = { meanMs: 6.68 * hourMs, leastMs: 36 * minuteMs, mostMs: 15 * hourMs };
const fullEveryMs = 7 * dayMs;
const busyMbps = 3;
const maxPostponed = 6;
/** Three in a row, so long ago. */
const burst = { daysAgo: 40, tests: 3 };
const wireShare = (1514 / 1448) * 1.03;
const draw = { gap: 31, fail: 32, noise: 33, wait: 34 } as const;

/** A server of the provider's neighbour; it exists in the simulation alone. */
export const demoServer = {
  name: 'Simulated server',
  host: '203.0.113.80',
  url: 'http://203.0.113.80',
} as const;

/** Oldest first. */
export function pastSpeedTests(model: LineModel, line: string): SpeedTestResult[] {
  const { startedAtMs, nowMs } = model.plan;
  const tests: SpeedTestResult[] = [];
  let fullMs = Number.NEGATIVE_INFINITY;
  let atMs = startedAtMs + hourMs;
  for (let index = 0; atMs < nowMs - 10 * minuteMs; index += 1) {
    const begunMs = freeMoment(model, atMs, index);
    const isFull = begunMs !== null && begunMs - fullMs >= fullEveryMs;
    const test = testAt(model, line, begunMs ?? atMs + maxPostponed * 10 * minuteMs, {
      index,
      isFull,
      isBusy: begunMs === null,
      reason: 'schedule',
    });
    if (test !== null) tests.push(test);
    if (isFull && test?.outcome === 'ok') fullMs = begunMs;
    const gapMs = exponential(draw.gap, index) * pause.meanMs;
    atMs = (begunMs ?? atMs) + Math.min(pause.mostMs, Math.max(pause.leastMs, gapMs));
  }
  const burstMs = nowMs - burst.daysAgo * dayMs;
  for (let index = 0; index < burst.tests; index += 1) {
    const choice = { index: 1_000_000 + index, isFull: false, isBusy: false, reason: 'burst' };
    const test = burstMs < startedAtMs ? null : testAt(model, line, burstMs + index * 35_000, choice);
    if (test !== null) tests.push(test);
  }
  return tests.sort((one, other) => one.at.localeCompare(other.at));
}

/** When the line is quiet enough, looked for as often as the appliance does; null when it never was. */
function freeMoment(model: LineModel, atMs: number, index: number): number | null {
  let tryMs = atMs;
  for (let times = 0; times <= maxPostponed; times += 1) {
    const { othersDownMbps, othersUpMbps } = speedAt(model, tryMs);
    if (othersDownMbps < busyMbps && othersUpMbps < busyMbps) return tryMs;
    tryMs += (5 + 10 * uniform(draw.wait + times, index)) * minuteMs;
  }
  return null;
}

interface Choice {
  index: number;
  isFull: boolean;
  isBusy: boolean;
  reason: string;
}

/** Null while the box had no power. */
function testAt(model: LineModel, line: string, atMs: number, choice: Choice): SpeedTestResult | null {
  if (model.happeningsAt(atMs).some(({ kind }) => kind === 'power')) return null;
  const base = blank(line, atMs, choice);
  if (choice.isBusy) return { ...base, outcome: 'busy', flags: ['busy'] };
  if (isCutAt(model, atMs)) return failed(base, 'line-down', 'the line is down');
  const fate = uniform(draw.fail, choice.index);
  if (fate < 0.006) return failed(base, 'no-capacity', 'the server has no room for a test now');
  if (fate < 0.01) return failed(base, 'reset', 'the server ended the connection');
  return measured(base, model, atMs, choice);
}

function measured(base: SpeedTestResult, model: LineModel, atMs: number, choice: Choice): SpeedTestResult {
  const speed = speedAt(model, atMs);
  const idleMs = idleAt(model, atMs);
  if (idleMs === null) return failed(base, 'timeout', 'the server does not answer');
  const down = directionOf('down', speed, idleMs, choice);
  const up = directionOf('up', speed, idleMs, choice);
  const loadedDownMs = idleMs + (down.addedMs ?? 0);
  const loadedUpMs = idleMs + (up.addedMs ?? 0);
  return {
    ...base,
    family: 'ipv4',
    server: demoServer.name,
    outcome: 'ok',
    downloadMbps: down.capacityMbps,
    uploadMbps: up.capacityMbps,
    idleMs,
    loadedDownMs,
    loadedUpMs,
    grade: up.grade,
    rpm: Math.round(60_000 / Math.max(loadedDownMs, loadedUpMs)),
    bytes: (down.wireBytes ?? 0) + (up.wireBytes ?? 0) + 60_000,
    details: {
      ...base.details,
      host: `${demoServer.host}:80`,
      address: demoServer.host,
      interfaceName: 'eth0',
      down,
      up,
      seconds: 4 + down.seconds + up.seconds,
    },
  };
}

const target: ModelTarget = { kind: 'icmp', family: 'ipv4', segment: 'anchor', address: demoServer.host };

/** Median of the second before the load. */
function idleAt(model: LineModel, atMs: number): number | null {
  const answers = [...model.samples(target, atMs, 20, 50)].filter((us) => us >= 0).sort((a, b) => a - b);
  const middle = answers[Math.floor(answers.length / 2)];
  return middle === undefined ? null : middle / 1000;
}

function directionOf(
  way: 'down' | 'up',
  speed: LineSpeed,
  idleMs: number,
  { index, isFull }: Choice,
): DirectionResult {
  const isDown = way === 'down';
  // Nothing but the last digits differ from one test of a quiet line to the next.
  const noise = 1 - 0.004 * exponential(draw.noise + (isDown ? 0 : 1), index);
  const mbps = (isDown ? speed.downMbps : speed.upMbps) * noise;
  const addedMs =
    (isDown ? speed.queue.downMs : speed.queue.upMs) * (0.94 + 0.06 * uniform(draw.noise + 2, index));
  const seconds = isFull ? 10 : 1.4 + idleMs / 40 + (isDown ? 0 : 1);
  const bytes = Math.round(mbps * 125_000 * seconds * 0.95);
  return {
    capacityMbps: mbps,
    capacityErrorMbps: null,
    sustainedMbps: isFull ? mbps : null,
    meanMbps: mbps * 0.95,
    singleStreamMbps: null,
    receiverMbps: mbps,
    lineMbps: mbps * (1514 / 1448),
    burstRatio: isFull ? 1 : null,
    countedBy: 'receiver',
    streams: 4,
    congestionControl: 'reno',
    stop: isFull ? 'time' : 'steady',
    stoppedAtMs: isFull ? 1400 : seconds * 1000,
    seconds,
    bytes,
    wireBytes: Math.round(bytes * wireShare),
    retransmits: 0,
    lossRatio: 0,
    icmp: null,
    tcp: null,
    addedMs,
    grade: gradeOf(addedMs),
    recoveryMs: 150,
  };
}

const cuts: readonly (readonly [number, Grade])[] = [
  [5, 'A+'],
  [30, 'A'],
  [60, 'B'],
  [200, 'C'],
  [400, 'D'],
];
const gradeOf = (addedMs: number): Grade => cuts.find(([below]) => addedMs < below)?.[1] ?? 'F';

function blank(line: string, atMs: number, { isFull, reason }: Choice): SpeedTestResult {
  const kind = isFull ? 'full' : 'quick';
  return {
    at: toIso(atMs),
    line,
    family: null,
    engine: 'peer',
    server: null,
    outcome: 'failed',
    downloadMbps: null,
    uploadMbps: null,
    idleMs: null,
    loadedDownMs: null,
    loadedUpMs: null,
    grade: null,
    rpm: null,
    bytes: 0,
    flags: [],
    details: {
      kind,
      method: `speedtest.peer.${kind}`,
      reason,
      host: null,
      address: null,
      interfaceName: null,
      tls: null,
      down: null,
      up: null,
      both: null,
      idle: null,
      responsiveness: null,
      busy: null,
      failure: null,
      passedOver: [],
      seconds: 3,
    },
  };
}

function failed(base: SpeedTestResult, reason: FailureReason, message: string): SpeedTestResult {
  return { ...base, details: { ...base.details, failure: { reason, message, phase: 'server' } } };
}
