import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EvidenceNode, Outage } from '../../../appliance/features/judge/outage/schema.ts';
import type { Capture } from '../../../appliance/features/watch/black-box/schema.ts';
import type { NameAnswer } from '../../../appliance/features/watch/dns/schema.ts';
import type { Target } from '../../../appliance/features/watch/latency/schema.ts';
import { mainOutage, momentPaths, stateOf } from './moment-path.ts';
import type { PathStation } from './path.ts';

const startMs = Date.parse('2026-11-22T12:00:00.000Z');
const iso = (seconds: number) => new Date(startMs + seconds * 1000).toISOString();

const node = (
  segment: EvidenceNode['segment'],
  lost: number,
  extra: Partial<EvidenceNode> = {},
): EvidenceNode => ({
  target: `${segment}-ipv4`,
  name: segment,
  address: null,
  segment,
  family: 'ipv4',
  sent: 20,
  lost,
  rttMs: lost === 20 ? null : 10,
  baselineMs: 10,
  lastAnswerAt: null,
  isUsed: true,
  ...extra,
});

const outage = (extra: Partial<Outage> = {}): Outage => ({
  id: 7,
  line: 'main',
  family: 'ipv4',
  kind: 'outage',
  symptom: 'no-answer',
  verdict: 'access',
  candidates: ['access'],
  confidence: 1,
  severity: 'high',
  startedAt: iso(0),
  endedAt: iso(60),
  durationSeconds: 60,
  announcedAt: iso(1),
  decidedAt: iso(3),
  endedBy: 'recovery',
  target: null,
  text: '',
  evidence: {
    rule: '',
    because: [],
    segment: 'access',
    cause: null,
    nodes: [node('gateway', 0), node('isp', 20), node('anchor', 20)],
    facts: [],
    phases: [],
  },
  ...extra,
});

/** One exchange a second from a minute before to half a minute after; lost while `isLost`. */
function capture(isLost: (second: number) => boolean): Capture {
  const seconds = Array.from({ length: 150 }, (_, index) => index - 60);
  return {
    id: 1,
    key: 'outage-7',
    line: 'main',
    startedAt: iso(-60),
    endedAt: iso(90),
    series: ['gateway-ipv4', 'isp-ipv4', 'anchor-ipv4'].map((target) => ({
      target,
      offsetsMs: seconds.map((second) => (second + 60) * 1000),
      rttMs: seconds.map((second) => (target !== 'gateway-ipv4' && isLost(second) ? null : 12)),
    })),
  };
}

const states = (path: readonly PathStation[] | null | undefined) =>
  path?.map(({ segment, state }) => `${segment} ${state}`);

test('the strip shows where it broke, and that it had worked and works again', () => {
  const paths = momentPaths(
    {
      outages: [outage()],
      captures: [capture((second) => second >= 0 && second <= 60)],
      names: [],
    },
    [],
  );
  const whole = ['you up', 'gateway up', 'isp up', 'anchor up', 'resolver unknown'];
  assert.deepEqual(states(paths?.before), whole);
  assert.deepEqual(states(paths?.during), [
    'you up',
    'gateway up',
    'isp down',
    'anchor down',
    'resolver unknown',
  ]);
  assert.deepEqual(states(paths?.after), whole);
  assert.equal(paths?.before?.[2]?.main?.rttMs, 12);
});

test('without kept exchanges the usual times stand for before, and nothing for after', () => {
  const paths = momentPaths({ outages: [outage()], captures: [], names: [] }, []);
  assert.equal(paths?.before?.[2]?.main?.rttMs, 10);
  assert.equal(paths?.after, null);
});

test('while it lasts there is no after', () => {
  const paths = momentPaths(
    {
      outages: [outage({ endedAt: null })],
      captures: [capture((second) => second >= 0)],
      names: [],
    },
    [],
  );
  assert.equal(paths?.after, null);
});

test('a target that never answers says nothing', () => {
  const evidence = { ...outage().evidence, nodes: [node('isp', 20, { isUsed: false }), node('anchor', 0)] };
  const paths = momentPaths({ outages: [outage({ evidence })], captures: [], names: [] }, []);
  assert.deepEqual(states(paths?.during)?.slice(2, 4), ['isp unknown', 'anchor up']);
});

test('one silent anchor of several impairs the station and does not end the Internet', () => {
  const nodes = [node('anchor', 20), node('anchor', 0, { target: 'other' })];
  const paths = momentPaths(
    {
      outages: [outage({ evidence: { ...outage().evidence, nodes } })],
      captures: [],
      names: [],
    },
    [],
  );
  assert.equal(paths?.during[3]?.state, 'degraded');
  assert.equal(paths?.during[3]?.main?.lossRatio, 0.5);
});

test('names are judged by the questions asked while it lasted, not by the controls', () => {
  const ask = (role: NameAnswer['role'], outcome: NameAnswer['outcome'], second: number): NameAnswer => ({
    server: role,
    line: 'main',
    role,
    at: iso(second),
    name: 'example.com',
    type: 'A',
    outcome,
    rttMs: outcome === 'answer' ? 9 : null,
    answers: [],
    reason: null,
  });
  const names = [ask('router', 'timeout', 5), ask('control', 'answer', 6), ask('router', 'answer', 300)];
  const paths = momentPaths({ outages: [outage({ verdict: 'dns' })], captures: [], names }, []);
  assert.equal(paths?.during[4]?.state, 'down');
});

test('what was kept of a resolver outside the evidence tells how names did', () => {
  const kept = capture((second) => second >= 0 && second <= 60);
  const target: Target = {
    id: 'resolver-x',
    name: 'Resolver',
    host: 'x',
    address: 'x',
    segment: 'resolver',
    line: 'main',
    family: 'ipv4',
    method: 'dns',
    intervalMs: 10_000,
  };
  const series = kept.series.find((one) => one.target === 'isp-ipv4');
  assert.ok(series);
  const captures = [{ ...kept, series: [...kept.series, { ...series, target: 'resolver-x' }] }];
  const paths = momentPaths({ outages: [outage()], captures, names: [] }, [target]);
  const names = [paths?.before, paths?.during, paths?.after].map((path) => path?.[4]?.state);
  assert.deepEqual(names, ['up', 'down', 'up']);
});

test('the box itself was down only where that is the verdict', () => {
  const paths = momentPaths({ outages: [outage({ verdict: 'device' })], captures: [], names: [] }, []);
  assert.equal(paths?.during[0]?.state, 'down');
  assert.equal(paths?.before?.[0]?.state, 'up');
});

test('states follow loss and slowness', () => {
  const seen = { segment: 'anchor', family: 'ipv4', sent: 100, lost: 0, rttMs: 10, usualMs: 10 } as const;
  assert.equal(stateOf(seen), 'up');
  assert.equal(stateOf({ ...seen, lost: 2 }), 'up');
  assert.equal(stateOf({ ...seen, lost: 6 }), 'degraded');
  assert.equal(stateOf({ ...seen, sent: 30, lost: 2 }), 'up');
  assert.equal(stateOf({ ...seen, sent: 5, lost: 1 }), 'degraded');
  assert.equal(stateOf({ ...seen, rttMs: 80 }), 'degraded');
  assert.equal(stateOf({ ...seen, lost: 95 }), 'down');
  assert.equal(stateOf({ ...seen, sent: 0 }), 'unknown');
});

test('an outage speaks for an incident before a longer degradation', () => {
  const long = outage({ id: 1, kind: 'degradation', durationSeconds: 9000 });
  assert.equal(mainOutage([long, outage({ id: 2 }), outage({ id: 3, durationSeconds: 90 })])?.id, 3);
  assert.equal(mainOutage([]), null);
});
