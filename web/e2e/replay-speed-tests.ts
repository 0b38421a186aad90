/** Speed tests of the replay: a line of 100/20 Mbit/s with a deep queue upwards, with failures, busy hours and a second engine. */
import type {
  DelayFigures,
  DirectionResult,
  Grade,
  SpeedDetails,
  SpeedTest,
} from '../../appliance/features/watch/speedtest/schema.ts';
import type { Scenario } from './replay-history.ts';
import { noise } from './replay-noise.ts';

const hour = 3_600_000;
const day = 24 * hour;
const testsOf: Partial<Record<Scenario, number>> = {
  hour: 3,
  year: 1460,
  lines: 240,
  down: 30,
  degraded: 30,
  busy: 30,
};
const cuts: readonly [ms: number, grade: Grade][] = [
  [5, 'A+'],
  [30, 'A'],
  [60, 'B'],
  [200, 'C'],
  [400, 'D'],
];
const gradeOf = (addedMs: number): Grade => cuts.find(([ms]) => addedMs < ms)?.[1] ?? 'F';
const round = (value: number, digits = 2) => Number(value.toFixed(digits));

/** Newest first. */
export function speedTestsOf(scenario: Scenario, nowMs: number): SpeedTest[] {
  const number = testsOf[scenario] ?? 0;
  const tests: SpeedTest[] = [];
  let atMs = nowMs - 25 * 60_000;
  for (let index = 0; index < number; index += 1) {
    tests.push(testAt(scenario, index, atMs));
    atMs -= (2.5 + 7 * noise(41, index)) * hour;
    if (index === 40) atMs -= 4 * day; // the box was away
  }
  return tests;
}

function testAt(scenario: Scenario, index: number, atMs: number): SpeedTest {
  const line = scenario === 'lines' && index % 3 === 2 ? 'lte' : 'main';
  const isMlab = scenario === 'year' && noise(42, index) > 0.86;
  const chance = noise(43, index);
  const common = {
    id: `t${index + 1}`,
    at: new Date(atMs).toISOString(),
    line,
    family: 'ipv4' as const,
    engine: isMlab ? ('mlab' as const) : ('peer' as const),
    server: isMlab ? 'fra05' : 'attic.example',
  };
  const isFailure = index > 0 && chance > 0.95;
  if (isFailure || (index > 0 && chance < 0.05)) return withoutNumber(common, isFailure, index);
  const evening = Math.exp(-(((new Date(atMs).getHours() - 20.5) / 2) ** 2));
  const share = line === 'lte' ? 0.4 : 1;
  const down = share * (95.6 - 18 * evening * noise(44, index) - 2 * noise(45, index));
  const up = share * (19.1 - 0.8 * noise(46, index));
  const idleMs = 11.8 + 2 * noise(47, index) + 4 * evening;
  const shaped = scenario === 'year' && index < 60;
  const addedDown = 18 + 24 * noise(48, index) + 20 * evening;
  const addedUp = shaped ? 9 + 8 * noise(49, index) : 140 + 120 * noise(49, index);
  return {
    ...common,
    outcome: 'ok',
    downloadMbps: round(down),
    uploadMbps: round(up),
    idleMs: round(idleMs),
    loadedDownMs: round(idleMs + addedDown),
    loadedUpMs: round(idleMs + addedUp),
    grade: gradeOf(Math.max(addedDown, addedUp)),
    rpm: Math.round(60_000 / (idleMs + Math.max(addedDown, addedUp))),
    bytes: Math.round((down * 1.4 + up * 1.8) * 131_000),
    flags: isMlab ? ['hidden-queue'] : evening > 0.7 ? ['busy'] : [],
  };
}

function withoutNumber(
  common: Pick<SpeedTest, 'id' | 'at' | 'line' | 'family' | 'engine' | 'server'>,
  isFailure: boolean,
  index: number,
): SpeedTest {
  return {
    ...common,
    outcome: isFailure ? 'failed' : noise(50, index) > 0.5 ? 'busy' : 'skipped',
    downloadMbps: null,
    uploadMbps: null,
    idleMs: null,
    loadedDownMs: null,
    loadedUpMs: null,
    grade: null,
    rpm: null,
    flags: [],
    bytes: isFailure ? 184_000 : 0,
  };
}

/** What the list leaves out. */
export function detailedOf(test: SpeedTest): SpeedTest {
  const base: SpeedDetails = {
    kind: 'quick',
    method: test.engine,
    reason: 'schedule',
    host: test.engine === 'peer' ? 'attic.example:8080' : 'ndt-mlab2-fra05.example:443',
    address: '203.0.113.7',
    interfaceName: 'eth0',
    tls: test.engine === 'peer' ? null : 'TLSv1.3 TLS_AES_128_GCM_SHA256',
    down: null,
    up: null,
    both: null,
    idle: null,
    responsiveness: null,
    failure: null,
    busy: { seconds: 3, downMbps: 0.12, upMbps: 0.04, limitMbps: 2.87, source: 'interface' },
    passedOver: [],
    seconds: 11.4,
  };
  if (test.outcome === 'failed')
    return {
      ...test,
      details: {
        ...base,
        failure: {
          reason: 'stalled',
          message: 'attic.example:8080 sent nothing for 5 s after 1.2 MB.',
          phase: 'download',
        },
        passedOver: [
          {
            engine: 'peer',
            server: 'office.example',
            failure: { reason: 'refused', message: 'office.example:8080 refused.', phase: 'server' },
          },
        ],
      },
    };
  if (test.outcome === 'aborted')
    return {
      ...test,
      details: {
        ...base,
        failure: { reason: 'cancelled', message: 'It was stopped.', phase: 'download' },
      },
    };
  if (test.outcome !== 'ok')
    return {
      ...test,
      details: {
        ...base,
        busy: { seconds: 3, downMbps: 12.4, upMbps: 0.6, limitMbps: 2.87, source: 'interface' },
        failure:
          test.outcome === 'skipped'
            ? { reason: 'budget', message: 'The test would take 45 MB; 12 MB are left.', phase: 'waiting' }
            : null,
      },
    };
  return {
    ...test,
    details: {
      ...base,
      down: direction(test, 'down'),
      up: direction(test, 'up'),
      idle: { icmp: delay(test.idleMs ?? 0, 100), tcp: delay((test.idleMs ?? 0) + 0.4, 20) },
      responsiveness: {
        rpm: test.rpm ?? 0,
        confidence: 'medium',
        icmpRpm: Math.round((test.rpm ?? 0) * 1.08),
      },
    },
  };
}

function direction(test: SpeedTest, way: 'down' | 'up'): DirectionResult {
  const mbps = (way === 'down' ? test.downloadMbps : test.uploadMbps) ?? 0;
  const loaded = (way === 'down' ? test.loadedDownMs : test.loadedUpMs) ?? 0;
  const added = loaded - (test.idleMs ?? 0);
  return {
    capacityMbps: mbps,
    capacityErrorMbps: null,
    sustainedMbps: null,
    singleStreamMbps: round(mbps * 0.97),
    burstRatio: null,
    meanMbps: round(mbps * 0.93),
    receiverMbps: mbps,
    lineMbps: round(mbps * 1.046),
    countedBy: 'receiver',
    streams: 4,
    congestionControl: test.engine === 'mlab' && way === 'down' ? 'bbr' : 'reno',
    stop: 'steady',
    stoppedAtMs: 1240,
    seconds: 1.8,
    bytes: Math.round((mbps * 1.8e6) / 8),
    wireBytes: Math.round((mbps * 1.9e6) / 8),
    retransmits: 12,
    lossRatio: 0,
    icmp: delay(loaded, 60),
    tcp: delay(loaded + 1.1, 12),
    addedMs: round(added),
    grade: gradeOf(added),
    recoveryMs: Math.round(added * 1.2),
  };
}

function delay(ms: number, count: number): DelayFigures {
  return {
    count,
    lost: 0,
    p50Ms: round(ms),
    p90Ms: round(ms * 1.1),
    p95Ms: round(ms * 1.15),
    maxMs: round(ms * 1.4),
    jitterMs: round(ms * 0.04),
  };
}
