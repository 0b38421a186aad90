/**
 * A process that probes and prints what it saw, for tests and benchmarks that need another network namespace:
 * node probe-child.ts '{"targets":[…],"forMs":1000}' prints one JSON document.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { EngineStatistics, Exchange, OneShot, OneShotResult, ProbeTarget } from '../core/probing.ts';
import { createEngine } from './engine.ts';

export interface ChildTask {
  targets: ProbeTarget[];
  shots?: OneShot[];
  forMs: number;
  icmp?: 'auto' | 'raw' | 'socket' | 'none';
  realtime?: boolean;
  transmitStamps?: boolean;
  /** Blocks the JavaScript thread for this long … */
  blockMs?: number;
  /** … every so often. */
  blockEveryMs?: number;
  /** Leaves the exchanges out, when there are too many to print. */
  isQuiet?: boolean;
}

export interface ChildReport {
  exchanges: Exchange[];
  shots: OneShotResult[];
  statistics: EngineStatistics;
  meanRttUs: number;
  /** User and system time of the whole process while probing, µs. */
  processCpuUs: number;
}

const quiet = () => undefined;
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };

function block(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

export async function runTask(task: ChildTask): Promise<ChildReport> {
  const { icmp = 'auto', realtime = true, transmitStamps = true } = task;
  const engine = createEngine({ clock: systemClock, log, icmp, realtime, transmitStamps });
  const exchanges: Exchange[] = [];
  let [sum, answered] = [0, 0];
  let isTold = false;
  engine.onExchanges((seen) => {
    // For whoever changes the network meanwhile: now it runs.
    if (!isTold) process.stderr.write('running\n');
    isTold = true;
    for (const exchange of seen) {
      if (!task.isQuiet) exchanges.push({ ...exchange });
      if (exchange.outcome !== 'ok') continue;
      sum += exchange.rttUs;
      answered += 1;
    }
  });
  await engine.start();
  const before = process.cpuUsage();
  for (const target of task.targets) engine.add(target);
  const shots = await Promise.all((task.shots ?? []).map((shot) => engine.probeOnce(shot)));
  const { blockMs = 0, blockEveryMs = 500 } = task;
  const blocking = blockMs > 0 ? setInterval(() => block(blockMs), blockEveryMs) : null;
  await pause(task.forMs);
  if (blocking) clearInterval(blocking);
  const { user, system } = process.cpuUsage(before);
  const statistics = engine.statistics();
  await engine.stop();
  return { exchanges, shots, statistics, meanRttUs: sum / answered, processCpuUs: user + system };
}

if (process.argv[1] === import.meta.filename) {
  const task = JSON.parse(process.argv[2] ?? '{}') as ChildTask; // written by our own tests
  console.log(JSON.stringify(await runTask(task)));
}
