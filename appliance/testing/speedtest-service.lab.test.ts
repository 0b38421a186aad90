/** Speed tests as a household has them: two boxes, a line of known rate between them, and what goes wrong on it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import Value from 'typebox/value';
import type { AppError } from '../core/errors.ts';
import { type SpeedPlanReport, SpeedTest, type SpeedTestList } from '../features/watch/speedtest/schema.ts';
import { launch, type RunningService } from './lab/service.ts';
import { goodputMbps, ShapedLine, shapedHosts } from './lab/shaped-line.ts';

const skip = ShapedLine.unavailable() ?? false;
const root = path.resolve(import.meta.dirname, '../..');
const url = `http://${shapedHosts.server}:8080`;
const rate = { downMbps: 20, upMbps: 10, bufferMs: 100 };
const targets = [{ name: 'Server', host: shapedHosts.server }];
let line: ShapedLine;
let folder: string;
let server: RunningService;
let box: RunningService;

const start = (node: 'client' | 'server', name: string, speedtest: Record<string, unknown> = {}) =>
  launch((argv) => line.spawn(node, argv), path.join(folder, name), {
    config: {
      targets,
      link: { findDevices: false },
      httpCheck: { urls: [] },
      speedtest: { schedule: 'off', ...speedtest },
    },
  });

before(async () => {
  if (skip) return;
  folder = await mkdtemp(path.join(tmpdir(), 'ist-speed-'));
  line = await ShapedLine.up({ name: 'spdsvc' });
  await line.shape(rate);
  server = await start('server', 'server');
  box = await start('client', 'box');
});
after(async () => {
  if (skip) return;
  await box.stop();
  await server.stop();
  await line.down();
  await rm(folder, { recursive: true });
});

/** `ist speedtest …` beside the running box. */
const ist = async (...argv: string[]) => {
  const program = ['sh', path.join(root, 'appliance/node.sh'), path.join(root, 'appliance/cli.ts')];
  const data = [`IST_DATA=${box.dataFolder}`];
  return line.exec('client', ['env', ...data, ...program, 'speedtest', ...argv], { timeoutMs: 90_000 });
};

const ask = (body: object = {}) =>
  box.client.send<SpeedTest>('POST', '/api/test-now', { engine: 'peer', server: url, ...body });

/** The plan of the one line. */
const planned = () =>
  box.until('the line has a plan', 10_000, async () => {
    const { lines } = await box.get<SpeedPlanReport>('/api/speedtest/plan');
    return lines[0] ?? null;
  });

/** Resolves when a test that runs is at this phase. */
const atPhase = (phase: string) =>
  box.until(`a test is at its ${phase}`, 20_000, async () => {
    const { running } = await box.get<SpeedPlanReport>('/api/speedtest/plan');
    return running?.phase === phase ? running : null;
  });

const newest = async () =>
  (await box.get<SpeedTestList>('/api/speedtests?details=true&limit=1')).speedtests[0];

test('a box without any configuration measures against another one, and the verb prints one element', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const { code, stdout, stderr } = await ist('--engine', 'peer', '--server', url, '--json');
  assert.equal(code, 0, stderr + stdout);
  const done = JSON.parse(stdout);
  assert.ok(Value.Check(SpeedTest, done), JSON.stringify([...Value.Errors(SpeedTest, done)][0]));
  t.diagnostic(
    `${done.downloadMbps} / ${done.uploadMbps} Mbit/s, ${done.bytes} bytes, ${done.details?.seconds} s`,
  );
  // How near is the matter of the tests of the measurement; here it must be this line and no other.
  assert.ok(
    Math.abs((done.downloadMbps ?? 0) / goodputMbps(rate.downMbps) - 1) < 0.1,
    `${done.downloadMbps}`,
  );
  assert.ok(Math.abs((done.uploadMbps ?? 0) / goodputMbps(rate.upMbps) - 1) < 0.1, `${done.uploadMbps}`);
  const { details: _, ...listed } = (await newest()) ?? assert.fail('the history is empty');
  const { details: __, ...printed } = done;
  assert.deepEqual(listed, printed);
  assert.equal((await planned()).budget.spentBytes, done.bytes);
});

test('a second test at the same time is refused, and the first one is not disturbed', {
  skip,
  timeout: 120_000,
}, async () => {
  const first = ask();
  await atPhase('download');
  await assert.rejects(ask(), (error: AppError) => error.code === 'SPEEDTEST_BUSY' && error.status === 409);
  assert.equal((await first).outcome, 'ok');
});

test('a line that goes down in the middle gives a failure with its reason and no number', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const running = ist('--engine', 'peer', '--server', url, '--json');
  await atPhase('download');
  await line.exec('router', ['ip', 'link', 'set', 'rs', 'down']);
  const { code, stdout } = await running;
  await line.exec('router', ['ip', 'link', 'set', 'rs', 'up']);
  assert.equal(code, 1);
  const done = JSON.parse(stdout);
  assert.ok(Value.Check(SpeedTest, done));
  t.diagnostic(`${done.details?.failure?.reason}: ${done.details?.failure?.message}`);
  assert.deepEqual([done.outcome, done.downloadMbps, done.uploadMbps], ['failed', null, null]);
  assert.ok((done.details?.seconds ?? 99) < 25);
  assert.equal((await newest())?.outcome, 'failed');
});

test('a test is stopped by hand within a second, and what it sent is charged', {
  skip,
  timeout: 120_000,
}, async () => {
  const before = (await planned()).budget.spentBytes;
  const running = assert.rejects(ask(), (error: AppError) => error.code === 'SPEEDTEST_FAILED');
  await atPhase('download');
  const fromMs = performance.now();
  assert.deepEqual(await box.client.send('DELETE', '/api/test-now'), { isStopped: true });
  await running;
  assert.ok(performance.now() - fromMs < 2000);
  const last = await newest();
  assert.deepEqual([last?.outcome, last?.details?.failure?.reason], ['aborted', 'cancelled']);
  assert.equal((await planned()).budget.spentBytes - before, last?.bytes);
});

test('a busy line puts a test of the schedule off: nothing is sent, nothing is charged', {
  skip,
  timeout: 240_000,
}, async () => {
  await box.stop();
  // Own times meet the busy line as random ones do, and one comes each minute.
  const flood = line.spawn('client', [
    process.execPath,
    '-e',
    `const s=require('node:dgram').createSocket('udp4'),b=Buffer.alloc(1250);
     setInterval(()=>{for(let i=0;i<5;i++)s.send(b,9,'${shapedHosts.server}')},10)`, // 5 Mbit/s
  ]);
  box = await start('client', 'busy', { schedule: '* * * * *', servers: [{ url, isInside: true }] });
  await box.until('the test has been put off', 150_000, async () => {
    const plan = await planned();
    return plan.next?.heldBy === 'busy' ? plan : null;
  });
  flood.kill();
  const { spentBytes } = (await planned()).budget;
  assert.ok(spentBytes < 200_000, `${spentBytes}`);
  assert.deepEqual((await box.get<SpeedTestList>('/api/speedtests')).speedtests, []);
});

test('a budget that a killed test has used up stays used up', { skip, timeout: 180_000 }, async () => {
  await box.stop();
  const small = { monthlyBudgetGb: 0.06 };
  box = await start('client', 'small', small);
  const running = ask().catch(() => undefined);
  await atPhase('download');
  await box.kill();
  await running;
  box = await start('client', 'small', small);
  const { spentBytes, isExhausted } = (await planned()).budget;
  assert.deepEqual([spentBytes, isExhausted], [60_000_000, true]);
  await assert.rejects(ask(), (error: AppError) => error.code === 'SPEEDTEST_BUDGET');
});

test('a metered line is asked for a few MB', { skip, timeout: 120_000 }, async (t) => {
  await box.stop();
  box = await start('client', 'metered', { lines: [{ line: 'main', isMetered: true }] });
  const done = await ask();
  t.diagnostic(`${done.downloadMbps} / ${done.uploadMbps} Mbit/s from ${done.bytes} bytes`);
  assert.equal(done.details?.kind, 'estimate');
  assert.ok(done.bytes <= 13_000_000, `${done.bytes}`);
});

test('a server that dies in the middle gives a failure with its reason', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const running = ask({ kind: 'full' }).catch((error: AppError) => error);
  await atPhase('download');
  await server.kill();
  const error = await running;
  assert.ok('code' in error && error.code === 'SPEEDTEST_FAILED');
  const { test: failed } = error.details as { test: SpeedTest };
  t.diagnostic(`${failed.details?.failure?.reason}: ${failed.details?.failure?.message}`);
  assert.deepEqual([failed.outcome, failed.downloadMbps, failed.uploadMbps], ['failed', null, null]);
});
