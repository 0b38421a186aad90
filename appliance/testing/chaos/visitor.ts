/** Somebody who only wants to see the page: asks for /health now and then and writes down how long that took. */
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';

export interface VisitorTask {
  port: number;
  forMs: number;
}

export interface VisitorReport {
  /** Of every visit that was answered, ms. */
  tookMs: number[];
  failed: number;
}

const everyMs = 250;
const patienceMs = 5_000;

const { port, forMs } = JSON.parse(process.argv[2] ?? '') as VisitorTask; // written by main.ts
const report: VisitorReport = { tookMs: [], failed: 0 };
const endMs = systemClock.monoMs() + forMs;
while (systemClock.monoMs() < endMs) {
  const startedMs = systemClock.monoMs();
  const isAnswered = await new Promise<boolean>((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path: '/health', agent: false, timeout: patienceMs });
    sent.on('response', (response) =>
      response.resume().on('close', () => resolve(response.statusCode === 200)),
    );
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(false));
    sent.end();
  });
  if (isAnswered) report.tookMs.push(systemClock.monoMs() - startedMs);
  else report.failed += 1;
  await pause(everyMs);
}
process.stdout.write(`${JSON.stringify(report)}\n`);
