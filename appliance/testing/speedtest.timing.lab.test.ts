/** Speed tests on lines of known rate and queue: what they measure, what they leave alone, and how they end. */
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { SpeedTest } from '../features/watch/speedtest/schema.ts';
import type { Ndt7Said } from './lab/ndt7-client.ts';
import { finish, hasProgram } from './lab/processes.ts';
import { buildService, type RunningService, startServiceHere } from './lab/service.ts';
import { goodputMbps, ShapedLine, type ShapedNode, shapedHosts } from './lab/shaped-line.ts';
import type { SpeedReport, SpeedTask } from './lab/speed-child.ts';

const skip = ShapedLine.unavailable() ?? false;
const node = ['sh', path.resolve(import.meta.dirname, '../node.sh')];
const child = (name: string) => path.join(import.meta.dirname, 'lab', name);
const server = `http://${shapedHosts.server}:8080`;
const mine = { engine: 'peer', server } as const;
let line: ShapedLine;

before(async () => {
  if (skip) return;
  await buildService();
  line = await ShapedLine.up({ name: `s${process.pid.toString(36)}` });
  const serving = line.spawn('server', [...node, child('load-child.ts'), 'serve', '8080'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((ready) => serving.stdout?.once('data', ready));
});
after(async () => {
  if (!skip) await line.down();
});

async function measure(task: SpeedTask): Promise<SpeedReport> {
  const argv = [...node, child('speed-child.ts'), JSON.stringify(task)];
  const { code, stdout, stderr } = await line.exec('client', argv, { timeoutMs: 60_000 });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as SpeedReport; // written by speed-child.ts
}

const near = (what: string, value: number | null, truth: number, share: number) =>
  assert.ok(value !== null && Math.abs(value / truth - 1) <= share, `${what}: ${value} of ${truth}`);

test('a line of 100/20 Mbit/s behind 300 ms is measured in two seconds each way, with its queue', {
  skip,
}, async () => {
  await line.shape({ downMbps: 100, upMbps: 20, bufferMs: 300 });
  const { result } = await measure({ plan: { choices: [mine] } });
  assert.equal(result.outcome, 'ok');
  near('down', result.downloadMbps, goodputMbps(100), 0.03);
  near('up', result.uploadMbps, goodputMbps(20), 0.03);
  near('the queue upwards', result.details.up?.icmp?.maxMs ?? null, 300, 0.1);
  assert.equal(result.grade, 'D');
  assert.ok(result.bytes < 65e6, `${result.bytes} bytes`);
  assert.ok((result.idleMs ?? 9) < 1);
  assert.equal(result.details.up?.congestionControl, 'reno');
});

test('nothing is sent on a line that somebody uses', { skip: skip || !hasProgram('iperf3') }, async () => {
  await line.shape({ downMbps: 20, upMbps: 20, bufferMs: 100 });
  await using _traffic = traffic('client', ['-u', '-b', '5M', '-t', '12']);
  const { result } = await measure({
    plan: { choices: [mine], last: { downMbps: 19, upMbps: 19, burstRatio: null } },
  });
  assert.deepEqual([result.outcome, result.flags], ['busy', ['busy']]);
  assert.ok(result.bytes === 0, `${result.bytes} bytes of load`);
  near('what was seen', result.details.busy?.upMbps ?? null, 5, 0.2);
});

test('a test gives way within a second to somebody who begins to use the line', {
  skip: skip || !hasProgram('iperf3'),
}, async () => {
  await line.shape({ downMbps: 50, upMbps: 50, bufferMs: 100 });
  const running = measure({ plan: { choices: [mine], kind: 'full' } });
  await pause(6500);
  await using _traffic = traffic('client', ['-u', '-b', '10M', '-t', '8']);
  const startedMs = performance.now();
  const { result } = await running;
  assert.ok(performance.now() - startedMs < 2500, 'with the start of iperf3 and the end of the process');
  assert.deepEqual([result.outcome, result.details.failure?.reason], ['aborted', 'line-wanted']);
  assert.deepEqual([result.downloadMbps, result.uploadMbps], [null, null]);
});

test('servers that fail are passed over with their reasons, and the next one measures', {
  skip,
}, async () => {
  await line.shape({ downMbps: 50, upMbps: 50, bufferMs: 50 });
  const { result, elapsedMs } = await measure({
    plan: {
      choices: [
        { engine: 'mlab', server: null },
        { engine: 'peer', server: `http://${shapedHosts.server}:9` },
        { engine: 'peer', server: `https://${shapedHosts.server}:8080` },
        mine,
      ],
    },
  });
  assert.equal(result.outcome, 'ok');
  assert.deepEqual(
    result.details.passedOver.map(({ engine, failure }) => [engine, failure.reason]),
    [
      ['mlab', 'no-consent'],
      ['peer', 'refused'],
      ['peer', 'tls'],
    ],
  );
  assert.ok(elapsedMs < 25_000);
});

test('a full run tells what comes first from what lasts, and later quick tests say so', {
  skip,
}, async () => {
  await line.shape({ downMbps: 100, upMbps: 50, bufferMs: 100 });
  const running = measure({ plan: { choices: [mine], kind: 'full' } });
  await pause(8500); // three seconds for the look at the line, four of the load
  await line.shapeDown(50, 100);
  const { result } = await running;
  near('first', result.details.down?.capacityMbps ?? null, goodputMbps(100), 0.03);
  near('lasting', result.details.down?.sustainedMbps ?? null, goodputMbps(50), 0.03);
  assert.ok(result.flags.includes('burst'));
});

test('the official ndt7 client measures this side right', { skip }, async () => {
  await line.shape({ downMbps: 50, upMbps: 20, bufferMs: 100 });
  const argv = [...node, child('ndt7-client.ts'), `${shapedHosts.server}:8080`];
  const { code, stdout, stderr } = await line.exec('client', argv, { timeoutMs: 60_000 });
  assert.equal(code, 0, stderr);
  const said = JSON.parse(stdout) as Ndt7Said; // written by ndt7-client.ts
  assert.deepEqual([said.code, said.errors], [0, []]);
  near('down', said.downMbps, goodputMbps(50), 0.03);
  near('up', said.upServerMbps, goodputMbps(20), 0.03);
});

test('one appliance measures with another, through the command line', { skip }, async () => {
  await line.shape({ downMbps: 50, upMbps: 20, bufferMs: 50 });
  await using peer = await service('server');
  await using client = await service('client');
  const argv = [...node, path.resolve(import.meta.dirname, '../cli.ts'), 'speedtest', '--json'];
  const words = ['--engine', 'peer', '--server', `http://${shapedHosts.server}:8181`];
  const { code, stdout, stderr } = await finish(['env', `IST_DATA=${client.dataFolder}`, ...argv, ...words]);
  assert.equal(code, 0, stderr + client.output + peer.output);
  const result = JSON.parse(stdout) as SpeedTest; // the shape of the API
  assert.equal(result.outcome, 'ok');
  near('down', result.downloadMbps, goodputMbps(50), 0.03);
  near('up', result.uploadMbps, goodputMbps(20), 0.03);
  const { speedtests } = await client.get<{ speedtests: SpeedTest[] }>('/api/speedtests');
  assert.deepEqual(
    speedtests.map(({ id }) => id),
    [result.id],
  );
});

async function service(where: ShapedNode): Promise<RunningService> {
  return await startServiceHere(await mkdtemp(path.join(tmpdir(), 'ist-speed-')), {
    prefix: ['ip', 'netns', 'exec', line.namespace(where)],
    config: { http: { port: 8181 }, targets: [] },
  });
}

/** Somebody else on the line, until the end of the scope. */
function traffic(from: ShapedNode, words: readonly string[]): AsyncDisposable {
  const sink = line.spawn('server', ['iperf3', '-s', '-1', '-p', '5299'], { stdio: 'ignore' });
  const source = line.spawn(
    from,
    ['sh', '-c', `sleep 0.2; exec iperf3 -c ${shapedHosts.server} -p 5299 ${words.join(' ')}`],
    { stdio: 'ignore' },
  );
  return {
    async [Symbol.asyncDispose]() {
      source.kill();
      sink.kill();
    },
  };
}
