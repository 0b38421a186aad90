import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceClient } from '../../../core/feature.ts';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import { stateCommands } from './command.ts';
import type { Station, Status } from './schema.ts';

function station(segment: Station['segment'], state: Station['state'], more: Partial<Station> = {}): Station {
  return { segment, family: 'ipv4', state, target: `${segment}-ipv4`, rttMs: 12.34, lossRatio: 0, ...more };
}

function statusOf(more: Partial<Status> = {}): Status {
  return {
    state: 'up',
    verdict: null,
    sentence: 'Your Internet is working. No outage for 18 days.',
    since: null,
    at: '2026-11-22T12:00:00.000Z',
    site: 'Home',
    lines: [
      {
        name: 'main',
        interface: 'eth0',
        gateway: '192.168.1.1',
        state: 'up',
        since: null,
        stations: [
          station('gateway', 'up', { rttMs: 0.4 }),
          station('isp', 'up', { rttMs: 8.12 }),
          station('anchor', 'up', { lossRatio: 0.0167 }),
          station('resolver', 'up', { rttMs: 153.2 }),
        ],
      },
    ],
    method: { icmp: 'raw', advice: null },
    clock: { isKnown: true },
    isDemo: false,
    version: '0.1.0',
    uptimeSeconds: 563,
    ...more,
  };
}

async function run(status: Status, options: { columns?: number; isJson?: boolean } = {}) {
  const terminal = createRecordingTerminal(options);
  const client = { get: async () => status } as unknown as ServiceClient; // `status` asks one question
  const [command] = stateCommands;
  assert.ok(command);
  const signal = new AbortController().signal;
  const code = await command.run({ arguments: [], options: {}, client, terminal, signal });
  return { code, output: terminal.output };
}

test('status says the sentence, draws the strip and lists the numbers', async () => {
  const { code, output } = await run(statusOf());
  assert.equal(code, 0);
  assert.deepEqual(output.split('\n'), [
    '● Your Internet is working. No outage for 18 days.',
    '',
    '● You --- ● Router --- ● Provider --- ● Internet --- ● Names',
    '',
    'Station   State          RTT   Lost  Target',
    'Router    ● works    0.40 ms  0 %    gateway-ipv4',
    'Provider  ● works    8.12 ms  0 %    isp-ipv4',
    'Internet  ● works   12.3 ms   1.7 %  anchor-ipv4',
    'Names     ● works  153 ms     0 %    resolver-ipv4',
    '',
    'Running for 9 min 23 s, measuring with raw ICMP.',
    '',
  ]);
});

test('the exit code is 1 unless the line is up', async () => {
  for (const state of ['degraded', 'down', 'unknown'] as const) {
    assert.equal((await run(statusOf({ state }))).code, 1, state);
  }
});

test('--json is what the API says', async () => {
  const { output } = await run(statusOf(), { isJson: true });
  assert.deepEqual(JSON.parse(output), statusOf());
});

test('where the path is broken the strip shows it by shape and link, and the row by word', async () => {
  const now = statusOf({ state: 'down', sentence: 'No answer from the Internet.' });
  const [line] = now.lines;
  assert.ok(line);
  line.stations = [station('gateway', 'up'), station('isp', 'down', { rttMs: null, lossRatio: 1 })];
  const { output } = await run(now);
  assert.match(output, /● You --- ● Router -x- ■ Provider$/m);
  assert.match(output, /Provider {2}■ no answer +– +100 %/);
});

test('a second family is a second track, and a phone gets initials', async () => {
  const now = statusOf();
  now.lines[0]?.stations.push(station('anchor', 'degraded', { family: 'ipv6' }));
  assert.match((await run(now)).output, /^IPv6 {2}● You --- ▲ Internet$/m);
  const narrow = await run(statusOf(), { columns: 40 });
  assert.match(narrow.output, /^● Y - ● R - ● P - ● I - ● N$/m);
  assert.ok(narrow.output.split('\n').every((each) => [...each].length <= 40));
});

test('advice, an unknown clock and the demo are said', async () => {
  const method = { icmp: 'socket', advice: 'Give it CAP_NET_RAW.' } as const;
  const { output } = await run(statusOf({ method, clock: { isKnown: false }, isDemo: true }));
  assert.match(output, /Give it\s+CAP_NET_RAW/);
  assert.match(output, /clock is not set/);
  assert.match(output, /simulated/);
});
