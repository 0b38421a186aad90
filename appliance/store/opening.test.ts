import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { surplusBackups } from './backup.ts';
import { randomOf } from './simulated-line.ts';
import { beginMs, icmp, minute, notes, openTest, same, temporaryFolder } from './test-store.ts';

const range = { fromMs: beginMs, toMs: beginMs + 3_600_000 };
const add = (text: string) => [{ sql: 'INSERT INTO notes (text) VALUES (?)', parameters: [text] }];

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => add(`note ${index} ${'x'.repeat(60)}`)).flat();

test('what was committed is there after a restart, and the run before is known to have been alive', async (t) => {
  const dataFolder = temporaryFolder(t);
  const first = await openTest(t, { dataFolder });
  first.store.measurements.setAnchor({ offsetMs: first.clock.offsetMs, isKnown: true });
  const id = await first.store.measurements.openSeries(icmp);
  first.store.measurements.append(minute(id, first.clock.monoMs(), same(1000)));
  await first.store.state.write(add('hello'));
  await first.store.close();
  assert.equal(existsSync(join(dataFolder, 'running.json')), false);
  const { store } = await openTest(t, { dataFolder });
  assert.equal(await store.measurements.openSeries(icmp), id);
  assert.equal((await store.measurements.statistics({ series: id, ...range })).count, 60);
  assert.deepEqual(await store.state.all('SELECT text FROM notes'), [{ text: 'hello' }]);
  assert.equal(store.newestMs, beginMs + 59_000);
  const health = await store.health();
  assert.equal(health.previousAliveMs, beginMs + 59_000);
  assert.deepEqual([health.state, health.wasUnclean, health.recovered], ['ok', false, []]);
});

test('a transaction is whole or not at all, and its error names the statement', async (t) => {
  const { store } = await openTest(t, { dataFolder: temporaryFolder(t) });
  await store.state.write(add('one'));
  await assert.rejects(store.state.write([...add('two'), ...add('one')]), {
    code: 'SQL_CONSTRAINT',
    status: 409,
    message: /INSERT INTO notes/,
  });
  assert.deepEqual(await store.state.all('SELECT text FROM notes'), [{ text: 'one' }]);
  await assert.rejects(store.state.all('DELETE FROM notes'), { code: 'SQL_INVALID' });
});

test('a second service on the same folder is told who holds it', async (t) => {
  const dataFolder = temporaryFolder(t);
  await openTest(t, { dataFolder });
  await assert.rejects(openTest(t, { dataFolder }), {
    code: 'DATA_FOLDER_BUSY',
    message: new RegExp(`${dataFolder}.*process ${process.pid}`),
  });
});

test('a folder that cannot be made is named, with what to do', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(openTest(t, { dataFolder: join(folder, 'file', 'data') }), {
    code: 'DATA_FOLDER_UNWRITABLE',
    message: /file\/data.*IST_DATA/,
  });
});

test('data of a newer version is refused by name and left as it is', async (t) => {
  const dataFolder = temporaryFolder(t);
  const { store } = await openTest(t, { dataFolder });
  await store.close();
  await assert.rejects(openTest(t, { dataFolder, migrations: [] }), {
    code: 'DATA_FROM_NEWER_VERSION',
    message: /state-notes/,
  });
  const again = await openTest(t, { dataFolder });
  assert.deepEqual((await again.store.health()).recovered, []);
});

test('an upgrade keeps the rows and leaves a copy from before; a step that fails changes nothing', async (t) => {
  const dataFolder = temporaryFolder(t);
  const first = await openTest(t, { dataFolder });
  await first.store.state.write(add('old'));
  await first.store.close();
  const broken = {
    database: 'state',
    id: 'state-2',
    sql: 'CREATE TABLE more (a INTEGER) STRICT; SELECT nonsense',
  } as const;
  await assert.rejects(openTest(t, { dataFolder, migrations: [notes, broken] }), {
    code: 'MIGRATION_FAILED',
    message: /state-2/,
  });
  const good = { ...broken, sql: 'ALTER TABLE notes ADD COLUMN extra TEXT' };
  const { store } = await openTest(t, { dataFolder, migrations: [notes, good] });
  assert.deepEqual(await store.state.all('SELECT text, extra FROM notes'), [{ text: 'old', extra: null }]);
  const copy = new Database(join(dataFolder, 'state.db.before-upgrade'), { readonly: true });
  t.after(() => copy.close());
  assert.deepEqual(copy.prepare('SELECT * FROM notes').all(), [{ id: 1, text: 'old' }]);
});

for (const [what, damage] of [
  [
    'a file that is no database',
    (path: string) => writeFileSync(path, 'this is not a database, but it is long enough'),
  ],
  ['a database of something else', foreign],
  ['a file cut in the middle', (path: string) => truncateSync(path, statSync(path).size / 2)],
] as const) {
  test(`${what} is set aside, and the newest backup takes its place`, async (t) => {
    const dataFolder = temporaryFolder(t);
    const backups = temporaryFolder(t);
    const first = await openTest(t, { dataFolder });
    await first.store.state.write(many(2000));
    await first.store.backup(backups);
    await first.store.close();
    damage(join(dataFolder, 'state.db'));
    const { store } = await openTest(t, { dataFolder });
    const { recovered } = await store.health();
    assert.equal(recovered.length, 1);
    assert.match(
      recovered[0] ?? '',
      /state\.db was set aside as state\.db\.damaged-.*starts from the backup/,
    );
    assert.deepEqual(await store.state.all('SELECT count(*) AS count FROM notes'), [{ count: 2000 }]);
    assert.equal(
      readdirSync(dataFolder).filter((name) => /^state\.db\.damaged-[^w]*Z$/.test(name)).length,
      1,
    );
    await store.state.write(add('works'));
  });
}

function foreign(path: string): void {
  writeFileSync(path, '');
  const other = new Database(path);
  other.exec('CREATE TABLE theirs (a)');
  other.close();
}

test('of a file with overwritten pages at least 95 % of the rows are saved, without any backup', async (t) => {
  const dataFolder = temporaryFolder(t);
  const first = await openTest(t, { dataFolder });
  const rows = 20_000;
  await first.store.state.write(many(rows));
  await first.store.close();
  const path = join(dataFolder, 'state.db');
  const bytes = readFileSync(path);
  const random = randomOf(5);
  const pages = bytes.length / 4096;
  for (let count = 0; count < 6; count += 1) {
    const page = 8 + Math.floor(random() * (pages - 8));
    for (let at = 0; at < 4096; at += 1) bytes[page * 4096 + at] = random() * 256;
  }
  writeFileSync(path, bytes);
  // An unclean end makes the start look at every page.
  writeFileSync(join(dataFolder, 'running.json'), '{}');
  const { store } = await openTest(t, { dataFolder });
  const isRecovered = new Promise<void>((resolve) => {
    store.onHealthChange((health) => {
      if (health.recovered.length > 0) resolve();
    });
  });
  assert.equal((await store.health()).wasUnclean, true);
  await isRecovered;
  const [found] = await store.state.all<{ count: number }>('SELECT count(*) AS count FROM notes');
  assert.ok((found?.count ?? 0) >= rows * 0.95, `only ${found?.count} of ${rows} rows`);
});

test('a file whose first page is lost is read through the first page of a new one', async (t) => {
  const dataFolder = temporaryFolder(t);
  const first = await openTest(t, { dataFolder });
  await first.store.state.write(many(3000));
  await first.store.close();
  const path = join(dataFolder, 'state.db');
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 0, 4096);
  writeFileSync(path, bytes);
  const { store } = await openTest(t, { dataFolder });
  assert.deepEqual(await store.state.all('SELECT count(*) AS count FROM notes'), [{ count: 3000 }]);
  assert.match((await store.health()).recovered[0] ?? '', /not a database.*3000 rows were saved/);
});

test('a backup is sound, and after a staged restore the next start has its rows', async (t) => {
  const dataFolder = temporaryFolder(t);
  const backups = temporaryFolder(t);
  const first = await openTest(t, { dataFolder });
  await first.store.state.write(add('before'));
  const backup = await first.store.backup(backups);
  assert.ok(backup.bytes > 8192);
  await first.store.state.write(add('after'));
  await first.store.stageRestore(backup.path);
  await first.store.close();
  const { store } = await openTest(t, { dataFolder });
  assert.deepEqual(await store.state.all('SELECT text FROM notes'), [{ text: 'before' }]);
  assert.match((await store.health()).recovered[0] ?? '', /restored from ist-backup-/);
  assert.ok(readdirSync(dataFolder).some((name) => name.startsWith('state.db.before-restore-')));
});

test('what is no backup, or a damaged one, is refused before anything changes', async (t) => {
  const dataFolder = temporaryFolder(t);
  const folder = temporaryFolder(t);
  const { store } = await openTest(t, { dataFolder });
  await assert.rejects(store.stageRestore(folder), { code: 'BACKUP_NOT_FOUND' });
  for (const name of ['state.db', 'measurements.db']) writeFileSync(join(folder, name), 'x'.repeat(5000));
  await assert.rejects(store.stageRestore(folder), { code: 'BACKUP_DAMAGED' });
  assert.equal(existsSync(join(dataFolder, 'restore-staged')), false);
});

test('backups of the last 7 days and 4 weeks are kept, one each', () => {
  const names = Array.from(
    { length: 60 },
    (_, day) => `ist-backup-${new Date(beginMs + day * 86_400_000).toISOString().replaceAll(/[:.]/g, '-')}`,
  );
  const kept = names.filter((name) => !surplusBackups(names).includes(name));
  assert.equal(kept.length, 7 + 2, 'the days reach into two of the four weeks');
  assert.ok(names.slice(-7).every((name) => kept.includes(name)));
  assert.deepEqual(surplusBackups(names.slice(-3)), []);
});

test('a folder that was left in a hurry is known as such', async (t) => {
  const dataFolder = temporaryFolder(t);
  mkdirSync(dataFolder, { recursive: true });
  writeFileSync(join(dataFolder, 'running.json'), '{"pid":1}');
  const { store } = await openTest(t, { dataFolder });
  assert.equal((await store.health()).wasUnclean, true);
});
