/** What the tests of this room share: a server on a free port with everything real but the log. */
import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { localCaller } from '../core/access.ts';
import { Bus, type EventName } from '../core/bus.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { AccessGate } from '../core/feature.ts';
import type { Log } from '../core/log.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './server.ts';

declare module '../core/bus.ts' {
  interface EventMap {
    'stream.tested': { number: number; text?: string };
    'stream.secret': { word: string };
  }
}

export const testEvent: EventName = 'stream.tested';

/** A log that keeps its lines. */
export class KeptLog implements Log {
  readonly lines: { level: string; fields: object; message: string }[] = [];
  debug = (fields: object, message: string) => void this.lines.push({ level: 'debug', fields, message });
  info = (fields: object, message: string) => void this.lines.push({ level: 'info', fields, message });
  warn = (fields: object, message: string) => void this.lines.push({ level: 'warn', fields, message });
  error = (fields: object, message: string) => void this.lines.push({ level: 'error', fields, message });
  child = () => this;
}

/** The system's clock, except that repeated work happens when the test says so. */
export class TickClock implements Clock {
  readonly #repeated = new Set<() => void>();
  wallMs = systemClock.wallMs;
  monoMs = systemClock.monoMs;
  after = systemClock.after;

  every(_everyMs: number, fn: () => void): () => void {
    this.#repeated.add(fn);
    return () => this.#repeated.delete(fn);
  }

  tick(): void {
    for (const fn of this.#repeated) fn();
  }
}

/** Lets everybody do everything, for tests that ask about something else. */
export const openDoor: AccessGate = {
  name: 'open door',
  check: () => ({ ...localCaller, kind: 'key', name: 'everybody' }),
};

export interface TestServer {
  server: HttpServer;
  port: number;
  url: string;
  bus: Bus;
  log: KeptLog;
  clock: TickClock;
  folder: string;
}

export async function startTestServer(
  context: TestContext,
  options: Partial<HttpServerOptions> = {},
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ist-http-'));
  const log = new KeptLog();
  const bus = new Bus(log);
  const clock = new TickClock();
  const server = createHttpServer({
    config: { host: '127.0.0.1', port: 0 },
    socketPath: null,
    routes: [],
    metrics: [],
    streams: [testEvent],
    bus,
    clock,
    log,
    webFolder: join(folder, 'web'),
    version: '1.2.3',
    health: () => ({}),
    gates: [openDoor],
    ...options,
  });
  const { port } = await server.start();
  context.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return { server, port, url: `http://127.0.0.1:${port}`, bus, log, clock, folder };
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
  json: { error?: { code: string; message: string; details?: unknown } } & Record<string, unknown>;
}

/** Asks with full control of the headers, `Host` included, which fetch does not give. */
export function ask(options: RequestOptions, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = String(response.headers['content-type']).startsWith('application/json') && text !== '';
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: isJson ? JSON.parse(text) : {},
        });
      });
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

export interface StreamedEvent {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

/** Opens a server-sent event stream and hands out its events one by one. */
export async function openStream(url: string, headers: Record<string, string> = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject);
  });
  response.setEncoding('utf8');
  const received: StreamedEvent[] = [];
  const waiting: ((event: StreamedEvent | null) => void)[] = [];
  let rest = '';
  let isOver = false;
  const give = (event: StreamedEvent) => {
    const next = waiting.shift();
    if (next) next(event);
    else received.push(event);
  };
  response.on('data', (chunk: string) => {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => splitField(line)));
      const data = fields.get('data');
      if (data === undefined) continue;
      give({ id: fields.get('id') ?? '', event: fields.get('event') ?? 'message', data: JSON.parse(data) });
    }
  });
  response.on('error', () => response.destroy());
  const ended = new Promise<void>((resolve) => {
    response.on('close', () => {
      isOver = true;
      for (const next of waiting.splice(0)) next(null);
      resolve();
    });
  });
  return {
    response,
    ended,
    close: () => response.destroy(),
    /** Null when the stream has ended. */
    next(): Promise<StreamedEvent | null> {
      const event = received.shift();
      if (event !== undefined || isOver) return Promise.resolve(event ?? null);
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}

function splitField(line: string): [string, string] {
  const at = line.indexOf(': ');
  return [line.slice(0, at), line.slice(at + 2)];
}
