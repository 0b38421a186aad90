import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'node:test';
import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { systemClock } from '../../../core/clock.ts';
import type { FeatureContext, Route } from '../../../core/feature.ts';
import { localRequest } from '../../../testing/fakes/request.ts';
import { HostFacts } from './host-facts.ts';
import { LogRing } from './log-ring.ts';
import { LoopDelay } from './loop-delay.ts';
import { systemMetrics } from './metrics.ts';
import { systemRoutes } from './routes.ts';
import type { LogEntries, SystemFacts } from './schema.ts';
import { StoreWatch } from './store-watch.ts';

const statistics = {
  targets: 3,
  sent: 100,
  received: 98,
  timeouts: 2,
  errors: 0,
  late: 1,
  duplicates: 0,
  skipped: 0,
  inFlight: 1,
  overruns: 0,
  strangers: 4,
  cpuMs: 1500,
  icmp: 'raw',
  isRealtime: false,
};

const health = {
  state: 'degraded',
  message: 'the disk is full',
  wasUnclean: true,
  recovered: ['rebuilt'],
  lastCommitAtMs: 1_000,
  pendingPackets: 2,
  droppedPackets: 0,
  measurementBytes: 10,
  stateBytes: 20,
  previousAliveMs: 5,
};

function scene(t: TestContext) {
  const logs = new LogRing();
  const context = {
    clock: systemClock,
    timeline: { nowMs: () => Date.UTC(2026, 10, 22) },
    engine: { statistics: () => statistics },
    store: { health: async () => health, onHealthChange: () => () => undefined },
    about: { version: '0.1.0', dataFolder: tmpdir(), startedMonoMs: systemClock.monoMs() - 5000 },
    logs,
  } as unknown as FeatureContext; // what these routes and metrics ask of it
  const loopDelay = new LoopDelay(systemClock);
  const storeWatch = new StoreWatch(context.store, systemClock);
  loopDelay.start();
  t.after(() => loopDelay.stop());
  const routes = systemRoutes(context, { loopDelay, storeWatch, host: new HostFacts(systemClock) });
  const metrics = systemMetrics(context, loopDelay, storeWatch);
  return { logs, routes, metrics, storeWatch };
}

async function ask<Answer>(routes: readonly Route[], path: string, query: object = {}): Promise<Answer> {
  const route = routes.find((each) => each.path === path);
  assert.ok(route, path);
  const answer = await route.handle(localRequest({ query, params: {}, body: {} }));
  const schema = route.response as TSchema; // all of these answer with JSON
  assert.deepEqual([...Value.Errors(schema, answer)], []);
  return answer as Answer; // as just checked
}

test('the box is described by what this machine really is', async (t) => {
  const facts = await ask<SystemFacts>(scene(t).routes, '/api/system');
  assert.equal(facts.versions.node, process.versions.node);
  const { uptimeSeconds } = facts.process;
  assert.ok(uptimeSeconds >= 5 && uptimeSeconds < 60, `${uptimeSeconds} s`); // by the real clock, on any machine
  assert.ok(facts.process.rssBytes > 10e6);
  assert.ok(facts.host.memoryBytes > facts.host.memoryAvailableBytes);
  assert.ok(facts.host.memoryAvailableBytes > 0);
  assert.ok(facts.disk.totalBytes >= facts.disk.freeBytes);
  assert.equal(facts.store.lastCommitAt, '1970-01-01T00:00:01.000Z');
  assert.equal(facts.engine.strangers, 4);
});

test('the log is filtered by how serious a line is, then cut to the newest', async (t) => {
  const { logs, routes } = scene(t);
  for (const [level, msg] of [
    [30, 'a'],
    [40, 'b'],
    [30, 'c'],
    [50, 'd'],
  ] as const) {
    logs.write(`${JSON.stringify({ level, time: '2026-11-22T12:00:00.000Z', msg })}\n`);
  }
  const read = async (query: object) =>
    (
      await ask<LogEntries>(routes, '/api/logs', { limit: 200, after: 0, level: 'debug', ...query })
    ).lines.map(({ message }) => message);
  assert.deepEqual(await read({}), ['a', 'b', 'c', 'd']);
  assert.deepEqual(await read({ level: 'warn' }), ['b', 'd']);
  assert.deepEqual(await read({ level: 'warn', limit: 1 }), ['d']);
  assert.deepEqual(await read({ after: 2 }), ['c', 'd']);
});

test('what tells about the box is for those who may know: logs and doctor need admin', (t) => {
  const scopes = Object.fromEntries(scene(t).routes.map(({ path, scope }) => [path, scope]));
  assert.deepEqual(scopes, { '/api/system': 'read', '/api/doctor': 'admin', '/api/logs': 'admin' });
});

test('metrics have the values of engine, process and store', async (t) => {
  const { metrics, storeWatch } = scene(t);
  await storeWatch.start();
  const values = new Map(
    metrics.flatMap(({ name, collect }) =>
      collect().map(({ labels, value }) => [labels === undefined ? name : `${name} ${labels.state}`, value]),
    ),
  );
  assert.equal(values.get('engine_sent_total'), 100);
  assert.equal(values.get('engine_overruns_total'), 0);
  assert.equal(values.get('engine_cpu_seconds_total'), 1.5);
  assert.equal(values.get('store_state ok'), 0);
  assert.equal(values.get('store_state degraded'), 1);
  assert.equal(values.get('store_state_bytes'), 20);
  assert.ok((values.get('process_rss_bytes') ?? 0) > 10e6);
  assert.ok((values.get('uptime_seconds') ?? 0) >= 5);
  assert.ok((values.get('event_loop_delay_p99_seconds') ?? -1) >= 0);
});

test('a blocked event loop shows in its delay', async (t) => {
  const loopDelay = new LoopDelay(systemClock);
  loopDelay.start();
  t.after(() => loopDelay.stop());
  const turn = () => new Promise<void>((done) => setTimeout(done, 600)); // the monitor looks every half second
  await turn();
  const until = systemClock.monoMs() + 900;
  while (systemClock.monoMs() < until);
  await turn();
  assert.ok(loopDelay.p99Ms() > 150, String(loopDelay.p99Ms()));
});
