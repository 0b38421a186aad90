import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStream } from '../../../http/testing.ts';
import {
  accessWorld,
  claimedWorld,
  ownerPassword,
  viewerPassword,
} from '../../../testing/fakes/access-world.ts';
import type { SessionInfo, SessionList } from './schema.ts';
import { sessionLimits } from './sessions.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const statusOf = async (answer: Promise<{ status: number }>) => (await answer).status;

test('the token is on disk only as its hash', async (t) => {
  const world = await claimedWorld(t);
  const token = world.owner.cookie.split('=')[1] ?? '';
  assert.equal(token.length, 43);
  const rows = await world.store.state.all('select * from access_sessions');
  assert.equal(rows.length, 1);
  assert.doesNotMatch(JSON.stringify(rows), new RegExp(token));
  assert.match(JSON.stringify(rows), /"token_hash":"[0-9a-f]{64}"/);
});

test('a session ends after seven days without use, and after thirty with it', async (t) => {
  const world = await claimedWorld(t);
  for (let day = 0; day < 29; day += 1) {
    world.clock.advance(dayMs);
    assert.equal(await statusOf(world.owner.get('/api/test/read')), 200, `day ${day + 1}`);
  }
  world.clock.advance(dayMs + 1);
  assert.equal(await statusOf(world.owner.get('/api/test/read')), 401, 'thirty days');
  await world.owner.post('/api/login', { password: ownerPassword });
  world.clock.advance(7 * dayMs + 1);
  assert.equal(await statusOf(world.owner.get('/api/test/read')), 401, 'seven days idle');
  world.clock.advance(hourMs);
  const rows = await world.store.state.all('select * from access_sessions');
  assert.deepEqual(rows, [], 'and what is over is not kept');
});

test('a restart signs nobody out', async (t) => {
  const world = await claimedWorld(t);
  await world.stop();
  const again = await accessWorld(t, { dataFolder: world.dataFolder, clock: world.clock });
  const browser = again.browser();
  browser.cookie = world.owner.cookie;
  assert.equal(await statusOf(browser.get('/api/test/owner')), 200);
  const { confirmedUntil } = (await browser.get('/api/session')).json as unknown as SessionInfo;
  assert.equal(confirmedUntil, null, 'the password must be given again');
});

test('a backup that is put back brings no session back', async (t) => {
  const world = await claimedWorld(t);
  const { path } = await world.store.backup(`${world.dataFolder}/backups`);
  await world.store.stageRestore(path);
  await world.stop();
  const again = await accessWorld(t, { dataFolder: world.dataFolder, clock: world.clock });
  const browser = again.browser();
  browser.cookie = world.owner.cookie;
  assert.equal(await statusOf(browser.get('/api/test/read')), 401);
  assert.equal(await statusOf(browser.post('/api/login', { password: ownerPassword })), 200);
  assert.deepEqual(
    again.events.map(({ kind }) => kind),
    ['access.restored'],
  );
});

test('using a session writes once an hour, whatever it does', async (t) => {
  const world = await claimedWorld(t);
  const seen = async () => {
    const [row] = await world.store.state.all<{ seen_at_ms: number }>(
      'select seen_at_ms from access_sessions',
    );
    return row?.seen_at_ms ?? 0;
  };
  const first = await seen();
  for (let minute = 0; minute < 55; minute += 1) {
    world.clock.advance(60_000);
    await world.owner.get('/api/test/read');
  }
  assert.equal(await seen(), first);
  world.clock.advance(2 * hourMs);
  await world.owner.get('/api/test/read');
  world.clock.advance(hourMs);
  assert.ok((await seen()) > first);
});

test('there are at most twenty; the account with the most gives up the one unused for longest', async (t) => {
  const world = await claimedWorld(t);
  await world.owner.post('/api/accounts', { name: 'Anna', password: viewerPassword });
  const anna = Array.from({ length: 22 }, () => world.browser());
  for (const browser of anna) {
    world.clock.advance(1000);
    await browser.post('/api/login', { name: 'anna', password: viewerPassword });
  }
  const { sessions } = (await world.owner.get('/api/sessions')).json as unknown as SessionList;
  assert.equal(sessions.length, sessionLimits.sessions);
  assert.equal(await statusOf(world.owner.get('/api/test/read')), 200, 'a viewer pushes nobody else out');
  const left = await Promise.all(anna.map((browser) => statusOf(browser.get('/api/test/read'))));
  assert.deepEqual(left, [401, 401, 401, ...Array(19).fill(200)]);
});

test('everybody sees and ends the own sessions, the owner all', async (t) => {
  const world = await claimedWorld(t);
  await world.owner.post('/api/accounts', { name: 'Anna', password: viewerPassword });
  const [phone, tablet] = [world.browser('127.0.0.4'), world.browser('127.0.0.5')];
  for (const browser of [phone, tablet])
    await browser.post('/api/login', { name: 'Anna', password: viewerPassword });
  const list = async (browser: typeof phone) =>
    ((await browser.get('/api/sessions')).json as unknown as SessionList).sessions;
  assert.equal((await list(world.owner)).length, 3);
  const own = await list(phone);
  assert.deepEqual(own.map(({ name, isCurrent }) => `${name} ${isCurrent}`).sort(), [
    'Anna false',
    'Anna true',
  ]);
  const current = own.find(({ isCurrent }) => isCurrent);
  assert.deepEqual([current?.address, current?.agent], ['127.0.0.4', 'Test browser']);
  const ownersId = (await list(world.owner)).find(({ name }) => name === 'owner')?.id;
  assert.equal(await statusOf(phone.send('DELETE', `/api/sessions/${ownersId}`)), 404, 'not hers');
  assert.deepEqual((await phone.send('DELETE', '/api/sessions')).json, { ended: 1 });
  assert.equal(await statusOf(tablet.get('/api/test/read')), 401);
  assert.deepEqual((await world.owner.send('DELETE', `/api/sessions/${current?.id}`)).json, { ended: 1 });
  assert.equal(await statusOf(phone.get('/api/test/read')), 401);
});

test('signing out ends the session and takes the cookie back, also when it was over already', async (t) => {
  const world = await claimedWorld(t);
  const { cookie } = world.owner;
  assert.deepEqual((await world.owner.post('/api/logout')).json, { ended: 1 });
  assert.equal(world.owner.cookie, '');
  world.owner.cookie = cookie;
  assert.equal(await statusOf(world.owner.get('/api/test/read')), 401);
  assert.deepEqual((await world.owner.post('/api/logout')).json, { ended: 0 });
});

test('a browser’s name is kept short and without what acts', async (t) => {
  const world = await claimedWorld(t);
  const browser = world.browser();
  const agent = `Evil\u200b name ${'x'.repeat(5000)}`;
  await browser.send(
    'POST',
    '/api/login',
    { password: ownerPassword },
    { 'user-agent': Buffer.from(agent).toString('latin1') },
  );
  const { sessions } = (await browser.get('/api/sessions')).json as unknown as SessionList;
  const kept = sessions.find(({ isCurrent }) => isCurrent)?.agent ?? '';
  assert.ok(kept.startsWith('Evil') && kept.length <= 120, `${kept.length}`);
});

test('setting the clock neither ends a session of today nor makes it last longer', async (t) => {
  const world = await claimedWorld(t);
  // As on a box without a battery: it boots in 1970 and learns the time later.
  world.clock.stepWall(56 * 365 * dayMs);
  world.timeline.check();
  assert.equal(await statusOf(world.owner.get('/api/test/read')), 200);
  world.clock.advance(7 * dayMs + 1);
  assert.equal(await statusOf(world.owner.get('/api/test/read')), 401);
});

test('a session that cannot be stored holds until the next start', async (t) => {
  const world = await claimedWorld(t);
  await world.store.state.write([{ sql: 'drop table access_sessions' }]);
  const browser = world.browser();
  assert.equal(await statusOf(browser.post('/api/login', { password: ownerPassword })), 200);
  assert.equal(await statusOf(browser.get('/api/test/owner')), 200);
  await world.store.state.write([
    {
      sql: `create table access_sessions (id text primary key, token_hash text, account_id text,
              created_at_ms integer, seen_at_ms integer, address text, agent text)`,
    },
  ]);
});

test('a live stream ends within five seconds of its session, its key or open reading', async (t) => {
  const world = await claimedWorld(t, { access: { openReading: true } });
  const { id, key } = (await world.owner.post('/api/keys', { name: 'watcher' })).json as {
    id: string;
    key: string;
  };
  const open = (headers: Record<string, string>) => openStream(`${world.url}/api/live`, headers);
  const [mine, keys, anybodys] = await Promise.all([
    open({ cookie: world.owner.cookie }),
    open({ authorization: `Bearer ${key}` }),
    open({}),
  ]);
  for (const stream of [mine, keys, anybodys]) assert.equal((await stream.next())?.event, 'hello');
  world.clock.advance(60_000);
  assert.equal((await mine.next())?.event, 'heartbeat', 'nothing has ended yet');
  const other = world.browser();
  await other.post('/api/login', { password: ownerPassword });
  await other.send('DELETE', `/api/keys/${id}`);
  await world.owner.post('/api/logout');
  world.changeConfig({ access: { openReading: false, maxKeys: 5, ownerPasswordHash: null } });
  world.clock.advance(5_000);
  await Promise.all([mine.ended, keys.ended, anybodys.ended]);
});
