import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Clock, systemClock } from '../../../core/clock.ts';
import { createRecordingTerminal, type RecordingTerminal } from '../../../terminal/recording.ts';
import { createServiceClient } from '../../../terminal/service-client.ts';
import { runWatch } from './watch-command.ts';

/** Waits that a person would not notice, fifty times shorter. */
const quickClock: Clock = { ...systemClock, after: (delayMs, fn) => systemClock.after(delayMs / 50, fn) };

const target = { id: 'quad9-ipv4', name: 'Quad9', segment: 'anchor', family: 'ipv4' };
const statusOf = (sentence: string) => ({ state: 'up', sentence, lines: [] });

interface FakeService {
  send(event: string, data: unknown): void;
  stop(): Promise<void>;
}

/** Answers the three questions of `watch` and holds its stream open. */
async function serve(socketPath: string, sentence: string): Promise<FakeService> {
  const streams = new Set<ServerResponse>();
  const server: Server = createServer((request, answer) => {
    const path = request.url ?? '';
    if (path === '/api/live') {
      answer.writeHead(200, { 'content-type': 'text/event-stream' });
      answer.write(': welcome\n\n');
      streams.add(answer);
      server.emit('stream');
      return;
    }
    const at = new Date().toISOString();
    const windows = [{ target: target.id, startedAt: at, offsetsMs: [-1000], rttMs: [7.25] }];
    const body = path.startsWith('/api/latency/live')
      ? { at, windows }
      : path === '/api/targets'
        ? { targets: [target] }
        : statusOf(sentence);
    answer.end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(socketPath, done));
  return {
    send(event, data) {
      for (const stream of streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function open(t: TestContext, isInteractive: boolean) {
  const dataFolder = await mkdtemp(join(tmpdir(), 'ist-watch-'));
  t.after(() => rm(dataFolder, { recursive: true }));
  const terminal = createRecordingTerminal({ isInteractive });
  const abort = new AbortController();
  const context = {
    arguments: [],
    options: {},
    client: createServiceClient({ dataFolder }),
    terminal,
    signal: abort.signal,
  };
  return {
    socketPath: join(dataFolder, 'ist.sock'),
    terminal,
    abort,
    start: () => runWatch(context, quickClock),
  };
}

/** The terminal redraws many times a second, so looking again is enough. */
async function until(terminal: RecordingTerminal, pattern: RegExp, from = 0): Promise<number> {
  for (let turn = 0; turn < 2000; turn += 1) {
    if (pattern.test(terminal.output.slice(from))) return terminal.output.length;
    await new Promise((done) => setTimeout(done, 5));
  }
  throw new Error(`never showed ${pattern}: ${terminal.output.slice(-500)}`);
}

test('the screen follows the stream, survives a restart and is given back on q', {
  timeout: 20_000,
}, async (t) => {
  const { socketPath, terminal, start } = await open(t, true);
  let service = await serve(socketPath, 'All is well.');
  t.after(() => service.stop());
  const watching = start();
  let seen = await until(terminal, /All is well\./);
  assert.ok(terminal.output.startsWith('\x1b[?1049h\x1b[?25l'));
  await until(terminal, /Quad9 +7\.25/);

  // The stream may not be open yet when the first screen is: say it until it is heard.
  const repeat = setInterval(() => service.send('state.changed', statusOf('Something changed.')), 20);
  seen = await until(terminal, /Something changed\./, seen);
  clearInterval(repeat);

  await service.stop();
  seen = await until(terminal, /Reconnecting since \d\d:\d\d:\d\d/, seen);
  service = await serve(socketPath, 'Back again.');
  seen = await until(terminal, /Back again\./, seen);
  seen = await until(terminal, /q quits/, seen);
  assert.doesNotMatch(terminal.output.slice(seen), /Reconnecting/);

  terminal.press('q');
  assert.equal(await watching, 0);
  assert.ok(terminal.output.endsWith('\x1b[?25h\x1b[?1049l'));
});

test('a pipe gets plain lines until the signal', { timeout: 20_000 }, async (t) => {
  const { socketPath, terminal, abort, start } = await open(t, false);
  const service = await serve(socketPath, 'All is well.');
  t.after(() => service.stop());
  const watching = start();
  await until(terminal, /quad9-ipv4 7\.25 ms\n.*quad9-ipv4 7\.25 ms\n/);
  abort.abort();
  assert.equal(await watching, 0);
  assert.ok(!terminal.output.includes('\x1b'));
});

test('without a service there is nothing to watch, and the screen is not touched', async (t) => {
  const { terminal, start } = await open(t, true);
  await assert.rejects(start(), { code: 'SERVICE_UNREACHABLE' });
  assert.equal(terminal.output, '');
});
