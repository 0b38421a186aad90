import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { buildAddon, isAddonFresh } from '../../../native/build.ts';
import { systemClock } from '../../core/clock.ts';
import type { LoadGenerator, LoadOutcome, LoadReport, LoadRequest, LoadSample } from '../../core/load.ts';
import { FakeLog } from '../../testing/fakes/log.ts';
import { frameHeader, opcodes, shortFrame } from './frames.ts';
import { createLoadGenerator } from './generator.ts';
import { framedBlock, noiseBlock } from './payload.ts';

let generator: LoadGenerator;
before(async () => {
  if (!isAddonFresh()) await buildAddon(() => undefined);
  generator = createLoadGenerator({ clock: systemClock, log: new FakeLog() });
});
after(() => generator.stop());

/** A server that does to every connection, once it has read a head, what the test says. */
async function against(
  act: (socket: Socket, head: string) => void,
  request: Partial<LoadRequest> = {},
): Promise<{ report: LoadReport; samples: LoadSample[] }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => act(socket, bytes.toString('latin1')));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const protocol = request.protocol ?? 'http';
  const samples: LoadSample[] = [];
  const run = generator.start(
    {
      direction: 'down',
      protocol,
      address: '127.0.0.1',
      family: 'ipv4',
      mayBeInside: true,
      streams: 1,
      url: `${protocol === 'ndt7' ? 'ws' : 'http'}://127.0.0.1:${port}/x`,
      maxMs: 400,
      maxBytes: 1e9,
      stallMs: 200,
      ...request,
    },
    { onSample: (sample) => samples.push(sample) },
  );
  const keepAwake = setInterval(() => undefined, 1000);
  const report = await run.done;
  clearInterval(keepAwake);
  for (const socket of sockets) socket.destroy();
  await new Promise((closed) => server.close(closed));
  return { report, samples };
}

const ok = (...lines: string[]) => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;

/** Writes noise for as long as anybody reads. */
function flood(socket: Socket, block: Uint8Array = noiseBlock()): void {
  const more = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('drain', more);
  more();
}

function upgrade(socket: Socket, head: string): void {
  const key = /sec-websocket-key: (\S+)/i.exec(head)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: net.measurementlab.ndt.v7\r\n\r\n`,
  );
}

const http: [what: string, act: (socket: Socket) => void, outcome: LoadOutcome][] = [
  ['a page with status 200', (s) => s.write(ok('Content-Type: text/html; charset=utf-8')), 'garbage'],
  ['packed data', (s) => s.write(ok('Content-Encoding: gzip')), 'garbage'],
  ['another protocol', (s) => s.write('220 mail.example ESMTP\r\n'), 'garbage'],
  [
    'a head without end',
    (s) => flood(s, Buffer.from('HTTP/1.1 200 OK\r\na: b\r\n'.padEnd(4096, 'x'))),
    'garbage',
  ],
  ['a broken chunk', (s) => s.write(`${ok('Transfer-Encoding: chunked')}zz\r\n`), 'garbage'],
  ['a redirect', (s) => s.write('HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n'), 'garbage'],
  ['no content', (s) => s.write('HTTP/1.1 204 No Content\r\n\r\n'), 'no-capacity'],
  ['too many requests', (s) => s.write('HTTP/1.1 429 Too Many\r\n\r\n'), 'rate-limited'],
  ['a shut door', (s) => s.write('HTTP/1.1 403 Forbidden\r\n\r\n'), 'refused'],
  ['nothing there', (s) => s.write('HTTP/1.1 404 Not Found\r\n\r\n'), 'garbage'],
  ['a small object', (s) => s.write(`${ok('Content-Length: 3')}abc`), 'short'],
  ['a body that ends early', (s) => s.end(`${ok('Content-Length: 1000000')}abc`), 'short'],
  ['a reset', (s) => s.resetAndDestroy(), 'reset'],
  ['a stall', (s) => s.write(`${ok()}abc`), 'stalled'],
];

for (const [what, act, outcome] of http)
  test(`a server that sends ${what} makes the load end as ${outcome}`, async () => {
    const { report } = await against(act);
    assert.deepEqual([report.outcome, report.end], [outcome, 'failed'], report.message ?? '');
    assert.ok((report.message ?? '').length > 5);
  });

test('a body without end is cut at the time and at the bytes', async () => {
  const endless = (socket: Socket) => {
    socket.write(ok());
    flood(socket);
  };
  const timed = await against(endless);
  assert.deepEqual([timed.report.outcome, timed.report.end], ['ok', 'time']);
  const counted = await against(endless, { maxMs: 10_000, maxBytes: 5e6 });
  assert.deepEqual([counted.report.outcome, counted.report.end], ['ok', 'bytes']);
  assert.ok(counted.report.bytes >= 5e6);
  const falling = counted.samples.filter(({ bytes }, at) => bytes < (counted.samples[at - 1]?.bytes ?? 0));
  assert.deepEqual(falling, []);
});

test('an object that was read to its end is fetched again, and all of it counts', async () => {
  let fetched = 0;
  const { report } = await against((socket) => {
    fetched += 1;
    socket.write(ok(`Content-Length: ${8 * noiseBlock().length}`));
    for (let blocks = 0; blocks < 8; blocks += 1) socket.write(noiseBlock());
  });
  assert.deepEqual([report.outcome, report.end], ['ok', 'time']);
  assert.ok(fetched > 1 && report.bytes > (fetched - 1) * 2e6, `${fetched} times, ${report.bytes} bytes`);
});

/** Agrees on WebSocket first. */
const upgraded = (act: (socket: Socket) => void) => (socket: Socket, head: string) => {
  upgrade(socket, head);
  act(socket);
};

const webSocket: [what: string, act: (socket: Socket, head: string) => void, outcome: LoadOutcome][] = [
  [
    'a wrong accept key',
    (s) => s.write('HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n'),
    'garbage',
  ],
  ['masked frames', upgraded((s) => flood(s, framedBlock('client'))), 'garbage'],
  ['noise in place of frames', upgraded((s) => s.write(Buffer.alloc(5000, 0xff))), 'garbage'],
  [
    'a close at once',
    upgraded((s) => s.write(shortFrame(opcodes.close, Uint8Array.of(3, 232), null))),
    'short',
  ],
  [
    '"try again later"',
    upgraded((s) => s.write(shortFrame(opcodes.close, Uint8Array.of(3, 245), null))),
    'no-capacity',
  ],
  [
    'half a frame and then nothing',
    upgraded((s) => s.write(frameHeader(opcodes.binary, 1e6, null))),
    'stalled',
  ],
  ['its end in the middle', upgraded((s) => s.end(framedBlock('server').subarray(0, 1000))), 'short'],
];

for (const [what, act, outcome] of webSocket)
  test(`an ndt7 server that sends ${what} makes the load end as ${outcome}`, async () => {
    const { report } = await against(act, { protocol: 'ndt7' });
    assert.deepEqual([report.outcome, report.end], [outcome, 'failed'], report.message ?? '');
  });

test('nobody there is refused, and what is said cannot be asked is an error of the caller', async () => {
  const { report } = await against(() => undefined, { url: 'http://127.0.0.1:9/x' });
  assert.equal(report.outcome, 'refused');
  const base = {
    direction: 'down',
    protocol: 'http',
    family: 'ipv4',
    streams: 1,
    maxMs: 1,
    maxBytes: 1,
  } as const;
  const start = (change: Partial<LoadRequest>) => () =>
    generator.start({ ...base, url: 'http://a/', address: '127.0.0.1', mayBeInside: true, ...change }, {});
  assert.throws(start({ mayBeInside: false }), { code: 'LOAD_INVALID', message: /this box itself/ });
  assert.throws(start({ address: 'example.com' }), { code: 'LOAD_INVALID' });
  assert.throws(start({ url: 'ftp://a/' }), { code: 'LOAD_INVALID' });
  assert.throws(start({ streams: 17 }), { code: 'LOAD_INVALID' });
});

test('a load that is told to stop is over within a second, and the generator can be used again', async () => {
  const startedMs = systemClock.monoMs();
  let run: ReturnType<LoadGenerator['start']> | null = null;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(ok());
      flood(socket);
      run?.stop();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  run = generator.start(
    {
      direction: 'down',
      protocol: 'http',
      url: `http://127.0.0.1:${port}/`,
      address: '127.0.0.1',
      family: 'ipv4',
      mayBeInside: true,
      streams: 2,
      maxMs: 60_000,
      maxBytes: 1e12,
    },
    {},
  );
  const report = await run.done;
  assert.equal(report.end, 'stopped');
  assert.ok(systemClock.monoMs() - startedMs < 5000);
  for (const socket of sockets) socket.destroy();
  await new Promise((closed) => server.close(closed));
});
