/** Opens real stores in temporary folders for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Log } from '../core/log.ts';
import type { MinutePacket } from '../core/storing.ts';
import { SteppedClock } from './bench-cases.ts';
import { type OpenStore, type OpenStoreOptions, openStore } from './index.ts';

export const beginMs = Date.UTC(2026, 0, 5);
export const icmp = { kind: 'icmp', line: 'main', target: 'one', family: 'ipv4' } as const;

export const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
};

const endings = new WeakMap<TestContext, (() => unknown)[]>();

/** Runs at the end of the test, last registered first: stores close before their folders go. */
export function atEnd(t: TestContext, fn: () => unknown): void {
  const fns = endings.get(t) ?? [];
  fns.push(fn);
  if (endings.has(t)) return;
  endings.set(t, fns);
  t.after(async () => {
    for (const end of fns.reverse()) await end();
  });
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-test-'));
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const notes = {
  database: 'state',
  id: 'state-notes',
  sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT',
} as const;

/** Closed at the end of the test, before its folder is removed. */
export async function openTest(
  t: TestContext,
  options: Partial<OpenStoreOptions> & { dataFolder: string },
): Promise<{ store: OpenStore; clock: SteppedClock }> {
  const clock = new SteppedClock(beginMs);
  const store = await openStore({
    migrations: [notes],
    commitMinutes: 5,
    retention: { rawDays: 365, hourDays: 1825, maxMb: 512 },
    clock,
    log: quiet,
    ...options,
  });
  atEnd(t, () => store.close());
  return { store, clock };
}

/** One run of one minute at 1 s; `startMs` on whatever axis the caller means. */
export function minute(series: number, startMonoMs: number, rttUs: readonly number[]): MinutePacket {
  const run = { series, startMonoMs, intervalMs: 1000, rttUs: Float64Array.from(rttUs) };
  return { startMonoMs, runs: [{ ...run, duplicates: 0, reordered: 0, late: 0 }] };
}

export function same(rttUs: number, count = 60): number[] {
  return new Array<number>(count).fill(rttUs);
}
