import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceClient } from '../../../core/feature.ts';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import { pathCommands } from './command.ts';
import type { MtuResult, PathHop, TraceResult } from './schema.ts';

async function run(
  name: string,
  answer: unknown,
  {
    words = [],
    options = {},
    isJson = false,
  }: { words?: string[]; options?: Record<string, string | boolean>; isJson?: boolean } = {},
) {
  const asked: unknown[] = [];
  const client = {
    send: async (method: string, path: string, body: unknown) => {
      asked.push([method, path, body]);
      return answer;
    },
  } as unknown as ServiceClient; // what these verbs use of it
  const terminal = createRecordingTerminal({ isJson, columns: 100 });
  const command = pathCommands.find((each) => each.name === name);
  assert.ok(command);
  const { signal } = new AbortController();
  const code = await command.run({
    arguments: words,
    options: { maxHops: '30', ...options },
    client,
    terminal,
    signal,
  });
  return { code, asked, output: terminal.output, errors: terminal.errors };
}

const hop = (ttl: number, change: Partial<PathHop> = {}): PathHop => ({
  ttl,
  addresses: [],
  name: null,
  segment: null,
  sent: 3,
  lost: 3,
  rttMs: null,
  bestMs: null,
  worstMs: null,
  network: null,
  ...change,
});

const reached: TraceResult = {
  id: 7,
  target: 'one-ipv4',
  host: 'one.example',
  address: '192.0.2.9',
  family: 'ipv4',
  protocol: 'icmp',
  at: '2026-11-22T12:00:00.000Z',
  isReached: true,
  end: 'reached',
  hops: [
    hop(1, {
      addresses: ['192.168.1.1'],
      name: 'router.home',
      segment: 'gateway',
      lost: 0,
      rttMs: 0.8,
      bestMs: 0.7,
      worstMs: 1.2,
    }),
    hop(2),
    hop(3, {
      addresses: ['192.0.2.9'],
      segment: 'anchor',
      lost: 1,
      rttMs: 14.25,
      bestMs: 14,
      worstMs: 14.5,
      network: { asn: 64500, owner: 'EXAMPLE', prefix: '192.0.2.0/24' },
    }),
  ],
};

test('a path is a table of its hops, silent ones too', async () => {
  const { code, asked, output } = await run('trace', reached, { words: ['one'] });
  assert.equal(code, 0);
  assert.deepEqual(asked, [['POST', '/api/trace', { host: 'one', maxHops: 30 }]]);
  const lines = output.split('\n');
  assert.equal(lines[0], 'Path to one.example (192.0.2.9) by ICMP');
  assert.match(lines[1] ?? '', /Hop\s+Name\s+Address\s+Network\s+Lost\s+Best\s+Median\s+Worst/);
  assert.match(lines[2] ?? '', /1\s+router\.home\s+192\.168\.1\.1\s+0 %\s+0\.7 ms\s+0\.8 ms\s+1\.2 ms/);
  assert.match(lines[3] ?? '', /2\s+\*\s+100 %\s+–/);
  assert.match(lines[4] ?? '', /3\s+\(target\)\s+192\.0\.2\.9\s+AS64500 EXAMPLE\s+33 %\s+14\.0 ms/);
});

test('a path that ends on the way exits with 1 and says why', async () => {
  const { code, output } = await run('trace', { ...reached, isReached: false, end: 'silent' });
  assert.equal(code, 1);
  assert.match(output, /Nothing behind that answers\./);
});

test('the options go with the request, and wrong ones are a usage error', async () => {
  const { asked } = await run('trace', reached, { options: { ipv6: true, udp: true, maxHops: '12' } });
  assert.deepEqual(asked, [['POST', '/api/trace', { family: 'ipv6', maxHops: 12, protocol: 'udp' }]]);
  const wrong = await run('trace', reached, { options: { maxHops: '0' } });
  assert.equal(wrong.code, 2);
  assert.match(wrong.errors, /--max-hops 0 is not a number from 1 to 64/);
});

test('both verbs give the answer of the service as JSON', async () => {
  const { output } = await run('trace', reached, { isJson: true });
  assert.deepEqual(JSON.parse(output), reached);
});

const found: MtuResult = {
  target: null,
  host: 'one.example',
  address: '192.0.2.9',
  family: 'ipv4',
  at: '2026-11-22T12:00:00.000Z',
  mtu: 1400,
  verdict: 'black-hole',
  from: null,
  standardMtu: 1500,
  mssBytes: 1360,
  probes: 30,
  advice: 'Packets of more than 1400 bytes vanish without a word.',
};

test('the path MTU is said with what to do, and a black hole exits with 1', async () => {
  const bad = await run('mtu', found, { words: ['one.example'] });
  assert.deepEqual(bad.asked, [['POST', '/api/mtu', { host: 'one.example' }]]);
  assert.equal(bad.code, 1);
  assert.match(
    bad.output,
    /one\.example \(192\.0\.2\.9\): path MTU 1400 bytes, TCP segments up to 1360 bytes\nPackets of more/,
  );
  assert.equal((await run('mtu', { ...found, verdict: 'told' })).code, 0);
  const silent = await run('mtu', { ...found, verdict: 'unanswered', mtu: null, mssBytes: null });
  assert.equal(silent.code, 1);
  assert.match(silent.output, /path MTU unknown\n/);
});
