import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { openStore } from '../store/index.ts';
import { createJobMemory, scheduleMigrations } from './job-runs.ts';

const ignore = () => undefined;
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => log };

test('the last run of a job outlives a restart', async (context) => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'ist-jobs-'));
  context.after(() => rm(dataFolder, { recursive: true }));
  const open = () =>
    openStore({
      dataFolder,
      migrations: scheduleMigrations,
      commitMinutes: 5,
      retention: { rawDays: 365, hourDays: 1825, maxMb: 512 },
      clock: systemClock,
      log,
    });
  const first = await open();
  const memory = createJobMemory(first.state);
  assert.equal(await memory.lastRunMs('backup'), null);
  await memory.remember('backup', 1000.4);
  await memory.remember('backup', 2000.4);
  await memory.remember('other', 5);
  await first.close();
  const second = await open();
  assert.equal(await createJobMemory(second.state).lastRunMs('backup'), 2000);
  await second.close();
});
