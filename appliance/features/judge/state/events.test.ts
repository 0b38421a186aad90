import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { systemClock } from '../../../core/clock.ts';
import { openStore } from '../../../store/index.ts';
import { FakeLog } from '../../../testing/fakes/log.ts';
import { EventLog, eventMigrations } from './events.ts';

test('events come back newest first, by kind and before a time', async () => {
  const dataFolder = await mkdtemp(`${tmpdir()}/ist-events-`);
  const store = await openStore({
    dataFolder,
    migrations: eventMigrations,
    commitMinutes: 5,
    retention: { rawDays: 1, hourDays: 1, maxMb: 64 },
    clock: systemClock,
    log: new FakeLog(),
  });
  try {
    const events = new EventLog(store.state);
    const at = Date.UTC(2026, 10, 22);
    await events.record({ atMs: at, kind: 'gap', text: 'first' });
    await events.record({ atMs: at + 2000, kind: 'state.changed', text: 'third', line: 'main' });
    await events.record({ atMs: at + 1000, kind: 'state.changed', text: 'second', line: 'main' });
    const texts = async (limit: number, beforeMs: number | null, kind: string | null) =>
      (await events.list(limit, beforeMs, kind)).map(({ text }) => text);
    assert.deepEqual(await texts(10, null, null), ['third', 'second', 'first']);
    assert.deepEqual(await texts(1, null, null), ['third']);
    assert.deepEqual(await texts(10, at + 2000, null), ['second', 'first']);
    assert.deepEqual(await texts(10, null, 'gap'), ['first']);
    assert.equal((await events.list(1, null, null))[0]?.line, 'main');
  } finally {
    await store.close();
    await rm(dataFolder, { recursive: true });
  }
});
