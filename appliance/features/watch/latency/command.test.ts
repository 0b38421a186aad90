import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceClient } from '../../../core/feature.ts';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import { latencyCommands } from './command.ts';
import { readDuration } from './history-command.ts';
import { historyChart, historyTable } from './history-view.ts';
import type { PingResult } from './ping-route.ts';
import type { LatencyPoint, LatencySeries, Target } from './schema.ts';

const { draw } = createRecordingTerminal();

const targets: Target[] = [
  {
    id: 'gateway-ipv4',
    name: 'Router',
    host: '192.168.1.1',
    address: '192.168.1.1',
    segment: 'gateway',
    line: 'main',
    family: 'ipv4',
    method: 'icmp-raw',
    intervalMs: 1000,
  },
  {
    id: 'quad9-ipv4',
    name: 'Quad9',
    host: '9.9.9.9',
    address: '9.9.9.9',
    segment: 'anchor',
    line: 'main',
    family: 'ipv4',
    method: 'icmp-raw',
    intervalMs: 1000,
  },
  {
    id: 'own-ipv4',
    name: 'Office',
    host: 'office.test',
    address: null,
    segment: 'custom',
    line: 'main',
    family: 'ipv4',
    method: 'tcp',
    intervalMs: 500,
  },
];

interface Asked {
  method: string;
  path: string;
  body?: unknown;
}

/** A service with three targets; what else it answers is the test's. */
async function run(
  name: string,
  {
    words = [],
    options = {},
    isJson = false,
    answer = () => undefined,
  }: {
    words?: string[];
    options?: Record<string, string | boolean>;
    isJson?: boolean;
    answer?: (asked: Asked) => unknown;
  } = {},
) {
  const asked: Asked[] = [];
  const reply = (question: Asked) => {
    asked.push(question);
    return question.path === '/api/targets' ? { targets } : answer(question);
  };
  const client = {
    get: async (path: string) => reply({ method: 'GET', path }),
    send: async (method: string, path: string, body: unknown) => reply({ method, path, body }),
  } as unknown as ServiceClient; // what these verbs use of it
  const terminal = createRecordingTerminal({ isJson });
  const command = latencyCommands.find((each) => each.name === name);
  assert.ok(command);
  const signal = new AbortController().signal;
  const code = await command.run({ arguments: words, options, client, terminal, signal });
  return { code, output: terminal.output, asked };
}

function pingResult(more: Partial<PingResult> = {}): PingResult {
  const probe = { outcome: 'ok', rttMs: 12.5, ttl: 57, from: '9.9.9.9', errno: 0 };
  return {
    host: '9.9.9.9',
    address: '9.9.9.9',
    family: 'ipv4',
    method: 'icmp-raw',
    probes: [probe],
    count: 1,
    lost: 0,
    minMs: 12.5,
    meanMs: 12.5,
    maxMs: 12.5,
    ...more,
  };
}

const lostProbe = { outcome: 'timeout', rttMs: null, ttl: 0, from: '', errno: 0 };

test('targets are a table with the part of the path each stands for', async () => {
  const { output, code } = await run('targets');
  assert.equal(code, 0);
  assert.match(output, /^gateway-ipv4 +Router +192\.168\.1\.1 +router +main +icmp-raw +1 s$/m);
  assert.match(output, /office\.test \(no a/);
  assert.deepEqual(JSON.parse((await run('targets', { isJson: true })).output), { targets });
});

test('ping means a target by name and asks for its address', async () => {
  const { output, asked, code } = await run('ping', {
    words: ['quad9'],
    options: { count: '1' },
    answer: () => pingResult(),
  });
  assert.equal(code, 0);
  assert.deepEqual(asked.at(-1), { method: 'POST', path: '/api/ping', body: { host: '9.9.9.9' } });
  assert.match(
    output,
    /quad9 is 9\.9\.9\.9, by icmp-raw\n1 {2}12\.500 ms {2}ttl 57\n1 sent, 1 answered, 0 % lost; min 12\.5/,
  );
});

test('ping of any other host passes it on, with family and size', async () => {
  const options = { count: '1', ipv6: true, size: '100' };
  const { asked } = await run('ping', { words: ['example.test'], options, answer: () => pingResult() });
  assert.deepEqual(asked.at(-1)?.body, { host: 'example.test', family: 'ipv6', sizeBytes: 100 });
});

test('ping that nobody answers is exit code 1', async () => {
  const answer = () => pingResult({ probes: [lostProbe], lost: 1, minMs: null, meanMs: null, maxMs: null });
  const { code, output } = await run('ping', { words: ['9.9.9.9'], options: { count: '1' }, answer });
  assert.equal(code, 1);
  assert.match(output, /no answer\n1 sent, 0 answered, 100 % lost\n$/);
});

test('ping refuses a count that is none', async () => {
  for (const count of ['0', 'x', '']) {
    await assert.rejects(run('ping', { words: ['9.9.9.9'], options: { count } }), { code: 'USAGE' });
  }
});

test('ping without a target asks every target that has an address', async () => {
  const { output, asked } = await run('ping', { options: { count: '4' }, answer: () => pingResult() });
  assert.equal(asked.filter(({ method }) => method === 'POST').length, 2);
  assert.match(output, /^quad9-ipv4 +9\.9\.9\.9 +12\.5 ms +ok$/m);
});

function point(minute: number, more: Partial<LatencyPoint> = {}): LatencyPoint {
  const numbers = {
    minMs: 9,
    meanMs: 12,
    p10Ms: 10,
    p25Ms: 11,
    p50Ms: 12,
    p75Ms: 13,
    p90Ms: 14,
    p95Ms: 15,
    p99Ms: 20,
    maxMs: 30,
  };
  const rest = { jitterMs: 1, pdvMs: 2, reordered: 0, duplicates: 0, late: 0 };
  return { at: new Date(minute * 60_000).toISOString(), count: 60, lost: 0, ...numbers, ...rest, ...more };
}

const dead = {
  lost: 60,
  minMs: null,
  meanMs: null,
  p10Ms: null,
  p25Ms: null,
  p50Ms: null,
  p75Ms: null,
  p90Ms: null,
  p95Ms: null,
  p99Ms: null,
  maxMs: null,
};

function seriesOf(points: LatencyPoint[]): LatencySeries {
  return { target: 'quad9-ipv4', stepSeconds: 60, points };
}

test('the chart leaves gaps empty, and 100 % loss is a full mark without a median', () => {
  const series = seriesOf([
    point(0),
    point(1, { lost: 3 }),
    point(2, { lost: 30 }),
    point(3, dead),
    point(6),
  ]);
  const lines = historyChart(series, { fromMs: 0, toMs: 7 * 60_000 }, draw, 80);
  const loss = lines.find((line) => line.includes('lost ')) ?? '';
  assert.equal(loss.slice(9), ' .x#   ');
  const medians = lines.find((line) => line.includes('o')) ?? '';
  assert.equal(medians.slice(9), 'ooo   o');
  assert.ok(lines.every((line) => line.length <= 100));
});

test('a peak above the chart is marked as higher, and does not flatten the rest', () => {
  const points = Array.from({ length: 60 }, (_, minute) =>
    point(minute, minute === 30 ? { p90Ms: 900 } : {}),
  );
  const lines = historyChart(seriesOf(points), { fromMs: 0, toMs: 60 * 60_000 }, draw, 80);
  assert.equal((lines[0] ?? '').indexOf('^'), 9 + 30);
  assert.match(lines[0] ?? '', /^ +15 ms/);
});

test('more points than columns are joined by column, and the chart never gets wider', () => {
  const points = Array.from({ length: 600 }, (_, minute) =>
    point(minute, minute === 300 ? { lost: 60 } : {}),
  );
  const lines = historyChart(seriesOf(points), { fromMs: 0, toMs: 600 * 60_000 }, draw, 60);
  for (const line of lines.slice(0, 11)) assert.ok(line.length <= 60, line);
  assert.match(lines.find((line) => line.includes('lost ')) ?? '', /x/);
});

test('the table says for how long nothing was measured', () => {
  const lines = historyTable(seriesOf([point(0), point(1, { lost: 3 }), point(12)]), draw, 100);
  assert.match(lines[2] ?? '', / 60 +5\.0 % +9\.00 +12\.0 +15\.0 +20\.0 +30\.0$/);
  assert.match(lines[3] ?? '', /^not measured for 10 min$/);
});

test('history asks for the range of a target in the step that fits', async () => {
  const answer = ({ path }: Asked) =>
    path.startsWith('/api/latency/statistics')
      ? { target: 'quad9-ipv4', from: '', to: '', measuredSeconds: 3600, ...point(0) }
      : seriesOf([point(0)]);
  const { asked, output } = await run('history', { options: { range: '24h', step: '5min' }, answer });
  const url = new URL(asked[1]?.path ?? '', 'http://ist');
  assert.equal(url.searchParams.get('target'), 'quad9-ipv4');
  assert.equal(url.searchParams.get('step'), '300');
  const span = Date.parse(url.searchParams.get('to') ?? '') - Date.parse(url.searchParams.get('from') ?? '');
  assert.equal(span, 86_400_000);
  assert.match(output, /Quad9 \(quad9-ipv4\), last 1 day/);
  assert.match(output, /median 12 ms, 95 % below 15 ms, worst 30 ms, lost 0 % of 60 \(measured 1 h\)/);
});

test('a target that does not exist is named', async () => {
  await assert.rejects(
    run('history', { words: ['nobody'], options: { range: '24h' } }),
    /no target "nobody"/,
  );
});

test('durations on the command line are read as people write them', () => {
  assert.equal(readDuration('24h', '--range'), 86_400);
  assert.equal(readDuration('10 min', '--range'), 600);
  assert.equal(readDuration('1.5d', '--range'), 129_600);
  for (const text of ['', '10', 'h', '-1h', '10 parsecs', '100y', '1e9d']) {
    assert.throws(() => readDuration(text, '--range'), { code: 'USAGE' }, text);
  }
});
