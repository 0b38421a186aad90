import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { accessWorld, claimedWorld, ownerPassword } from '../../../testing/fakes/access-world.ts';
import { readCode } from './crockford.ts';
import { hashPassword } from './password-hash.ts';
import type { ClaimState, SessionInfo } from './schema.ts';

const claimOf = (code: string) => ({ code, password: ownerPassword });

test('before the claim only health, the claim, the API description and the pages answer over TCP', async (t) => {
  const world = await accessWorld(t);
  const stranger = world.browser();
  for (const path of ['/health', '/api/claim', '/api/openapi.json']) {
    assert.equal((await stranger.get(path)).status, 200, path);
  }
  assert.equal((await stranger.get('/')).status, 503, 'the dashboard, which is not built here');
  const closed = ['GET /api/session', 'POST /api/login', 'POST /api/logout', 'GET /metrics', 'GET /api/live'];
  for (const scope of ['open', 'read', 'admin', 'owner']) closed.push(`GET /api/test/${scope}`);
  for (const [method = '', path = ''] of closed.map((name) => name.split(' '))) {
    const body = path === '/api/login' ? { password: 'x' } : undefined;
    const answer = await stranger.send(method, path, body);
    assert.deepEqual([answer.status, answer.json.error?.code], [403, 'UNCLAIMED'], `${method} ${path}`);
  }
  assert.equal((await world.local('GET', '/api/test/owner')).status, 200, 'the local socket always works');
});

test('a key that was made on the box itself works before anybody has claimed it, and nothing else does', async (t) => {
  const world = await accessWorld(t);
  const made = await world.local('POST', '/api/keys', { name: 'script', scope: 'read' });
  const { key } = made.json as { key?: string };
  const program = world.program({ authorization: `Bearer ${key}` });
  assert.equal((await program('GET', '/api/test/read')).status, 200);
  assert.equal((await program('GET', '/api/test/admin')).status, 403);
  const guess = world.program({ authorization: `Bearer ist_${'A'.repeat(43)}` });
  assert.equal((await guess('GET', '/api/test/read')).json.error?.code, 'UNCLAIMED');
});

test('the code is in a file of our own user, over the local socket, and nowhere else', async (t) => {
  const world = await accessWorld(t);
  const file = `${world.dataFolder}/claim-code.txt`;
  const code = await world.claimCode();
  assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  assert.equal(readFileSync(file, 'utf8'), `${code}\n`);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { json } = await world.browser().get('/api/claim');
  assert.deepEqual(json, { isClaimed: false, code: null, urls: [] });
  assert.ok(
    world.log.lines.some(({ message }) => message.includes(code)),
    'it is shown on the console',
  );
});

test('a restart keeps the code', async (t) => {
  const world = await accessWorld(t);
  const code = await world.claimCode();
  await world.stop();
  const again = await accessWorld(t, { dataFolder: world.dataFolder });
  assert.equal(await again.claimCode(), code);
});

test('the claim makes the owner, signs in and voids the code', async (t) => {
  const world = await accessWorld(t);
  const browser = world.browser();
  const code = await world.claimCode();
  const typed = code.toLowerCase().replace('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
  const answer = await browser.post('/api/claim', claimOf(typed));
  assert.equal(answer.status, 200, answer.text);
  const info = answer.json as unknown as SessionInfo;
  assert.deepEqual([info.kind, info.name, info.isOwner], ['session', 'owner', true]);
  assert.match(
    browser.setCookie,
    /^ist_session=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/,
  );
  assert.equal((await browser.get('/api/test/owner')).status, 200);
  assert.equal(existsSync(`${world.dataFolder}/claim-code.txt`), false);
  const second = await world.browser('127.0.0.2').post('/api/claim', claimOf(code));
  assert.deepEqual([second.status, second.json.error?.code], [409, 'ALREADY_CLAIMED']);
  assert.deepEqual(
    world.events.map(({ kind }) => kind),
    ['access.claimed'],
  );
  await world.stop();
  const again = await accessWorld(t, { dataFolder: world.dataFolder, clock: world.clock });
  const local = (await again.local('GET', '/api/claim')).json as unknown as ClaimState;
  assert.deepEqual(local, { isClaimed: true, code: null, urls: [] });
});

test('two claims at the same time make one owner', async (t) => {
  const world = await accessWorld(t);
  const code = await world.claimCode();
  const answers = await Promise.all(
    ['127.0.0.1', '127.0.0.2', '127.0.0.3'].map((address) =>
      world.browser(address).post('/api/claim', claimOf(code)),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
});

test('after five wrong codes an address waits a quarter of an hour; another one does not', async (t) => {
  const world = await accessWorld(t);
  const code = await world.claimCode();
  const guesser = world.browser('127.0.0.9');
  for (let guess = 0; guess < 5; guess += 1) {
    const answer = await guesser.post('/api/claim', claimOf(`0000-000${guess}`));
    assert.deepEqual([answer.status, answer.json.error?.code], [403, 'CLAIM_CODE_WRONG']);
  }
  const waiting = await guesser.post('/api/claim', claimOf(code));
  assert.deepEqual([waiting.status, waiting.headers['retry-after']], [429, '900']);
  world.clock.advance(899_000);
  assert.equal((await guesser.post('/api/claim', claimOf(code))).status, 429);
  assert.equal((await world.browser('127.0.0.8').post('/api/claim', claimOf(code))).status, 200);
});

test('a weak password is refused with its rule and the code stays good', async (t) => {
  const world = await accessWorld(t);
  const code = await world.claimCode();
  const browser = world.browser();
  for (const [password, rule] of [
    ['short', 'short'],
    ['Password1234!', 'common'],
    ['a'.repeat(129), 'long'],
  ] as const) {
    for (let again = 0; again < 3; again += 1) {
      const answer = await browser.post('/api/claim', { code, password });
      assert.equal(answer.status, 400);
      assert.deepEqual(answer.json.error?.details, { rule });
      assert.doesNotMatch(answer.text, /Password1234|aaaa/);
    }
  }
  assert.equal((await browser.post('/api/claim', claimOf(code))).status, 200);
});

test('a password hash in the configuration makes the owner, once', async (t) => {
  const hash = await hashPassword(ownerPassword);
  const { Secret } = await import('../../../core/secret.ts');
  const world = await accessWorld(t, { access: { ownerPasswordHash: new Secret(hash) } });
  assert.equal(existsSync(`${world.dataFolder}/claim-code.txt`), false);
  const browser = world.browser();
  assert.equal((await browser.post('/api/login', { password: ownerPassword })).status, 200);
  const other = 'a later password of mine';
  const change = { current: ownerPassword, password: other };
  assert.equal((await browser.post('/api/password', change)).status, 200);
  await world.stop();
  const again = await accessWorld(t, {
    dataFolder: world.dataFolder,
    clock: world.clock,
    access: { ownerPasswordHash: new Secret(hash) },
  });
  assert.equal((await again.browser().post('/api/login', { password: ownerPassword })).status, 401);
  assert.equal((await again.browser().post('/api/login', { password: other })).status, 200);
});

test('a password hash that is written into the configuration later claims the box', async (t) => {
  const world = await accessWorld(t);
  const { Secret } = await import('../../../core/secret.ts');
  const ownerPasswordHash = new Secret(await hashPassword(ownerPassword));
  world.changeConfig({ access: { openReading: false, maxKeys: 5, ownerPasswordHash } });
  const login = () => world.browser().post('/api/login', { password: ownerPassword });
  let { status } = await login();
  for (let turn = 0; turn < 2000 && status === 403; turn += 1) ({ status } = await login()); // until it is on disk
  assert.equal(status, 200);
});

test('a key that may change settings cannot make an owner of itself by writing a password hash', async (t) => {
  const world = await accessWorld(t);
  await world.local('POST', '/api/keys', { name: 'script', scope: 'admin' });
  const { Secret } = await import('../../../core/secret.ts');
  const access = {
    openReading: false,
    maxKeys: 5,
    ownerPasswordHash: new Secret(await hashPassword(ownerPassword)),
  };
  world.changeConfig({ access });
  await world.service.offerClaim();
  assert.equal((await world.browser().get('/api/session')).json.error?.code, 'UNCLAIMED');
  await world.stop();
  const again = await accessWorld(t, { dataFolder: world.dataFolder, clock: world.clock, access });
  assert.equal(
    (await again.browser().get('/api/session')).json.error?.code,
    'UNCLAIMED',
    'nor at the next start',
  );
  const answer = await again.browser().post('/api/claim', claimOf(await again.claimCode()));
  assert.equal(answer.status, 200);
});

test('a reset at the local socket removes everybody and every key; over TCP there is none', async (t) => {
  const world = await claimedWorld(t);
  const { key } = (await world.owner.post('/api/keys', { name: 'prometheus' })).json as { key?: string };
  assert.equal((await world.owner.send('DELETE', '/api/claim')).json.error?.code, 'LOCAL_ONLY');
  const reset = await world.local('DELETE', '/api/claim');
  const { isClaimed, code } = reset.json as unknown as ClaimState;
  assert.equal(isClaimed, false);
  assert.notEqual(readCode(code ?? '', 8), null);
  assert.equal((await world.owner.get('/api/test/read')).status, 403);
  const again = world.browser();
  assert.equal((await again.post('/api/claim', claimOf(code ?? ''))).status, 200);
  assert.equal((await world.owner.get('/api/test/read')).status, 401, 'the old session');
  const program = world.program({ authorization: `Bearer ${key}` });
  assert.equal((await program('GET', '/api/test/read')).status, 401, 'the old key');
});

test('the demo may be looked at without claiming it, and changed by nobody else', async (t) => {
  const world = await accessWorld(t, { isDemo: true });
  const visitor = world.browser();
  assert.equal((await visitor.get('/api/test/read')).status, 200);
  assert.equal((await visitor.post('/api/test/write')).status, 401);
  assert.equal((await visitor.post('/api/claim', claimOf(await world.claimCode()))).status, 200);
  assert.equal((await visitor.post('/api/test/write')).status, 200);
});
