import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openTest, temporaryFolder } from '../../../store/test-store.ts';
import { FakeStore } from '../../../testing/fakes/store.ts';
import { giveUpMs, KnownNames, knownNameMigrations } from './known-names.ts';

const name = 'example.com';

async function openNames(t: TestContext, dataFolder: string) {
  const { store } = await openTest(t, { dataFolder, migrations: knownNameMigrations });
  const names = new KnownNames(store.state);
  await names.load();
  return { names, store };
}

test('what was learned survives a restart, and names that are watched no more are forgotten', async (t) => {
  const folder = temporaryFolder(t);
  const first = await openNames(t, folder);
  assert.equal(first.names.hasAny('main'), false);
  first.names.learn('main', name, 'A', ['192.0.2.1', '192.0.2.2']);
  first.names.learn('main', 'nas.example.com', 'A', ['192.168.1.5']);
  first.names.learn('main', 'gone.example.com', 'AAAA', ['2001:db8::1']);
  assert.equal(first.names.hasNewUnsaved, true);
  await first.names.save(['main'], [name, 'nas.example.com', 'gone.example.com']);
  assert.equal(first.names.hasNewUnsaved, false);
  await first.names.save(['main'], [name, 'nas.example.com']);
  await first.store.close();
  const { names } = await openNames(t, folder);
  assert.deepEqual(names.get('main', name, 'A')?.addresses, ['192.0.2.1', '192.0.2.2']);
  assert.equal(names.get('main', name, 'A')?.isPrivate, false);
  assert.equal(names.get('main', 'nas.example.com', 'A')?.isPrivate, true);
  assert.equal(names.get('main', 'gone.example.com', 'AAAA'), null);
  assert.equal(names.get('main', name, 'AAAA'), null);
  assert.equal(names.get('other', name, 'A'), null);
  assert.equal(names.hasAny('main'), true);
});

test('nothing is written when nothing is new, and what could not be written waits', async () => {
  const store = new FakeStore();
  const names = new KnownNames(store.state);
  names.learn('main', name, 'A', ['192.0.2.1', '192.0.2.2']);
  await names.save(['main'], [name]);
  names.learn('main', name, 'A', ['192.0.2.2', '192.0.2.1']); // a server that turns them round
  await names.save(['main'], [name]);
  assert.equal(store.written.length, 1);
  const { write } = store.state;
  store.state.write = () => Promise.reject(new Error('disk full'));
  names.learn('main', name, 'A', ['192.0.2.3']);
  assert.equal(names.hasNewUnsaved, false, 'a new address of a known name can wait');
  await assert.rejects(names.save(['main'], [name]), /disk full/);
  store.state.write = write;
  await names.save(['main'], [name]);
  assert.deepEqual(store.written[1]?.parameters, ['main', name, 'A', 0, '192.0.2.3 192.0.2.1 192.0.2.2']);
});

test('the newest addresses are kept, a bounded number', () => {
  const names = new KnownNames(new FakeStore().state);
  for (let i = 0; i < 200; i += 1) names.learn('main', name, 'A', [`192.0.2.${i}`]);
  const addresses = names.get('main', name, 'A')?.addresses ?? [];
  assert.equal(addresses.length, 24);
  assert.equal(addresses[0], '192.0.2.199');
});

test('a name that is public after all forgets the private address it was first met with', () => {
  const names = new KnownNames(new FakeStore().state);
  names.learn('main', name, 'A', ['10.0.0.1']);
  assert.equal(names.get('main', name, 'A')?.isPrivate, true);
  names.learn('main', name, 'A', ['93.184.215.14']);
  assert.deepEqual(names.get('main', name, 'A')?.addresses, ['93.184.215.14']);
  assert.equal(names.get('main', name, 'A')?.isPrivate, false);
});

test('it is known for how long an unknown name has given strange addresses', () => {
  const names = new KnownNames(new FakeStore().state);
  assert.equal(names.strangeForMs('main', name, 'A', 500), 0);
  names.noteStrange('main', name, 'A', 1000);
  names.noteStrange('main', name, 'A', 5000);
  assert.equal(names.strangeForMs('main', name, 'A', 6000), 5000);
  assert.equal(names.get('main', name, 'A'), null, 'strange is not known');
  names.learn('main', name, 'A', ['93.184.215.14']);
  assert.equal(names.strangeForMs('main', name, 'A', 7000), 0);
});

test('what fails for a day while others work is forgotten; one good answer in between starts anew', () => {
  const names = new KnownNames(new FakeStore().state);
  const isKnown = () => names.get('main', name, 'A') !== null;
  names.noteBad('main', name, 'A', 0, true);
  names.learn('main', name, 'A', ['93.184.215.14']);
  names.noteBad('main', name, 'A', 1000, true);
  names.noteBad('main', name, 'A', giveUpMs, true);
  assert.ok(isKnown(), 'not yet a day');
  names.noteGood('main', name, 'A');
  names.noteBad('main', name, 'A', giveUpMs + 1000, true);
  assert.ok(isKnown(), 'a new day');
  names.noteBad('main', name, 'A', 3 * giveUpMs, false);
  assert.ok(isKnown(), 'nothing works: that is an outage, however long');
  names.noteBad('main', name, 'A', 3 * giveUpMs, true);
  assert.equal(isKnown(), false);
});
