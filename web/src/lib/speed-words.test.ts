import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  DirectionResult,
  SpeedDetails,
  SpeedProgress,
  SpeedTest,
} from '../../../appliance/features/watch/speedtest/schema.ts';
import { addedMs, failureOf, gradeState, rate, rpmWord } from './speed-format.ts';
import { figuresOf, methodOf } from './speed-method.ts';
import { SpeedRun } from './speed-run.ts';
import { sentenceOf } from './speed-sentence.ts';

const nowMs = Date.UTC(2026, 10, 22, 12);
const good: SpeedTest = {
  id: '1',
  at: new Date(nowMs - 3 * 3_600_000).toISOString(),
  line: 'main',
  family: 'ipv4',
  engine: 'peer',
  server: 'attic',
  outcome: 'ok',
  downloadMbps: 94.12,
  uploadMbps: 18.8,
  idleMs: 12,
  loadedDownMs: 40,
  loadedUpMs: 202,
  grade: 'C',
  rpm: 297,
  bytes: 41e6,
  flags: [],
};
const direction: DirectionResult = {
  capacityMbps: 94.12,
  capacityErrorMbps: null,
  sustainedMbps: null,
  meanMbps: 88,
  lineMbps: 98.4,
  singleStreamMbps: null,
  receiverMbps: 94.1,
  burstRatio: null,
  countedBy: 'receiver',
  streams: 4,
  congestionControl: 'reno',
  stop: 'steady',
  stoppedAtMs: 1240,
  seconds: 1.8,
  bytes: 20e6,
  wireBytes: 21e6,
  retransmits: 12,
  lossRatio: 0,
  icmp: null,
  tcp: null,
  addedMs: 28,
  grade: 'A',
  recoveryMs: 40,
};
const details: SpeedDetails = {
  kind: 'quick',
  method: 'peer',
  reason: 'asked',
  host: 'attic.example:8080',
  address: null,
  interfaceName: 'eth0',
  tls: null,
  down: direction,
  up: null,
  both: null,
  idle: null,
  seconds: 11,
  responsiveness: null,
  busy: null,
  failure: null,
  passedOver: [],
};
const stalled: SpeedTest = {
  ...good,
  id: '2',
  at: new Date(nowMs - 600_000).toISOString(),
  outcome: 'failed',
  downloadMbps: null,
  uploadMbps: null,
  idleMs: null,
  loadedDownMs: null,
  loadedUpMs: null,
  grade: null,
  rpm: null,
  details: { ...details, failure: { reason: 'stalled', message: 'nothing came', phase: 'download' } },
};
const plain = (text: string | null) => text?.replaceAll('\u00a0', ' ');

test('a rate has two or three digits, and is a dash where none was measured', () => {
  assert.deepEqual(
    [0.94, 9.44, 94.12, 941.2, 12_340].map((mbps) => plain(rate(mbps))),
    ['0.94 Mbit/s', '9.4 Mbit/s', '94.1 Mbit/s', '941 Mbit/s', '12.3 Gbit/s'],
  );
  assert.equal(rate(null), '—');
});

test('a grade is a shape as well, responsiveness a word', () => {
  assert.deepEqual([gradeState('A+'), gradeState('C'), gradeState('F')], ['up', 'degraded', 'down']);
  assert.deepEqual([200, 999, 1000, 6000].map(rpmWord), ['poor', 'fair', 'good', 'excellent']);
  assert.equal(addedMs(null, 12), null);
  assert.equal(addedMs(11, 12), 0);
});

test('the sentence tells the rates, the worse delay, and when', () => {
  const { text, beside, state } = sentenceOf([good], null, nowMs);
  assert.equal(plain(text), '94.1 Mbit/s down and 18.8 Mbit/s up. A busy upload adds 190 ms of delay.');
  assert.equal(plain(beside), 'Measured 3 h ago with attic (Own server).');
  assert.equal(state, 'degraded');
});

test('a failed test says why, and what was measured before it', () => {
  const { text, beside, state } = sentenceOf([stalled, good], null, nowMs);
  assert.equal(
    plain(text),
    'The last speed test failed 10 min ago. No byte came for five seconds. Step: download.',
  );
  assert.match(plain(beside) ?? '', /^Before it: 94.1 Mbit\/s down/);
  assert.equal(state, 'down');
  assert.equal(failureOf(good), null);
});

test('without any test, nothing is claimed', () => {
  const { text, state } = sentenceOf([], null, nowMs);
  assert.equal(text, 'The speed of this line has not been measured yet.');
  assert.equal(state, 'unknown');
});

test('every figure of a test has a method with its facts', () => {
  const detailed = { ...good, details };
  const figures = figuresOf(detailed);
  assert.deepEqual(
    figures.map(({ name }) => name),
    [
      ...['download', 'upload', 'idle', 'loadedDown', 'loadedUp', 'grade', 'rpm', 'bytes'],
      ...['lineDown', 'meanDown', 'lossDown', 'recoveryDown'],
    ],
  );
  for (const { name } of figures) assert.ok(methodOf(name, detailed).how.length > 20, name);
  const facts = new Map(methodOf('download', detailed).facts);
  assert.equal(facts.get('Congestion control of the sender'), 'reno');
  assert.equal(facts.get('Ended because'), 'the rate stood still behind a full queue');
  assert.equal(facts.get('Server'), 'attic (attic.example:8080)');
});

test('a rate that never stood still is told as such', () => {
  const unsettled = { ...good, details: { ...details, down: { ...direction, stop: 'time' as const } } };
  assert.match(methodOf('download', unsettled).how, /never stood still/);
});

test('a run knows the delay at rest, and another test when it begins', () => {
  const progress = (phase: SpeedProgress['phase'], fraction: number, rttMs: number): SpeedProgress => ({
    at: new Date(nowMs + fraction * 10_000).toISOString(),
    line: 'main',
    engine: 'peer',
    server: null,
    phase,
    fraction,
    rttMs,
    downMbps: null,
    upMbps: null,
    bytes: 0,
  });
  const run = new SpeedRun(progress('idle', 0.1, 12));
  for (const [fraction, rttMs] of [
    [0.15, 14],
    [0.2, 13],
  ] as const)
    run.add(progress('idle', fraction, rttMs));
  run.add(progress('download', 0.4, 90));
  assert.equal(run.idleMs, 13);
  assert.equal(run.isOf(progress('upload', 0.7, 100)), true);
  assert.equal(run.isOf(progress('preflight', 0.05, 12)), false);
  assert.equal(run.isOf({ ...progress('server', 0.1, 12), engine: 'mlab' }), true);
});
