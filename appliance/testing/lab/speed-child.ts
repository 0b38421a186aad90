/** One speed test as the service runs it, in a namespace: the plan as JSON in, the result and what it cost out. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../../core/clock.ts';
import { Timeline } from '../../core/timeline.ts';
import type { SpeedPlan, SpeedPorts } from '../../features/watch/speedtest/engine.ts';
import { runSpeedTest } from '../../features/watch/speedtest/measure/run.ts';
import type { SpeedProgress, SpeedTestResult } from '../../features/watch/speedtest/schema.ts';
import { speedServices } from '../../features/watch/speedtest/services.ts';
import { Calls } from '../../net/calls.ts';
import { createEngine } from '../../net/engine.ts';
import { createLinkWatch } from '../../net/link-watch.ts';
import { createLoadGenerator } from '../../net/load/generator.ts';
import { createNameResolver } from '../../net/names.ts';
import { createNetworkTools } from '../../net/tools.ts';
import { quietLog } from './quiet-log.ts';

export interface SpeedTask {
  plan: Partial<SpeedPlan> & Pick<SpeedPlan, 'choices'>;
  /** Ends the test from outside after so many ms. */
  abortAfterMs?: number;
  /** Section `speedtest` of the configuration, as far as engines read it. */
  speedtest?: Record<string, unknown>;
  consent?: Record<string, boolean>;
  /** Runs it so often; the last result is told, and the memory after each. */
  times?: number;
}

export interface SpeedReport {
  result: SpeedTestResult;
  progress: SpeedProgress[];
  elapsedMs: number;
  cpuMs: number;
  /** Of the main loop while the test ran. */
  loopP99Ms: number;
  loopMaxMs: number;
  /** Resident memory before, at its highest, and after each run, bytes. */
  memory: { before: number; peak: number; after: number[] };
  engine: { sent: number; received: number; skipped: number };
}

const { plan, abortAfterMs, times = 1, ...rest } = JSON.parse(process.argv[2] ?? '{}') as SpeedTask; // our own tests'
const clock = systemClock;
const engine = createEngine({ clock, log: quietLog });
const link = createLinkWatch({ clock, log: quietLog });
const net = createNetworkTools(engine);
const load = createLoadGenerator({ clock, log: quietLog });
const current = {
  consent: rest.consent ?? {},
  speedtest: { servers: [], ooklaProgram: null, ...rest.speedtest },
};
const config = { current, onChange: () => () => undefined } as unknown as SpeedPorts['config']; // only these are read
const ports: SpeedPorts = {
  clock,
  log: quietLog,
  engine,
  link,
  net,
  load,
  config,
  names: createNameResolver(),
  timeline: new Timeline(clock, () => ({ isSynchronised: true, hasHardwareClock: true }), 0),
  calls: new Calls({ services: speedServices, config, ask: net.ask, clock, log: quietLog }),
};

await engine.start();
const memory = { before: process.memoryUsage.rss(), peak: 0, after: [] as number[] };
const watch = setInterval(() => {
  memory.peak = Math.max(memory.peak, process.memoryUsage.rss());
}, 100);
const delay = monitorEventLoopDelay({ resolution: 1 });
const cpuBefore = process.cpuUsage();
const startedMs = clock.monoMs();
const progress: SpeedProgress[] = [];
let result: SpeedTestResult | null = null;
delay.enable();
for (let run = 0; run < times; run += 1) {
  const ending = new AbortController();
  if (abortAfterMs !== undefined) setTimeout(() => ending.abort(), abortAfterMs);
  const whole: SpeedPlan = {
    line: 'main',
    interfaceName: null,
    gateway: null,
    family: null,
    kind: 'quick',
    reason: 'asked',
    maxBytes: 4e9,
    last: null,
    isForced: false,
    maxTestMbps: null,
    ...plan,
  };
  result = await runSpeedTest(ports, whole, ending.signal, (told) => progress.push(told));
  memory.after.push(process.memoryUsage.rss());
}
delay.disable();
clearInterval(watch);
const { user, system } = process.cpuUsage(cpuBefore);
const { sent, received, skipped } = engine.statistics();
if (result === null) throw new Error('no test was asked for');
const report: SpeedReport = {
  result,
  progress,
  elapsedMs: clock.monoMs() - startedMs,
  cpuMs: (user + system) / 1000,
  // The monitor counts its own pause of a millisecond with it.
  loopP99Ms: delay.percentile(99) / 1e6 - 1,
  loopMaxMs: delay.max / 1e6 - 1,
  memory,
  engine: { sent, received, skipped },
};
console.log(JSON.stringify(report));
await load.stop();
await engine.stop();
