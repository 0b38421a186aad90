import { Type } from 'typebox';
import { toIso } from '../../../core/clock.ts';
import { type FeatureContext, type Route, route } from '../../../core/feature.ts';
import { examine } from './finding.ts';
import { type HostFacts, readDisk } from './host-facts.ts';
import { isAtLeast, toEntry } from './log-entries.ts';
import type { LoopDelay } from './loop-delay.ts';
import { DoctorReport, LogEntries, SystemFacts } from './schema.ts';
import { serviceChecks } from './service-checks.ts';
import type { StoreWatch } from './store-watch.ts';

const tag = 'system';

const LogQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 200 }),
    after: Type.Integer({ minimum: 0, default: 0, description: 'Only lines after this seq' }),
    level: Type.Union(
      ['debug', 'info', 'warn', 'error'].map((name) => Type.Literal(name)),
      { default: 'debug', description: 'At least this serious' },
    ),
  },
  { additionalProperties: false },
);

export function systemRoutes(
  context: FeatureContext,
  { loopDelay, storeWatch, host }: { loopDelay: LoopDelay; storeWatch: StoreWatch; host: HostFacts },
): readonly Route[] {
  const { about, clock, timeline, engine, logs } = context;
  const checks = serviceChecks(context, { loopDelay, storeWatch });
  return [
    route({
      method: 'GET',
      path: '/api/system',
      scope: 'read',
      tag,
      summary: 'The box, the process, the engine and the store',
      response: SystemFacts,
      async handle() {
        const { user, system } = process.cpuUsage();
        const memory = process.memoryUsage();
        const health = await storeWatch.read();
        const { previousAliveMs: _, lastCommitAtMs, ...storeFacts } = health;
        return {
          at: toIso(timeline.nowMs()),
          host: await host.read(),
          disk: await readDisk(about.dataFolder),
          versions: { ist: about.version, node: process.versions.node, openssl: process.versions.openssl },
          process: {
            pid: process.pid,
            uptimeSeconds: Math.round((clock.monoMs() - about.startedMonoMs) / 1000),
            rssBytes: memory.rss,
            heapBytes: memory.heapUsed,
            cpuSeconds: (user + system) / 1e6,
            eventLoopDelayP99Ms: loopDelay.p99Ms(),
          },
          engine: engine.statistics(),
          store: { ...storeFacts, lastCommitAt: lastCommitAtMs === null ? null : toIso(lastCommitAtMs) },
        };
      },
    }),
    route({
      method: 'GET',
      path: '/api/doctor',
      scope: 'admin',
      tag,
      summary: 'What is wrong with the box, and how to put it right',
      response: DoctorReport,
      async handle() {
        const findings = await examine(checks, clock);
        const isHealthy = findings.every(({ state }) => state !== 'wrong');
        return { at: toIso(timeline.nowMs()), isHealthy, findings };
      },
    }),
    route({
      method: 'GET',
      path: '/api/logs',
      scope: 'admin',
      tag,
      summary: 'The newest lines of the log, from memory',
      query: LogQuery,
      response: LogEntries,
      handle: ({ query }) => ({
        lines: logs
          .tail(1000, query.after)
          .map(toEntry)
          .filter((entry) => isAtLeast(entry, query.level))
          .slice(-query.limit),
      }),
    }),
  ];
}
