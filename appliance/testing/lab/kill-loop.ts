import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock, toIso } from '../../core/clock.ts';
import type { TimelineEvents } from '../../features/judge/state/schema.ts';
import type { SystemFacts } from '../../features/keep/system/schema.ts';
import type { LatencySeries } from '../../features/watch/latency/schema.ts';
import type { Lab } from './lab.ts';
import { anchorTargets, type RunningService, startService } from './service.ts';

export interface KillPlan {
  /** How long each run lives before it is killed, ms; one kill a run. */
  runsMs: readonly number[];
  commitMinutes: number;
}

export interface KillReport {
  /** From the start of the process to the first answer, ms, of every restart. */
  readyMs: number[];
  /** For how much of each of these others had the processor. */
  waitedMs: number[];
  /** Measured seconds of the run before that were gone after its kill. */
  lostSeconds: number[];
  /** Events that had been shown before a kill. */
  events: number;
  /** Of these, those that were gone after it. */
  lostEvents: number;
}

/** The slot that is under way, and the second that its bucket begins in. */
const edgeSeconds = 2;

/** Runs the service, breaks and mends the line, kills the service with signal 9, and looks at what the next run still has. */
export async function killLoop(lab: Lab, { runsMs, commitMinutes }: KillPlan): Promise<KillReport> {
  const dataFolder = path.join(lab.folder, 'data-kill');
  const config = { targets: anchorTargets, storage: { commitMinutes } };
  const report: KillReport = { readyMs: [], waitedMs: [], lostSeconds: [], events: 0, lostEvents: 0 };
  let service = await startService(lab, { dataFolder, config });
  try {
    for (const runMs of runsMs) {
      const fromMs = systemClock.wallMs();
      await liveThrough(lab, runMs);
      const eventsBefore = await eventIds(service);
      const killedMs = systemClock.wallMs();
      const secondsBefore = await measuredSeconds(service, fromMs, killedMs);
      await service.kill();
      service = await startService(lab, { dataFolder, config });
      report.readyMs.push(service.readyMs);
      report.waitedMs.push(service.waitedMs);
      const { store } = await service.get<SystemFacts>('/api/system');
      assert.equal(store.state, 'ok', `after a kill the store is ${store.state}: ${store.message}`);
      const eventsAfter = await eventIds(service);
      report.events += eventsBefore.size;
      report.lostEvents += [...eventsBefore].filter((id) => !eventsAfter.has(id)).length;
      const secondsAfter = await measuredSeconds(service, fromMs, killedMs);
      report.lostSeconds.push(Math.max(0, secondsBefore - secondsAfter - edgeSeconds));
    }
  } finally {
    await service.stop();
  }
  return report;
}

/** A short cut in the middle, so that there are records that must survive. */
async function liveThrough(lab: Lab, runMs: number): Promise<void> {
  await delay(runMs * 0.3);
  await lab.fault('isp');
  await delay(Math.min(4000, runMs * 0.3));
  await lab.clear();
  await delay(runMs - runMs * 0.3 - Math.min(4000, runMs * 0.3));
}

async function eventIds(service: RunningService): Promise<Set<number>> {
  const { events } = await service.get<TimelineEvents>('/api/events?limit=500');
  return new Set(events.map((event) => event.id));
}

async function measuredSeconds(service: RunningService, fromMs: number, toMs: number): Promise<number> {
  const range = `from=${toIso(fromMs)}&to=${toIso(toMs)}`;
  const series = await service.until(
    'the target is there',
    10_000,
    async () => await service.get<LatencySeries>(`/api/latency?target=a1-ipv4&${range}&step=1`),
  );
  return series.points.length;
}
