import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessWorld, claimedWorld } from '../../../testing/fakes/access-world.ts';
import type { KeyList, KeyMade } from './schema.ts';

const dayMs = 86_400_000;
const make = async (world: Awaited<ReturnType<typeof claimedWorld>>, body: object) => {
  const answer = await world.owner.post('/api/keys', body);
  return { status: answer.status, code: answer.json.error?.code, ...(answer.json as unknown as KeyMade) };
};

test('a key is kept as its hash, works in both headers, and says when it was used last', async (t) => {
  const world = await claimedWorld(t);
  const { key, id } = await make(world, { name: 'prometheus' });
  const rows = JSON.stringify(await world.store.state.all('select * from access_keys'));
  assert.doesNotMatch(rows, new RegExp(key.slice(8)));
  for (const headers of [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }]) {
    assert.equal((await world.program(headers)('GET', '/metrics')).status, 200);
  }
  const { keys } = (await world.owner.get('/api/keys')).json as unknown as KeyList;
  assert.equal(keys[0]?.usedAt, new Date(world.clock.wallMs()).toISOString());
  assert.equal(keys[0]?.id, id);
  assert.doesNotMatch(JSON.stringify(keys), new RegExp(key.slice(8)));
});

test('use is written down once an hour, and a restart keeps the key', async (t) => {
  const world = await claimedWorld(t);
  const { key } = await make(world, { name: 'a' });
  const used = async () =>
    (await world.store.state.all<{ used_at_ms: number | null }>('select used_at_ms from access_keys'))[0]
      ?.used_at_ms;
  const program = world.program({ 'x-api-key': key });
  await program('GET', '/api/test/read');
  assert.equal(await used(), null);
  world.clock.advance(3_600_000);
  const first = await used();
  assert.notEqual(first, null);
  for (let minute = 0; minute < 55; minute += 1) {
    world.clock.advance(60_000);
    await program('GET', '/api/test/read');
  }
  assert.equal(await used(), first);
  await world.stop();
  const again = await accessWorld(t, { dataFolder: world.dataFolder, clock: world.clock });
  assert.equal((await again.program({ 'x-api-key': key })('GET', '/api/test/read')).status, 200);
});

test('a key ends on its day', async (t) => {
  const world = await claimedWorld(t);
  const { key } = await make(world, { name: 'a', expiresDays: 2 });
  const program = world.program({ 'x-api-key': key });
  world.clock.advance(2 * dayMs - 1);
  assert.equal((await program('GET', '/api/test/read')).status, 200);
  world.clock.advance(1);
  const over = await program('GET', '/api/test/read');
  assert.deepEqual([over.status, over.json.error?.code], [401, 'KEY_WRONG']);
});

test('there are as many as the configuration allows, with names of their own', async (t) => {
  const world = await claimedWorld(t, { access: { maxKeys: 2 } });
  assert.equal((await make(world, { name: 'one' })).status, 200);
  assert.deepEqual((await make(world, { name: 'ONE' })).code, 'KEY_EXISTS');
  assert.equal((await make(world, { label: 'two' })).status, 200);
  assert.deepEqual((await make(world, { name: 'three' })).code, 'KEYS_FULL');
  assert.equal((await make(world, {})).status, 400);
  assert.equal((await make(world, { name: 'a', label: 'b' })).status, 400);
  assert.equal((await make(world, { name: 'a', scope: 'owner' })).status, 400);
});

test('no key makes, sees or revokes keys, accounts, sessions or passwords', async (t) => {
  const world = await claimedWorld(t);
  const { key, id } = await make(world, { name: 'all', scope: 'admin' });
  const program = world.program({ authorization: `Bearer ${key}` });
  for (const [method, path, body] of [
    ['GET', '/api/keys'],
    ['POST', '/api/keys', { name: 'more' }],
    ['POST', '/api/api-keys', { label: 'more' }],
    ['DELETE', `/api/keys/${id}`],
    ['GET', '/api/accounts'],
    ['POST', '/api/accounts', { name: 'x', password: 'four ducks on a tall roof' }],
    ['GET', '/api/sessions'],
    ['DELETE', '/api/sessions'],
    ['POST', '/api/password', { current: 'x', password: 'four ducks on a tall roof' }],
    ['POST', '/api/session/confirm', { password: 'x' }],
    ['POST', '/api/second-factor'],
    ['DELETE', '/api/second-factor'],
    ['DELETE', '/api/claim'],
  ] as const) {
    const answer = await program(method, path, body);
    assert.deepEqual([answer.status, answer.json.error?.code], [403, 'SCOPE_MISSING'], `${method} ${path}`);
  }
});

test('a wrong key is refused where something is asked for, and harmless where nothing is', async (t) => {
  const world = await claimedWorld(t);
  const program = world.program({ authorization: 'Bearer ist_0000000000000000000000000000000000000000000' });
  assert.equal((await program('GET', '/health')).status, 200);
  const refused = await program('GET', '/api/test/read');
  assert.deepEqual([refused.status, refused.json.error?.code], [401, 'KEY_WRONG']);
  const basic = world.program({ authorization: 'Basic b3duZXI6cGFzcw==' });
  assert.equal(
    (await basic('GET', '/api/test/read')).json.error?.code,
    'SIGN_IN_NEEDED',
    'meant for somebody else',
  );
});

test('open reading lets the network look and never touch, and only while it is on', async (t) => {
  const world = await claimedWorld(t, { access: { openReading: true } });
  const visitor = world.browser();
  const statuses = async () => {
    const found: number[] = [];
    for (const scope of ['open', 'read', 'run', 'write', 'admin', 'account', 'owner']) {
      found.push((await visitor.get(`/api/test/${scope}`)).status);
    }
    return found;
  };
  assert.deepEqual(await statuses(), [200, 200, 401, 401, 401, 401, 401]);
  const session = (await visitor.get('/api/session')).json;
  assert.deepEqual([session.kind, session.scopes, session.isReadingOpen], ['nobody', ['open', 'read'], true]);
  const proxied = world.program({ 'x-forwarded-for': '203.0.113.5' });
  assert.equal(
    (await proxied('GET', '/api/test/read')).status,
    401,
    'what a proxy brings is not of this network',
  );
  world.changeConfig({ access: { openReading: false, maxKeys: 5, ownerPasswordHash: null } });
  assert.deepEqual(await statuses(), [200, 401, 401, 401, 401, 401, 401]);
});
