import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Bus } from '../../../core/bus.ts';
import { systemClock } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Log } from '../../../core/log.ts';
import type { Migration } from '../../../core/storing.ts';
import { openStore } from '../../../store/index.ts';
import type { BackupConfig } from './config.ts';
import { BackupService } from './service.ts';

const ignore = () => undefined;
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => log };
const notes: Migration = {
  database: 'state',
  id: 'state-test-notes',
  sql: 'create table notes (text text not null) strict',
};

function openIn(dataFolder: string) {
  return openStore({
    dataFolder,
    migrations: [notes],
    commitMinutes: 5,
    retention: { rawDays: 365, hourDays: 1825, maxMb: 512 },
    clock: systemClock,
    log,
  });
}

async function makeWorld(context: TestContext, config: Partial<BackupConfig> = {}, isDemo = false) {
  const dataFolder = await mkdtemp(join(tmpdir(), 'ist-backup-'));
  const store = await openIn(dataFolder);
  let isOpen = true;
  const close = async () => {
    if (isOpen) await store.close();
    isOpen = false;
  };
  context.after(async () => {
    await close();
    await rm(dataFolder, { recursive: true });
  });
  const bus = new Bus(log);
  const needed = {
    store,
    bus,
    log,
    config: { current: { backup: { isEnabled: true, dailyAt: '03:30', folder: null, ...config } } },
    about: { dataFolder, isDemo },
    timeline: { nowMs: () => systemClock.wallMs() },
  };
  const service = new BackupService(needed as unknown as FeatureContext); // all that this feature takes
  return { dataFolder, store, bus, service, close };
}

test('a backup is made, announced, listed, and brings back what was there at the next start', async (context) => {
  const { dataFolder, store, bus, service, close } = await makeWorld(context);
  await store.state.write([{ sql: "insert into notes values ('before')" }]);
  const told: string[] = [];
  bus.on('backup.finished', ({ name }) => told.push(name));
  const copy = await service.backUp();
  assert.deepEqual(told, [copy.name]);
  const { backups, folder } = await service.list();
  assert.equal(folder, join(dataFolder, 'backups'));
  assert.deepEqual(backups, [copy]);
  await store.state.write([{ sql: "insert into notes values ('after')" }]);
  const staged = await service.stageRestore(copy.name);
  assert.match(staged.message, /Restart the service/);
  assert.deepEqual(await store.state.all('select text from notes'), [{ text: 'before' }, { text: 'after' }]);
  await close();
  const restored = await openIn(dataFolder);
  const rows = await restored.state.all('select text from notes');
  await restored.close();
  assert.deepEqual(rows, [{ text: 'before' }]);
});

test('only one backup is made at a time', async (context) => {
  const { service } = await makeWorld(context);
  const first = service.backUp();
  await assert.rejects(service.backUp(), { code: 'BACKUP_BUSY', status: 409 });
  assert.equal((await service.list()).isRunning, true);
  await first;
  assert.equal((await service.list()).isRunning, false);
});

test('a backup that fails is told with its reason and does not stay busy', async (context) => {
  const parent = await mkdtemp(join(tmpdir(), 'ist-backup-to-'));
  context.after(() => rm(parent, { recursive: true }));
  await writeFile(join(parent, 'a-file'), '');
  const { service, bus } = await makeWorld(context, { folder: join(parent, 'a-file', 'no-backups-here') });
  const told: string[] = [];
  bus.on('backup.failed', ({ message }) => told.push(message));
  await assert.rejects(service.backUp(), { code: 'BACKUP_FAILED', message: /no-backups-here/ });
  await assert.rejects(service.backUp(), { code: 'BACKUP_FAILED' });
  assert.equal(told.length, 2);
  const list = await service.list();
  assert.match(list.lastError ?? '', /no-backups-here/);
  assert.deepEqual(list.backups, []);
});

test('what is no backup, or a damaged one, is not staged', async (context) => {
  const { service, dataFolder } = await makeWorld(context);
  const { name } = await service.backUp();
  await assert.rejects(service.stageRestore('ist-backup-unknown'), {
    code: 'BACKUP_UNKNOWN',
    status: 404,
    message: new RegExp(`backups are: ${name}`),
  });
  await assert.rejects(service.stageRestore('../..'), { code: 'BACKUP_UNKNOWN', status: 400 });
  const damaged = join(dataFolder, 'backups', 'damaged');
  await mkdir(damaged);
  for (const database of ['state.db', 'measurements.db'])
    await writeFile(join(damaged, database), 'x'.repeat(5000));
  await assert.rejects(service.stageRestore(damaged), { status: 422 });
});

test('the daily backup follows the configuration and is off in the demo', async (context) => {
  assert.equal((await makeWorld(context, { dailyAt: '04:00' })).service.dailyAt(), '04:00');
  assert.equal((await makeWorld(context, { isEnabled: false })).service.dailyAt(), null);
  assert.equal((await makeWorld(context, {}, true)).service.dailyAt(), null);
});
