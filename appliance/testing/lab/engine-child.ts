/** Runs the probing engine alone, as told by the JSON on standard input, and writes what it saw as JSON. */
import { readFileSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import type { ProbeTarget } from '../../core/probing.ts';
import { createEngine, type EngineOptions } from '../../net/engine.ts';
import { quietLog } from './quiet-log.ts';

export interface EngineTask {
  targets: ProbeTarget[];
  /** How long to probe; the last timeouts are waited for on top. */
  runMs: number;
  /** Blocks the JavaScript thread for `busyMs` of every `everyMs`. */
  block?: { busyMs: number; everyMs: number };
  /** How the engine is opened; default: as the service does. */
  engine?: Omit<EngineOptions, 'clock' | 'log'>;
  /** False: only the statistics, for runs of many thousands a second. */
  isKeepingExchanges: boolean;
}

/** Columns, one entry an exchange, in order of completion. */
export interface EngineColumns {
  handle: number[];
  seq: number[];
  sentMonoMs: number[];
  outcome: string[];
  rttUs: (number | null)[];
  isReordered: boolean[];
}

export interface EngineReport {
  handles: number[];
  columns: EngineColumns;
  statistics: ReturnType<ReturnType<typeof createEngine>['statistics']>;
  /** wallMs = monoMs + offsetMs, when it ended. */
  offsetMs: number;
  /** Exchanges sent after this are not part of the run. */
  cutOffMonoMs: number;
  /** CPU of the whole process over the run, µs. */
  cpuUs: number;
  elapsedMs: number;
}

const task = JSON.parse(readFileSync(0, 'utf8')) as EngineTask; // written by engine.ts
const clock = systemClock;
const columns: EngineColumns = {
  handle: [],
  seq: [],
  sentMonoMs: [],
  outcome: [],
  rttUs: [],
  isReordered: [],
};
const engine = createEngine({ clock, log: quietLog, ...task.engine });
engine.onExchanges((exchanges) => {
  if (!task.isKeepingExchanges) return;
  for (const { handle, seq, sentMonoMs, outcome, rttUs, isReordered } of exchanges) {
    columns.handle.push(handle);
    columns.seq.push(seq);
    columns.sentMonoMs.push(sentMonoMs);
    columns.outcome.push(outcome);
    columns.rttUs.push(Number.isNaN(rttUs) ? null : rttUs);
    columns.isReordered.push(isReordered);
  }
});
await engine.start();
const cpuBefore = process.cpuUsage();
const startedMs = clock.monoMs();
const handles = task.targets.map((target) => engine.add(target));
const timer = task.block && setInterval(() => block(task.block?.busyMs ?? 0), task.block.everyMs);
await delay(task.runMs);
clearInterval(timer);
const elapsedMs = clock.monoMs() - startedMs;
const cpu = process.cpuUsage(cpuBefore);
// It probes on while the last replies come in: what was sent after the cut-off is for the reader to leave out.
const cutOffMonoMs = startedMs + elapsedMs;
await delay(Math.max(...task.targets.map((target) => target.timeoutMs)) + 300);
const report: EngineReport = {
  handles,
  columns,
  statistics: engine.statistics(),
  offsetMs: clock.wallMs() - clock.monoMs(),
  cutOffMonoMs,
  cpuUs: cpu.user + cpu.system,
  elapsedMs,
};
await engine.stop();
writeAll(JSON.stringify(report));

function block(busyMs: number): void {
  const until = clock.monoMs() + busyMs;
  while (clock.monoMs() < until);
}

/** A pipe takes 64 kB at a time, and what was not taken must be offered again. */
function writeAll(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error; // writeSync throws system errors only
    }
  }
}
