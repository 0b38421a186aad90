import assert from 'node:assert/strict';
import { test } from 'node:test';
import Value from 'typebox/value';
import { systemClock } from '../../../core/clock.ts';
import { fakeContext } from '../../../testing/fakes/context.ts';
import { knownTimeline } from '../../../testing/fakes/known-timeline.ts';
import type { SpeedPorts } from '../../watch/speedtest/engine.ts';
import { runSpeedTest } from '../../watch/speedtest/measure/run.ts';
import { SpeedTestResult } from '../../watch/speedtest/schema.ts';
import { planYear } from './happenings.ts';
import { LineModel } from './line-model.ts';
import { speedAt } from './line-speed.ts';
import { demoServer, pastSpeedTests } from './past-speed.ts';
import { SimulatedEngine } from './simulated-engine.ts';
import { createSimulatedLink, createSimulatedNames } from './simulated-link.ts';
import { SimulatedLoad } from './simulated-load.ts';
import { createSimulatedNetwork, type RealTools } from './simulated-network.ts';

const nowMs = Date.UTC(2026, 10, 22, 12);
const yearOf = (days: number) => new LineModel(7, planYear(7, nowMs, days), 'Europe/Berlin');

test('a year of tests is four a day, each of the shape that real ones have, with failures and full ones among them', () => {
  const model = yearOf(365);
  const tests = pastSpeedTests(model, 'main');
  for (const one of tests) assert.ok(Value.Check(SpeedTestResult, one));
  assert.ok(tests.length > 365 * 3 && tests.length < 365 * 5, `${tests.length}`);
  const count = (outcome: string) => tests.filter((one) => one.outcome === outcome).length;
  assert.ok(count('ok') > tests.length * 0.85);
  assert.ok(count('failed') > 5 && count('busy') > 5, `${count('failed')} failed, ${count('busy')} busy`);
  for (const { outcome, downloadMbps, uploadMbps } of tests)
    if (outcome !== 'ok') assert.deepEqual([downloadMbps, uploadMbps], [null, null]);
  const full = tests.filter(({ outcome, details }) => outcome === 'ok' && details.kind === 'full').length;
  assert.ok(full >= 45 && full <= 53, `${full} full tests`);
  assert.equal(tests.filter(({ details }) => details.reason === 'burst').length, 3);
  const times = tests.map(({ at }) => Date.parse(at));
  assert.deepEqual(
    times,
    [...times].sort((one, other) => one - other),
  );
  assert.ok(times.every((atMs) => atMs >= model.plan.startedAtMs && atMs < nowMs));
});

test('past tests agree with the line: its provider, its outages and its power cuts', () => {
  const model = yearOf(365);
  for (const one of pastSpeedTests(model, 'main')) {
    const atMs = Date.parse(one.at);
    const kinds = model.happeningsAt(atMs).map(({ kind }) => kind);
    assert.ok(!kinds.includes('power'), 'a box without power tests nothing');
    if (one.outcome !== 'ok') continue;
    assert.ok(!kinds.includes('access') && !kinds.includes('upstream'));
    const { downMbps, upMbps } = speedAt(model, atMs);
    assert.ok(Math.abs((one.downloadMbps ?? 0) / downMbps - 1) < 0.05, `${one.downloadMbps} of ${downMbps}`);
    assert.ok(Math.abs((one.uploadMbps ?? 0) / upMbps - 1) < 0.05);
    const isOld = atMs < model.plan.providerChangedAtMs;
    assert.equal(one.grade, isOld ? 'D' : 'B');
  }
});

test('a test of the demo is measured by the real run over the simulated line', {
  timeout: 60_000,
}, async (t) => {
  const clock = systemClock;
  const model = new LineModel(7, planYear(7, clock.wallMs(), 2), 'Etc/UTC');
  const load = new SimulatedLoad(clock, model, clock.wallMs() - clock.monoMs());
  const real = { trace: assert.fail, pathMtu: assert.fail, suspendedMs: () => 0, bootId: () => '' };
  const net = createSimulatedNetwork(clock, model, real as unknown as RealTools, load.wire); // none is asked
  const engine = new SimulatedEngine(clock, model);
  await engine.start();
  t.after(() => engine.stop());
  const { calls, config, log } = fakeContext();
  const ports: SpeedPorts = {
    clock,
    log,
    engine,
    net,
    load,
    calls,
    config,
    timeline: knownTimeline(clock),
    link: createSimulatedLink(),
    names: createSimulatedNames(),
  };
  const plan = {
    line: 'main',
    interfaceName: null,
    gateway: null,
    family: null,
    kind: 'quick' as const,
    reason: 'asked',
    maxBytes: 2e9,
    last: null,
    isForced: true,
    maxTestMbps: null,
    choices: [{ engine: 'peer' as const, server: demoServer.url, name: demoServer.name, isInside: true }],
  };
  const result = await runSpeedTest(ports, plan, new AbortController().signal, () => undefined);
  const truth = speedAt(model, Date.parse(result.at));
  t.diagnostic(
    `${result.downloadMbps} / ${result.uploadMbps} of ${truth.downMbps} / ${truth.upMbps} Mbit/s, ${result.idleMs}, ` +
      `${result.loadedDownMs}, ${result.loadedUpMs} ms, ${result.grade}, ${result.bytes} bytes, ${result.flags}`,
  );
  assert.equal(result.outcome, 'ok', result.details.failure?.message ?? '');
  assert.equal(result.server, demoServer.name);
  assert.ok(Math.abs((result.downloadMbps ?? 0) / truth.downMbps - 1) < 0.1);
  assert.ok(Math.abs((result.uploadMbps ?? 0) / truth.upMbps - 1) < 0.1);
  assert.ok((result.loadedUpMs ?? 0) > (result.idleMs ?? 0) + truth.queue.upMs * 0.7);
});
