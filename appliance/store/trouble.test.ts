import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { atEnd, beginMs, icmp, minute, openTest, same, temporaryFolder } from './test-store.ts';

const writer = join(import.meta.dirname, 'test-kill-writer.ts');

test('killed ten times while it writes, the store keeps every acknowledged row and minute', async (t) => {
  const dataFolder = temporaryFolder(t);
  let acknowledged = 0;
  for (let round = 0; round < 10; round += 1) {
    const child = spawn(process.execPath, [writer, dataFolder, String(acknowledged)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const wanted = acknowledged + 1 + ((round * 7) % 12);
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged >= wanted) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    assert.equal(child.signalCode, 'SIGKILL');
  }
  const { store } = await openTest(t, { dataFolder });
  const [rows] = await store.state.all<{ count: number; last: number }>(
    'SELECT count(*) AS count, max(id) AS last FROM notes',
  );
  assert.ok((rows?.last ?? 0) >= acknowledged);
  assert.equal(rows?.count, rows?.last);
  const id = await store.measurements.openSeries(icmp);
  const range = { series: id, fromMs: beginMs, toMs: beginMs + 86_400_000 };
  const { points } = await store.measurements.points({ ...range, stepMs: 60_000 });
  assert.ok(points.length >= acknowledged);
  assert.ok(points.every((point) => point.count === 60));
  const health = await store.health();
  assert.deepEqual([health.wasUnclean, health.recovered], [true, []]);
});

const canMount = process.getuid?.() === 0;

test('a full disk is a state that names the folder; minutes wait in memory and are written when there is room', {
  skip: canMount ? false : 'needs root, to mount a small file system',
}, async (t) => {
  const folder = temporaryFolder(t);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'store-test', folder]);
  if (mounted.status !== 0) return t.skip('this machine does not let us mount a tmpfs');
  atEnd(t, () => spawnSync('umount', [folder]));
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  const { store, clock } = await openTest(t, { dataFolder });
  store.measurements.setAnchor({ offsetMs: clock.offsetMs, isKnown: true });
  const id = await store.measurements.openSeries(icmp);
  await store.measurements.flush();
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, 'ballast'), Buffer.alloc(bavail * bsize));
  const states: string[] = [];
  store.onHealthChange((health) => states.push(health.state));
  for (let count = 0; count < 20; count += 1)
    store.measurements.append(minute(id, clock.monoMs() + count * 60_000, same(1000 + count)));
  await assert.rejects(store.measurements.flush(), { code: 'STORAGE_UNAVAILABLE', message: /disk is full/ });
  await assert.rejects(
    store.state.write([{ sql: 'INSERT INTO notes (text) VALUES (?)', parameters: ['x'.repeat(9000)] }]),
    { code: 'STORAGE_UNAVAILABLE', status: 503 },
  );
  const health = await store.health();
  assert.equal(health.state, 'degraded');
  assert.ok(health.message?.includes(dataFolder));
  assert.equal(health.pendingPackets, 20);
  const range = { series: id, fromMs: beginMs, toMs: beginMs + 3_600_000 };
  assert.equal((await store.measurements.statistics(range)).count, 1200, 'they are part of every answer');
  rmSync(join(folder, 'ballast'));
  clock.advance(60_000);
  await store.health();
  await store.health();
  assert.deepEqual(states, ['degraded', 'ok']);
  assert.equal((await store.health()).pendingPackets, 0);
  assert.equal((await store.measurements.statistics(range)).count, 1200);
});

test('memory for minutes that cannot be written is bounded, and what is dropped is counted', async (t) => {
  const { store, clock } = await openTest(t, { dataFolder: temporaryFolder(t), commitMinutes: 10_000 });
  store.measurements.setAnchor({ offsetMs: clock.offsetMs, isKnown: true });
  const id = await store.measurements.openSeries(icmp);
  for (let count = 0; count < 800; count += 1)
    store.measurements.append(minute(id, clock.monoMs() + count * 60_000, same(1000, 10)));
  let health = await store.health();
  // The queue to the worker empties in turns of the event loop.
  while (health.pendingPackets + health.droppedPackets < 800) health = await store.health();
  assert.equal(health.pendingPackets, 720);
  assert.equal(health.droppedPackets, 80);
});

test('after closing, a request is refused instead of waiting for ever', async (t) => {
  const { store } = await openTest(t, { dataFolder: temporaryFolder(t) });
  await store.close();
  await assert.rejects(store.measurements.flush(), { code: 'STORE_CLOSED' });
  await store.close();
});
