import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './selftest-judge.ts';
import type { EngineReport, Measured } from './selftest-measure.ts';
import type { PeerTruth } from './selftest-peer.ts';

const intervalMs = 20;

/** A peer that held every query 20 ms, dropped each tenth and ignored pings from 1000 to 2000. */
function truthOf(): PeerTruth {
  const heldMs = Array.from({ length: 60 }, (_, at) => (at % 10 === 9 ? null : 20));
  return { heldMs, cutMs: { from: 1005, to: 2005 } };
}

/** An engine that saw it rightly, `errorMs` too late. */
function reportOf(errorMs: number): EngineReport {
  const dns: Measured[] = truthOf().heldMs.map((held, at) => ({
    sentMonoMs: at * 50,
    outcome: held === null ? 'timeout' : 'ok',
    rttMs: held === null ? null : held + errorMs,
  }));
  const icmp: Measured[] = Array.from({ length: 150 }, (_, at) => {
    const sentMonoMs = at * intervalMs;
    const isCut = sentMonoMs >= 1005 && sentMonoMs < 2005;
    return { sentMonoMs, outcome: isCut ? 'timeout' : 'ok', rttMs: isCut ? null : 0.03 };
  });
  return { icmp, dns, isKernelStamped: true, overruns: 0 };
}

const bad = (report: EngineReport, truth = truthOf()) =>
  judge(report, truth, intervalMs)
    .filter(({ isGood }) => !isGood)
    .map(({ name }) => name);

test('an engine that saw what the peer did is good', () => {
  const rows = judge(reportOf(0.2), truthOf(), intervalMs);
  assert.deepEqual(bad(reportOf(0.2)), []);
  const delay = rows.find(({ name }) => name === 'Delay (DNS)');
  assert.ok(Math.abs((delay?.errorMs ?? 0) - 0.2) < 1e-9);
  assert.equal(rows.find(({ name }) => name === 'Start of an outage')?.errorMs, 15);
});

test('a delay that is off by more than a millisecond is bad', () => {
  assert.deepEqual(bad(reportOf(1.5)), ['Delay (DNS)']);
  assert.deepEqual(bad(reportOf(-1.5)), ['Delay (DNS)']);
});

test('a loss that was not injected, or one that was not seen, is bad', () => {
  const invented = reportOf(0);
  invented.dns[3] = { sentMonoMs: 150, outcome: 'timeout', rttMs: null };
  assert.deepEqual(bad(invented), ['Loss (DNS)']);
  const missed = reportOf(0);
  missed.dns[9] = { sentMonoMs: 450, outcome: 'ok', rttMs: 20 };
  assert.deepEqual(bad(missed), ['Loss (DNS)']);
});

test('queries that never arrived do not count as compared', () => {
  const truth = truthOf();
  truth.heldMs.splice(20);
  assert.deepEqual(bad(reportOf(0), truth), ['Loss (DNS)']);
});

test('an outage that was not seen, or seen late, is bad', () => {
  const blind = reportOf(0);
  blind.icmp = blind.icmp.map(({ sentMonoMs }) => ({ sentMonoMs, outcome: 'ok', rttMs: 0.03 }));
  assert.deepEqual(bad(blind), ['Start of an outage', 'End of an outage']);
  const late = reportOf(0);
  late.icmp = late.icmp.map((each) =>
    each.sentMonoMs < 1100 ? { ...each, outcome: 'ok', rttMs: 0.03 } : each,
  );
  assert.deepEqual(bad(late), ['Start of an outage']);
});

test('nothing measured is never good', () => {
  const empty: EngineReport = { icmp: [], dns: [], isKernelStamped: true, overruns: 0 };
  assert.deepEqual(bad(empty), [
    'Delay (DNS)',
    'Loss (DNS)',
    'Bare path (ICMP)',
    'Start of an outage',
    'End of an outage',
  ]);
});

test('a result lost inside the box is bad', () => {
  assert.deepEqual(bad({ ...reportOf(0), overruns: 1 }), ['Accounting']);
});
