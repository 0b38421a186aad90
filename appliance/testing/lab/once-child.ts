/** Sends the single probes, traces and path MTU searches listed as JSON on standard input, and writes the results as JSON. */
import { readFileSync } from 'node:fs';
import { systemClock } from '../../core/clock.ts';
import type { PathMtu, PathMtuOptions, Trace, TraceOptions } from '../../core/network.ts';
import type { OneShot, OneShotResult } from '../../core/probing.ts';
import { createEngine } from '../../net/engine.ts';
import { findPathMtu } from '../../net/path-mtu.ts';
import { traceRoute } from '../../net/traceroute.ts';
import { quietLog } from './quiet-log.ts';

export interface OnceTask {
  probes?: OneShot[];
  traces?: TraceOptions[];
  mtus?: PathMtuOptions[];
}

export interface OnceReport {
  probes: OneShotResult[];
  traces: Trace[];
  mtus: PathMtu[];
}

const task = JSON.parse(readFileSync(0, 'utf8')) as OnceTask; // written by once.ts
const engine = createEngine({ clock: systemClock, log: quietLog });
await engine.start();
const report: OnceReport = { probes: [], traces: [], mtus: [] };
for (const request of task.probes ?? []) report.probes.push(await engine.probeOnce(request));
for (const options of task.traces ?? []) report.traces.push(await traceRoute(engine, options));
for (const options of task.mtus ?? []) report.mtus.push(await findPathMtu(engine, options));
await engine.stop();
console.log(JSON.stringify(report));
