/** Serves web/dist and answers the API from a generated model, for looking at the dashboard without a line. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { systemOf, tls } from './replay-box.ts';
import { Desk } from './replay-desk.ts';
import { ReplayDoor, type Reply, type Visitor } from './replay-door.ts';
import { ReplayModel, type Scenario } from './replay-model.ts';
import { ReplayPeople } from './replay-people.ts';
import { ReplaySettings } from './replay-settings.ts';
import { ReplaySpeed } from './replay-speed.ts';
import { ReplayWifi } from './replay-wifi.ts';

const distFolder = join(import.meta.dirname, '..', 'dist');
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

const broken = { error: { code: 'REPLAY_FAILED', message: 'The database is being repaired.' } };

export interface Replay {
  url: string;
  /** How its next speed test goes. */
  speed: ReplaySpeed;
  /** The other end of its Wi-Fi test. */
  wifi: ReplayWifi;
  /** Cuts the live stream and refuses it from now on, as when the box loses power. */
  silence(): void;
  /** Lets everything answer again. */
  revive(): void;
  /** Puts an event on the live stream. */
  send(event: string, data: unknown): void;
  /** Ends the session of whoever looks, as when its owner ends it on another device. */
  endSession(): void;
  /** How often something was asked for. */
  asked(path: string): number;
  /** Makes these paths answer with an error. */
  fail(paths: readonly string[]): void;
  close(): Promise<void>;
}

export async function startReplay(
  scenario: Scenario,
  { port = 0, visitor = 'owner' }: { port?: number; visitor?: Visitor } = {},
): Promise<Replay> {
  const model = new ReplayModel(scenario, Date.now());
  const streams = new Set<ServerResponse>();
  const door = new ReplayDoor(visitor);
  const people = new ReplayPeople(door);
  const settings = new ReplaySettings();
  const asked = new Map<string, number>();
  let isSilent = false;
  let failing: readonly string[] = [];
  let lastSent = Date.now();
  let eventId = 0;

  const send = (event: string, data: unknown) => {
    eventId += 1;
    for (const stream of streams)
      stream.write(`id: ${eventId}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const desk = new Desk(model, send);
  const speed = new ReplaySpeed(model, send);
  const wifi = new ReplayWifi();
  const tick = setInterval(() => {
    const now = Date.now();
    const exchanges = model.targets.flatMap((target) => {
      const list = [];
      for (let at = Math.ceil(lastSent / 1000) * 1000; at < now; at += 1000) {
        const rttMs = model.sample(target.id, at);
        if (rttMs === undefined) continue;
        list.push({
          target: target.id,
          at: new Date(at).toISOString(),
          outcome: rttMs === null ? 'timeout' : 'ok',
          ...(rttMs !== null && { rttMs }),
        });
      }
      return list;
    });
    lastSent = Math.ceil(now / 1000) * 1000;
    send('measurement.recorded', { at: new Date(now).toISOString(), exchanges });
    if (Math.round(now / 1000) % 5 === 0) send('state.changed', model.status(now));
    if (Math.round(now / 1000) % 10 === 0) send('heartbeat', {});
  }, 1000);

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://replay');
    const refusal = door.refusal(url.pathname);
    asked.set(url.pathname, (asked.get(url.pathname) ?? 0) + 1);
    if (isSilent) response.destroy();
    else if (refusal) json(response, refusal.body, refusal.status);
    else if (failing.includes(url.pathname)) json(response, broken, 503);
    else if (url.pathname === '/ping') response.end('1');
    else if (url.pathname === '/down')
      json(response, { error: { code: 'SPEEDTEST_BUSY', message: 'Another device is measuring' } }, 503);
    else if (url.pathname === '/api/live') stream(request, response, streams);
    else if (door.isFor(url.pathname)) void handle(door, url, request, response);
    else if (settings.isFor(url.pathname)) void handle(settings, url, request, response);
    else if (people.isFor(url.pathname)) void handle(people, url, request, response);
    else if (speed.isFor(url.pathname)) void handle(speed, url, request, response);
    else if (/^\/api\/(incidents|snapshots)/.test(url.pathname)) void handle(desk, url, request, response);
    else if (url.pathname.startsWith('/api/')) answer(model, url, response);
    else file(url.pathname, request, response);
  });
  wifi.follow(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo; // a TCP server's address
  return {
    url: `http://127.0.0.1:${address.port}`,
    speed,
    wifi,
    silence() {
      isSilent = true;
      for (const stream of streams) stream.destroy();
    },
    revive() {
      isSilent = false;
    },
    endSession() {
      door.leave();
      for (const stream of streams) stream.end();
    },
    asked: (path) => asked.get(path) ?? 0,
    send,
    fail(paths) {
      failing = paths;
    },
    async close() {
      clearInterval(tick);
      for (const stream of streams) stream.destroy();
      wifi.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await settings.close();
    },
  };
}

function stream(request: IncomingMessage, response: ServerResponse, streams: Set<ServerResponse>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': hello\n\n');
  streams.add(response);
  request.on('close', () => streams.delete(response));
}

type Answer = (
  model: ReplayModel,
  asked: { target: string; from: number; to: number; step: number; days: number; now: number },
) => unknown;

const answers: Record<string, Answer> = {
  '/api/status': (model, { now }) => model.status(now),
  '/api/targets': (model) => ({ targets: model.targets }),
  '/api/events': (model, { now }) => ({ events: model.events(now) }),
  '/api/outages': (model, { from, to, now }) => model.records(now).list(from, to, now),
  '/api/gaps': (model, { from, to, now }) => ({
    gaps: model.records(now).list(from, to, now).gaps,
    observed: { from: model.scenario === 'empty' ? null : new Date(model.firstMs).toISOString() },
  }),
  '/api/outages/calendar': (model, { days, now }) => model.records(now).calendar(days, now),
  '/api/evidence': (model) => ({
    length: 412,
    head: '9f2c64a1d0b7e35f8c11427dd9a0a3be6f5d24c7b8e90f1a2b3c4d5e6f708192',
    publicKey: '3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29',
    fingerprint: '3b6a 27bc ceb6 a42d',
    madeAt: new Date(model.firstMs).toISOString(),
    isIntact: true,
    problem: null,
  }),
  '/api/tls': () => tls,
  '/api/system': (_, { now }) => systemOf(now),
  '/api/latency/live': (model, { now }) => ({
    at: new Date(now).toISOString(),
    windows: model.targets.map((one) => liveWindow(model, one.id, now)),
  }),
  '/api/latency': (model, { target, from, to, step }) => ({
    target,
    stepSeconds: step,
    points: model.points(target, from, to, step * 1000),
  }),
  '/api/latency/statistics': (model, { target, from, to }) => model.statistics(target, from, to),
  '/api/latency/heatmap': (model, { target, from, to }) => heatmap(model, target, from, to),
  '/api/latency/extent': (model, { target, now }) => {
    const isEmpty = model.scenario === 'empty';
    const iso = (ms: number) => (isEmpty ? null : new Date(ms).toISOString());
    return { target, from: iso(model.firstMs), to: iso(now) };
  },
};

function answer(model: ReplayModel, url: URL, response: ServerResponse): void {
  const now = Date.now();
  const read = answers[url.pathname];
  if (!read) {
    json(response, { error: { code: 'NOT_FOUND', message: 'There is no such route.' } }, 404);
    return;
  }
  const target = url.searchParams.get('target') ?? '';
  const from = Date.parse(url.searchParams.get('from') ?? '') || now - 3_600_000;
  const to = Math.min(now, Date.parse(url.searchParams.get('to') ?? '') || now);
  const number = (name: string, usual: number) => Number(url.searchParams.get(name) ?? usual);
  json(response, read(model, { target, from, to, step: number('step', 60), days: number('days', 90), now }));
}

interface Handler {
  answer(
    method: string,
    path: string,
    sent: Record<string, unknown>,
    query: URLSearchParams,
    now: number,
  ): Reply | null | Promise<Reply | null>;
}

/** What takes a body: who is let in, incidents with their notes and tags, and snapshots. */
async function handle(
  handler: Handler,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let body = '';
  for await (const part of request) body += String(part);
  const sent = body === '' ? {} : JSON.parse(body);
  const reply = await handler.answer(
    request.method ?? 'GET',
    url.pathname,
    sent,
    url.searchParams,
    Date.now(),
  );
  if (reply) json(response, reply.body, reply.status);
  else json(response, { error: { code: 'NOT_FOUND', message: 'There is no such route.' } }, 404);
}

function liveWindow(model: ReplayModel, target: string, now: number): unknown {
  const startedAt = Math.ceil((now - 600_000) / 1000) * 1000;
  const offsetsMs: number[] = [];
  const rttMs: (number | null)[] = [];
  for (let at = startedAt; at < now - 1000; at += 1000) {
    const value = model.sample(target, at);
    if (value === undefined) continue;
    offsetsMs.push(at - startedAt);
    rttMs.push(value === null ? null : Math.round(value * 1000) / 1000);
  }
  return { target, startedAt: new Date(startedAt).toISOString(), offsetsMs, rttMs };
}

function heatmap(model: ReplayModel, target: string, fromMs: number, toMs: number): unknown {
  const cells = new Map<string, { day: number; hour: number; count: number; lost: number; all: number[] }>();
  for (let at = Math.floor(fromMs / 3_600_000) * 3_600_000; at < toMs; at += 3_600_000) {
    const point = model.point(target, at, 3_600_000);
    if (!point) continue;
    const date = new Date(at);
    const day = (date.getDay() + 6) % 7;
    const key = `${day}-${date.getHours()}`;
    const cell = cells.get(key) ?? { day, hour: date.getHours(), count: 0, lost: 0, all: [] };
    cell.count += point.count;
    cell.lost += point.lost;
    if (point.p50Ms !== null) cell.all.push(point.p50Ms);
    cells.set(key, cell);
  }
  return {
    target,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    cells: [...cells.values()].map(({ all, ...cell }) => {
      all.sort((a, b) => a - b);
      return { ...cell, p50Ms: all[Math.floor(all.length / 2)] ?? null, p95Ms: all.at(-1) ?? null };
    }),
  };
}

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

function file(path: string, request: IncomingMessage, response: ServerResponse): void {
  const wanted = join(distFolder, normalize(path));
  const isAsset = extname(path) !== '';
  const found = isAsset ? wanted : join(distFolder, 'index.html');
  if (!found.startsWith(distFolder) || !existsSync(found)) {
    response.writeHead(404).end();
    return;
  }
  const isBrotli = (request.headers['accept-encoding'] ?? '').includes('br') && existsSync(`${found}.br`);
  response.writeHead(200, {
    'content-type': types[extname(found)] ?? 'application/octet-stream',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    ...(isBrotli && { 'content-encoding': 'br' }),
  });
  response.end(readFileSync(isBrotli ? `${found}.br` : found));
}
