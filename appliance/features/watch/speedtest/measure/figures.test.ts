import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeEngine } from '../../../../testing/fakes/engine.ts';
import { DelayProbe, figuresOf, probesMbps } from './delay-probe.ts';
import { gradeOf, worstGrade } from './grade.ts';
import { busyLimitMbps, foreignMbps, ratesBetween } from './line-counter.ts';
import { isLossy } from './loss.ts';
import { responsivenessOf, trimmedMean } from './responsiveness.ts';

test('added delay is graded at the known cuts, and the worse direction wins', () => {
  assert.deepEqual([0, 4.9, 5, 29.9, 30, 59, 60, 199, 200, 399, 400, 5000].map(gradeOf), [
    'A+',
    'A+',
    'A',
    'A',
    'B',
    'B',
    'C',
    'C',
    'D',
    'D',
    'F',
    'F',
  ]);
  assert.equal(worstGrade(['A+', 'D']), 'D');
  assert.equal(worstGrade([null, 'B']), 'B');
  assert.equal(worstGrade([null, null]), null);
});

test('responsiveness is the mean of foreign and loaded round trips a minute', () => {
  const many = (ms: number) => Array.from({ length: 40 }, () => ms);
  const trips = {
    connectMs: many(100),
    requestMs: many(200),
    loadMs: many(120),
    pingMs: many(60),
    isSettled: true,
  };
  // 60,000 / 150 = 400 and 60,000 / 120 = 500
  assert.deepEqual(responsivenessOf(trips), { rpm: 450, confidence: 'high', icmpRpm: 1000 });
  assert.equal(responsivenessOf({ ...trips, requestMs: [] })?.confidence, 'medium');
  assert.equal(responsivenessOf({ ...trips, isSettled: false })?.confidence, 'low');
  assert.deepEqual(responsivenessOf({ ...trips, connectMs: [], requestMs: [], pingMs: [] }), {
    rpm: 500,
    confidence: 'low',
    icmpRpm: null,
  });
  assert.equal(
    responsivenessOf({ connectMs: [], requestMs: [], loadMs: [], pingMs: [5], isSettled: true }),
    null,
  );
  assert.equal(trimmedMean([...Array.from({ length: 19 }, () => 10), 1000]), 10);
});

test('loss with an empty queue is a bad line, loss of an overflow is not', () => {
  const samples = Array.from({ length: 60 }, (_, at) => ({
    monoMs: at * 50,
    bytes: at * 1e5,
    ownBytes: 0,
    streams: 1,
    rttUs: 0,
    heldBackRatio: 0,
    generatorBusyRatio: 0,
    retransmits: Math.floor(at / 10),
  }));
  const delays = (rtt: (ms: number) => number) =>
    Array.from({ length: 150 }, (_, at) => ({ sentMonoMs: at * 20, rttMs: rtt(at * 20) }));
  const sawtooth = (top: number) => delays((ms) => 20 + ((ms % 500) / 500) * top);
  assert.equal(isLossy({ samples, remotes: [] }, sawtooth(200), 20), false, 'repeats at the top of the saw');
  assert.equal(
    isLossy(
      { samples, remotes: [] },
      delays((ms) => (ms > 1100 && ms < 1300 ? 200 : 21)),
      20,
    ),
    true,
  );
  const none = samples.map((sample) => ({ ...sample, retransmits: 0 }));
  assert.equal(
    isLossy(
      { samples: none, remotes: [] },
      delays(() => 20),
      20,
    ),
    false,
  );
});

test('what others use is what our own bytes, headers and acknowledgements do not explain', () => {
  assert.equal(foreignMbps({ downMbps: 100, upMbps: 2 }, { downMbps: 95.6, upMbps: 0 }), 0);
  assert.ok(foreignMbps({ downMbps: 100, upMbps: 2 }, { downMbps: 80, upMbps: 0 }) > 5);
  assert.ok(foreignMbps({ downMbps: 5, upMbps: 20 }, { downMbps: 0, upMbps: 19 }) > 2);
  assert.equal(busyLimitMbps(null), 1);
  assert.equal(busyLimitMbps(100), 3);
});

test('counters of 32 bits may wrap between two readings', () => {
  const rates = ratesBetween(
    { monoMs: 0, rxBytes: 2 ** 32 - 1000, txBytes: 0 },
    { monoMs: 1000, rxBytes: 124_000, txBytes: 125_000 },
  );
  assert.deepEqual(rates, { downMbps: 1, upMbps: 1 });
});

test('round-trip times come from our own probes alone, and what was lost is counted', () => {
  const engine = new FakeEngine();
  const server = { address: '192.0.2.1', family: 'ipv4', port: 80, tcpProbeMs: 20 } as const;
  const probe = new DelayProbe(engine, server, 'eth0');
  const [ping, connect] = [...engine.targets.keys()];
  assert.ok(ping !== undefined && connect !== undefined);
  assert.deepEqual(
    [...engine.targets.values()].map(({ kind, intervalMs, interfaceName }) => [
      kind,
      intervalMs,
      interfaceName,
    ]),
    [
      ['icmp', 20, 'eth0'],
      ['tcp', 20, 'eth0'],
    ],
  );
  engine.deliver(
    { handle: 999, seq: 0, sentMonoMs: 0, outcome: 'ok', rttUs: 1 },
    { handle: ping, seq: 0, sentMonoMs: 0, outcome: 'ok', rttUs: 10_000 },
    { handle: ping, seq: 1, sentMonoMs: 20, outcome: 'timeout' },
    { handle: ping, seq: 1, sentMonoMs: 20, outcome: 'late', rttUs: 9 },
    { handle: ping, seq: 2, sentMonoMs: 40, outcome: 'ok', rttUs: 30_000 },
    { handle: connect, seq: 0, sentMonoMs: 5, outcome: 'refused', rttUs: 12_000 },
  );
  const icmp = probe.figures('icmp', 0, 100);
  assert.deepEqual([icmp?.count, icmp?.lost, icmp?.p50Ms, icmp?.maxMs], [3, 1, 20, 30]);
  assert.equal(probe.figures('tcp', 0, 100)?.p50Ms, 12);
  assert.equal(probe.figures('tcp', 50, 100), null);
  assert.equal(probe.nowMs(), 30);
  probe.stop();
  assert.equal(engine.targets.size, 0);
  assert.equal(figuresOf([{ sentMonoMs: 1, rttMs: Number.NaN }], 0, 2)?.p50Ms, null);
});

test('probes that share the line are counted in', () => {
  assert.ok(probesMbps('up', 20) > 0.1 && probesMbps('up', 20) < 0.2);
  assert.ok(probesMbps('up', 200) < probesMbps('up', 20));
});
