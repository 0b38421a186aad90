/** Sends the single probes listed as JSON on standard input, one after the other, and writes the results as JSON. */
import { readFileSync } from 'node:fs';
import { systemClock } from '../../core/clock.ts';
import type { OneShot, OneShotResult } from '../../core/probing.ts';
import { createEngine } from '../../net/engine.ts';
import { quietLog } from './quiet-log.ts';

const requests = JSON.parse(readFileSync(0, 'utf8')) as OneShot[]; // written by once.ts
const engine = createEngine({ clock: systemClock, log: quietLog });
await engine.start();
const results: OneShotResult[] = [];
for (const request of requests) results.push(await engine.probeOnce(request));
await engine.stop();
console.log(JSON.stringify(results));
