import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import type { Target } from '../../watch/latency/schema.ts';
import type { Station, Status } from './schema.ts';
import { record, type Sample, viewOf, type WatchState } from './watch-state.ts';
import { clockTime, watchLine, watchLines } from './watch-view.ts';

const nowMs = Date.UTC(2026, 10, 22, 12, 0, 0);
const { draw } = createRecordingTerminal();

const names = {
  'gateway-ipv4': 'Router',
  'isp-ipv4': 'Provider',
  'cloudflare-ipv4': 'Cloudflare',
  'quad9-ipv4': 'Quad9',
};

function target(id: keyof typeof names, segment: Target['segment']): Target {
  const fixed = { host: '192.0.2.1', address: '192.0.2.1', line: 'main', intervalMs: 1000 };
  return { id, name: names[id], segment, family: 'ipv4', method: 'icmp-raw', ...fixed };
}

function station(segment: Station['segment'], state: Station['state'], rttMs: number | null): Station {
  return { segment, family: 'ipv4', state, target: null, rttMs, lossRatio: rttMs === null ? 1 : 0 };
}

function status(state: Status['state'], sentence: string): Status {
  const far = state === 'down' ? 'down' : 'up';
  const stations = [
    station('gateway', 'up', 0.4),
    station('isp', far, 8),
    station('anchor', far, 12),
    station('resolver', far, 9),
  ];
  return {
    state,
    verdict: null,
    sentence,
    since: null,
    at: new Date(nowMs).toISOString(),
    site: 'Home',
    lines: [{ name: 'main', interface: 'eth0', gateway: '192.168.1.1', state, since: null, stations }],
    method: { icmp: 'raw', advice: null },
    clock: { isKnown: true },
    isDemo: false,
    version: '0.1.0',
    uptimeSeconds: 60,
  };
}

/** Two minutes at one exchange a second; `rtt` gives the value `age` seconds ago. */
function series(rtt: (age: number) => number | null | undefined): Sample[] {
  const samples: Sample[] = [];
  for (let age = 119; age >= 0; age -= 1) {
    const rttMs = rtt(age);
    if (rttMs !== undefined) samples.push({ atMs: nowMs - 2000 - age * 1000, rttMs });
  }
  return samples;
}

function stateOf(now: Status): WatchState {
  return {
    status: now,
    targets: [
      target('gateway-ipv4', 'gateway'),
      target('isp-ipv4', 'isp'),
      target('cloudflare-ipv4', 'anchor'),
      target('quad9-ipv4', 'resolver'),
    ],
    samples: new Map([
      ['gateway-ipv4', series(() => 0.42)],
      ['isp-ipv4', series((age) => (age < 5 ? null : 8))],
      ['cloudflare-ipv4', series((age) => (age === 20 ? 90 : 12 + (age % 3)))],
      ['quad9-ipv4', series((age) => (age > 10 && age < 20 ? undefined : 9))],
    ]),
    connection: { isLive: true, sinceMs: nowMs, reason: '' },
  };
}

const up = () => stateOf(status('up', 'Your Internet is working. No outage for 18 days.'));

function check(lines: readonly string[], columns: number, rows: number): void {
  assert.ok(lines.length <= rows, `${lines.length} lines for ${rows} rows`);
  for (const line of lines) assert.ok([...line].length <= columns, line);
}

test('80 x 24 shows the sentence, the strip, numbers and more than a minute of sparkline', () => {
  const lines = watchLines(up(), { columns: 80, rows: 24 }, draw, nowMs);
  check(lines, 80, 24);
  assert.deepEqual(lines, [
    '● Your Internet is working. No outage for 18 days.',
    '',
    '● You --- ● Router --- ● Provider --- ● Internet --- ● Names',
    '',
    '                 now  median  jitter    loss                     last 1 min 20 s',
    'Router          0.42    0.42    0.00     0 %',
    '▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅',
    'Provider        lost    8.00    0.00   8.3 %',
    '▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅×××××',
    'Cloudflare      12.0    13.0    3.90     0 %',
    '▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄█▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄',
    'Quad9           9.00    9.00    0.00     0 %',
    '▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅         ▅▅▅▅▅▅▅▅▅▅▅',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    `${clockTime(nowMs)} · times in ms · q quits`,
  ]);
});

test('40 x 20 keeps the sentence, the strip, now, loss and the sparklines', () => {
  const lines = watchLines(up(), { columns: 40, rows: 20 }, draw, nowMs);
  check(lines, 40, 20);
  assert.deepEqual(lines, [
    '● Your Internet is working. No outage',
    '  for 18 days.',
    '',
    '● Y - ● R - ● P - ● I - ● N',
    '',
    '                 now    loss   last 40 s',
    'Router          0.42     0 %',
    '▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅',
    'Provider        lost   8.3 %',
    '▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅×××××',
    'Cloudflare      12.0     0 %',
    '▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄█▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄▅▅▄',
    'Quad9           9.00     0 %',
    '▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅         ▅▅▅▅▅▅▅▅▅▅▅',
    '',
    '',
    '',
    '',
    '',
    `${clockTime(nowMs)} · times in ms · q quits`,
  ]);
});

test('no screen is too small: nothing is wider or taller than it', () => {
  for (const [columns, rows] of [
    [80, 10],
    [40, 8],
    [20, 5],
    [10, 3],
    [300, 80],
  ] as const) {
    check(watchLines(up(), { columns, rows }, draw, nowMs), columns, rows);
  }
});

test('a short screen shows one line a target and says what it leaves out', () => {
  const lines = watchLines(up(), { columns: 80, rows: 9 }, draw, nowMs);
  assert.match(lines[5] ?? '', /^Router +0\.42 +0\.42 +0\.00 +0 % {2}▅{34}$/);
  assert.equal(lines[7], 'and 2 more on a taller screen');
});

test('while the service is away the screen says since when and that the numbers are old', () => {
  const sentence =
    'No answer from the Internet since 11:59:55 (5 s). Your router answers, your provider does not.';
  const state = stateOf(status('down', sentence));
  state.connection = { isLive: false, sinceMs: nowMs - 65_000, reason: 'it restarts' };
  const text = watchLines(state, { columns: 80, rows: 24 }, draw, nowMs).join('\n');
  assert.match(text, /^■ No answer from the Internet/);
  assert.match(text, /● Router -x- ■ Provider/);
  assert.match(
    text,
    new RegExp(`Reconnecting since ${clockTime(nowMs - 65_000)} \\(1 min 5 s\\): it restarts`),
  );
  assert.match(watchLine(state, nowMs), /reconnecting: it restarts$/);
});

test('without a cursor there is one plain line a second', () => {
  assert.equal(
    watchLine(up(), nowMs),
    `${clockTime(nowMs)} up  gateway-ipv4 0.42 ms  isp-ipv4 lost  cloudflare-ipv4 12.0 ms  quad9-ipv4 9.00 ms`,
  );
});

test('a loss that is told late is put where it was sent, once', () => {
  const state = up();
  const list = state.samples.get('quad9-ipv4') ?? [];
  const at = (ms: number) => new Date(ms).toISOString();
  record(state, {
    at: at(nowMs),
    exchanges: [
      { target: 'quad9-ipv4', at: at(nowMs), outcome: 'ok', rttMs: 9 },
      { target: 'quad9-ipv4', at: at(nowMs - 1000), outcome: 'timeout' },
      { target: 'quad9-ipv4', at: at(nowMs - 1000), outcome: 'timeout' },
      { target: 'quad9-ipv4', at: at(nowMs - 500), outcome: 'skipped' },
      { target: 'unheard-of', at: at(nowMs), outcome: 'ok', rttMs: 1 },
    ],
  });
  assert.deepEqual(list.slice(-2), [
    { atMs: nowMs - 1000, rttMs: null },
    { atMs: nowMs, rttMs: 9 },
  ]);
  assert.equal(list.filter(({ rttMs }) => rttMs === null).length, 1);
  assert.ok(list.every(({ atMs }) => atMs >= nowMs - 120_000));
});

test('loss, median and the newest value are of the last minute', () => {
  const view = viewOf(up(), target('isp-ipv4', 'isp'), 10, nowMs);
  assert.equal(view.now, null);
  assert.equal(view.median, 8);
  assert.equal(view.lossRatio, 1 - 55 / 60);
  assert.deepEqual(view.seconds, [8, 8, 8, 8, 8, null, null, null, null, null]);
});

test('a target that is no longer heard of has no value now', () => {
  assert.equal(viewOf(up(), target('isp-ipv4', 'isp'), 10, nowMs + 60_000).now, undefined);
});
