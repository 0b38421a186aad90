/** The access feature behind a real server on loopback, over a real database, with a clock that stands still. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { TestContext } from 'node:test';
import { Type } from 'typebox';
import { Bus } from '../../core/bus.ts';
import type { ConfigSections, Feature, FeatureContext, Scope } from '../../core/feature.ts';
import { type Route, route } from '../../core/feature.ts';
import { Timeline } from '../../core/timeline.ts';
import { setUpFeatures } from '../../core/wiring.ts';
import type { AccessConfig } from '../../features/keep/access/config.ts';
import { access } from '../../features/keep/access/index.ts';
import type { ClaimState } from '../../features/keep/access/schema.ts';
import type { AccessService } from '../../features/keep/access/service.ts';
import { pageHeader } from '../../http/caller-gates.ts';
import { createHttpServer, type HttpServer } from '../../http/server.ts';
import { type Answer, ask, testEvent } from '../../http/testing.ts';
import { openStore } from '../../store/index.ts';
import { FakeClock } from './clock.ts';
import { fakeContext } from './context.ts';
import { FakeLog } from './log.ts';

export const ownerPassword = 'maple river seven lanterns';
export const viewerPassword = 'quiet otter under the bridge';

export interface WorldOptions {
  access?: Partial<AccessConfig>;
  isDemo?: boolean;
  /** Kept from an earlier world: a restart. */
  dataFolder?: string;
  clock?: FakeClock;
  /** In place of one of every scope. */
  routes?: readonly Route[];
}

/** One route of every scope, so that what is let in shows. */
export const scopeRoutes: readonly Route[] = (
  ['open', 'read', 'run', 'write', 'admin', 'account', 'owner'] as const satisfies readonly Scope[]
).flatMap((scope) =>
  (['GET', 'POST'] as const).map((method) =>
    route({
      method,
      path: `/api/test/${scope}`,
      scope,
      tag: 'test',
      summary: `Needs the scope ${scope}`,
      response: Type.Object({ caller: Type.String() }),
      handle: ({ caller }) => ({ caller: `${caller.kind} ${caller.name}` }),
    }),
  ),
);

const graveRoute = route({
  method: 'POST',
  path: '/api/test/grave',
  scope: 'admin',
  asksPassword: true,
  tag: 'test',
  summary: 'Asks for the password again',
  response: Type.Object({ isDone: Type.Boolean() }),
  handle: () => ({ isDone: true }),
});

export type AccessWorld = Awaited<ReturnType<typeof accessWorld>>;

export async function accessWorld(t: TestContext, options: WorldOptions = {}) {
  const dataFolder = options.dataFolder ?? (await mkdtemp(`${tmpdir()}/ist-access-`));
  const clock = options.clock ?? new FakeClock();
  const log = new FakeLog();
  const events: { kind: string; text: string }[] = [];
  const store = await openStore({
    dataFolder,
    migrations: access.migrations ?? [],
    commitMinutes: 5,
    retention: { rawDays: 1, hourDays: 1, maxMb: 64 },
    clock,
    log: new FakeLog(),
  });
  const section = { openReading: false, maxKeys: 5, ownerPasswordHash: null, ...options.access };
  const fakes = fakeContext({
    config: {
      access: section,
      http: { host: '127.0.0.1', port: 8080, allowedHosts: [] },
    } as unknown as ConfigSections, // all it reads
  });
  const bus = new Bus(log);
  const timeline = new Timeline(clock, () => ({ isSynchronised: true, hasHardwareClock: true }), 0);
  const context = {
    ...fakes.context,
    log,
    clock,
    store,
    bus,
    about: { ...fakes.context.about, isDemo: options.isDemo ?? false, dataFolder },
    timeline,
  };
  const stateFeature: Feature = {
    name: 'state',
    group: 'judge',
    setup: () => ({
      provides: {
        state: {
          status: () => {
            throw new TypeError('nobody asks for the status here');
          },
          record: (event) => void events.push(event),
          note: () => undefined,
        },
      },
    }),
  };
  const wired = setUpFeatures([stateFeature, access], context as unknown as Omit<FeatureContext, 'port'>); // fakes
  const socketPath = `${dataFolder}/ist.sock`;
  const server: HttpServer = createHttpServer({
    config: { host: '127.0.0.1', port: 0 },
    socketPath,
    routes: [...wired.routes, ...(options.routes ?? [...scopeRoutes, graveRoute])],
    metrics: wired.metrics,
    streams: [testEvent],
    gates: wired.gates,
    bus,
    clock,
    log,
    webFolder: `${dataFolder}/web`,
    version: '0.0.0',
    health: () => ({}),
  });
  const { port } = await server.start();
  for (const part of wired.parts) await part.start?.(new AbortController().signal);
  let isStopped = false;
  /** Ends it and leaves the folder, as a restart does. */
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await server.stop();
    for (const part of wired.parts) await part.stop?.();
    await store.close();
  };
  t.after(async () => {
    await stop();
    await rm(dataFolder, { recursive: true, force: true });
  });
  const local = (method: string, path: string, body?: unknown) =>
    send({ socketPath }, method, path, {}, body);
  return {
    port,
    server,
    service: wired.port('access') as AccessService, // what the feature provides
    url: `http://127.0.0.1:${port}`,
    dataFolder,
    clock,
    timeline,
    log,
    bus,
    store,
    events,
    changeConfig: fakes.changeConfig,
    stop,
    /** Over the local socket. */
    local,
    claimCode: async () => ((await local('GET', '/api/claim')).json as unknown as ClaimState).code ?? '',
    browser: (address = '127.0.0.1') => new Browser(port, address),
    program:
      (headers: Record<string, string> = {}, address = '127.0.0.1') =>
      (method: string, path: string, body?: unknown) =>
        send({ port, host: '127.0.0.1', localAddress: address }, method, path, headers, body),
  };
}

/** The same with an owner; gives his browser. */
export async function claimedWorld(t: TestContext, options: WorldOptions = {}) {
  const world = await accessWorld(t, options);
  const owner = world.browser();
  const answer = await owner.post('/api/claim', { code: await world.claimCode(), password: ownerPassword });
  if (answer.status !== 200) throw new Error(`the claim failed: ${answer.text}`);
  return { ...world, owner };
}

/** Keeps its cookie and says where it comes from, as browsers and our pages do. */
export class Browser {
  readonly #port: number;
  readonly #address: string;
  cookie = '';
  setCookie = '';

  constructor(port: number, address: string) {
    this.#port = port;
    this.#address = address;
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  post(path: string, body?: unknown): Promise<Answer> {
    return this.send('POST', path, body);
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    more: Record<string, string> = {},
  ): Promise<Answer> {
    const headers: Record<string, string> = {
      host: `127.0.0.1:${this.#port}`,
      'user-agent': 'Test browser',
      ...(this.cookie === '' ? {} : { cookie: this.cookie }),
      ...(method === 'GET' ? { [pageHeader]: '1' } : { origin: `http://127.0.0.1:${this.#port}` }),
      ...more,
    };
    const where = { port: this.#port, host: '127.0.0.1', localAddress: this.#address };
    const answer = await send(where, method, path, headers, body);
    const [set] = answer.headers['set-cookie'] ?? [];
    if (set !== undefined) {
      this.setCookie = set;
      this.cookie = /Max-Age=0/.test(set) ? '' : (set.split(';', 1)[0] ?? '');
    }
    return answer;
  }
}

function send(
  where: { port: number; host: string; localAddress: string } | { socketPath: string },
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const type: Record<string, string> = text === undefined ? {} : { 'content-type': 'application/json' };
  return ask({ ...where, method, path, headers: { ...type, ...headers } }, text);
}
