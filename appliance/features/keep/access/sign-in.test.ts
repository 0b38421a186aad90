import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import {
  type AccessWorld,
  type Browser,
  claimedWorld,
  ownerPassword,
  viewerPassword,
} from '../../../testing/fakes/access-world.ts';
import { settle } from '../../../testing/fakes/context.ts';
import { maxUnderWay } from './hash-queue.ts';
import { hashPassword, isOutdated } from './password-hash.ts';
import { normalPassword } from './password-rules.ts';
import type { Enrolment, RecoveryCodes, SessionInfo, SessionList } from './schema.ts';
import { sessionLimits } from './sessions.ts';

const login = (browser: Browser, body: object = { password: ownerPassword }) =>
  browser.post('/api/login', body);
const wrong = { password: 'not the right one at all' };

test('the owner signs in by password alone, others by name, and the old session of the browser ends', async (t) => {
  const world = await claimedWorld(t);
  await world.owner.post('/api/accounts', { name: 'Anna', password: viewerPassword });
  const before = world.owner.cookie;
  const answer = await login(world.owner);
  const info = answer.json as unknown as SessionInfo;
  assert.deepEqual([info.name, info.isOwner], ['owner', true]);
  assert.notEqual(world.owner.cookie, before, 'a new id at every sign-in');
  const old = world.browser();
  old.cookie = before;
  assert.equal((await old.get('/api/test/read')).status, 401);
  const anna = world.browser();
  assert.equal((await login(anna, { name: ' anna', password: viewerPassword })).status, 200);
  assert.equal((await login(anna, { name: 'ANNA', password: ownerPassword })).status, 401);
});

test('a password is the same however its letters are put together', async (t) => {
  const world = await claimedWorld(t);
  const composed = 'vier Gänse überm Dach'.normalize('NFC');
  await world.owner.post('/api/password', { current: ownerPassword, password: composed });
  assert.equal((await login(world.browser(), { password: composed.normalize('NFD') })).status, 200);
});

test('a name that nobody has is refused like a wrong password, and takes as long', async (t) => {
  const world = await claimedWorld(t);
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let round = 0; round < 8; round += 1) {
    for (const kind of ['known', 'unknown'] as const) {
      const browser = world.browser(`127.0.${round + 1}.${kind === 'known' ? 1 : 2}`);
      const began = performance.now();
      const answer = await login(browser, { name: kind === 'known' ? 'owner' : 'nobody at all', ...wrong });
      times[kind].push(performance.now() - began);
      assert.deepEqual(
        [answer.status, answer.json.error],
        [401, { code: 'SIGN_IN_WRONG', message: 'Name or password is wrong' }],
      );
    }
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[4] ?? 0;
  const ratio = median(times.known) / median(times.unknown);
  t.diagnostic(`known ${median(times.known).toFixed(0)} ms, unknown ${median(times.unknown).toFixed(0)} ms`);
  // Without the hash for nobody it would be 1 ms against 40.
  assert.ok(ratio > 0.4 && ratio < 2.5, `ratio ${ratio}`);
});

test('five failures from an address are an event, and it waits; the owner elsewhere does not', async (t) => {
  const world = await claimedWorld(t);
  const guesser = world.browser('127.0.0.66');
  for (let guess = 0; guess < 5; guess += 1) assert.equal((await login(guesser, wrong)).status, 401);
  const waiting = await login(guesser);
  assert.deepEqual([waiting.status, waiting.json.error?.code], [429, 'TOO_MANY_TRIES']);
  assert.equal(waiting.headers['retry-after'], '30');
  assert.equal((await login(world.browser('127.0.0.2'))).status, 200);
  world.clock.advance(30_000);
  assert.equal((await login(guesser)).status, 200, 'never locked for good');
  const told = world.events.filter(({ kind }) => kind === 'access.refused');
  assert.equal(told.length, 1);
  assert.doesNotMatch(told[0]?.text ?? '', /127\.0\.0/, 'everybody who may read sees events');
  const lines = world.log.lines.filter(({ message }) => message === 'a sign-in failed');
  assert.equal(lines.length, 5);
  assert.deepEqual(lines[4]?.fields, { address: '127.0.0.66', account: 'owner', inARow: 5 });
});

test('what was typed into the wrong field is in no log', async (t) => {
  const world = await claimedWorld(t);
  await login(world.browser(), { name: ownerPassword, password: 'my other password of the bank' });
  assert.doesNotMatch(JSON.stringify(world.log.lines), /maple river|other password/);
});

test('a flood from many addresses slows every try down, keeps nobody out and fills no log', async (t) => {
  const world = await claimedWorld(t);
  for (let address = 1; address <= 30; address += 1) {
    await login(world.browser(`127.0.9.${address}`), wrong);
  }
  const linesBefore = world.log.lines.length;
  const flood = Array.from({ length: 100 }, (_, index) =>
    login(world.browser(`127.1.${Math.floor(index / 50)}.${(index % 50) + 1}`), wrong),
  );
  await waitUntilSlow(world);
  // The owner's address is known from his session: strangers cannot take his place.
  const fromHome = login(world.browser());
  await settle();
  world.clock.advance(2_000);
  assert.equal((await fromHome).status, 200);
  const answers = await Promise.all(flood);
  const refused = answers.filter(({ json }) => json.error?.code === 'SIGN_IN_BUSY');
  assert.equal(refused.length, 100 - maxUnderWay, 'those are told to come back');
  assert.equal(refused[0]?.headers['retry-after'], '5');
  assert.ok(answers.every(({ status }) => status === 401 || status === 503));
  const lines = world.log.lines.slice(linesBefore).filter(({ level }) => level === 'warn');
  assert.ok(lines.length <= 3, `${lines.length} lines`);
  assert.ok(world.events.length <= 3);
});

/** Until as many tries as there are places stand and wait for the clock. */
async function waitUntilSlow(world: AccessWorld): Promise<void> {
  const isRefusing = async () => (await login(world.browser('127.2.0.1'), wrong)).status === 503;
  while (!(await isRefusing())) await settle();
}

test('a hash of less than today is replaced at the next sign-in', async (t) => {
  const world = await claimedWorld(t);
  const weak = await hashPassword(normalPassword(ownerPassword), false);
  await world.stop();
  const { openStore } = await import('../../../store/index.ts');
  const { access } = await import('./index.ts');
  const store = await openStore({
    dataFolder: world.dataFolder,
    migrations: access.migrations ?? [],
    commitMinutes: 5,
    retention: { rawDays: 1, hourDays: 1, maxMb: 64 },
    clock: world.clock,
    log: world.log,
  });
  await store.state.write([{ sql: 'update access_accounts set password_hash = ?', parameters: [weak] }]);
  await store.close();
  const { accessWorld } = await import('../../../testing/fakes/access-world.ts');
  const again = await accessWorld(t, { dataFolder: world.dataFolder, clock: world.clock });
  assert.equal((await login(again.browser())).status, 200);
  const [row] = await again.store.state.all<{ password_hash: string }>(
    'select password_hash from access_accounts',
  );
  assert.equal(isOutdated(row?.password_hash ?? ''), false);
  assert.equal((await login(again.browser())).status, 200);
});

test('a stolen session is worth nothing after a password change; the one that changes it stays', async (t) => {
  const world = await claimedWorld(t);
  const thief = world.browser('127.0.0.13');
  thief.cookie = world.owner.cookie;
  await login(world.owner);
  await login(thief);
  const phone = world.browser();
  await login(phone);
  assert.equal((await thief.get('/api/test/admin')).status, 200);
  const change = { current: ownerPassword, password: 'an entirely new sentence' };
  const distrusted: unknown[] = [];
  world.bus.on('account.distrusted', (event) => void distrusted.push(event));
  assert.equal((await world.owner.post('/api/password', change)).status, 200);
  const { accountId } = (await world.owner.get('/api/session')).json;
  assert.deepEqual(distrusted, [{ accountId }], 'what else the account has left behind is told to forget it');
  for (const browser of [thief, phone]) assert.equal((await browser.get('/api/test/read')).status, 401);
  assert.equal((await world.owner.get('/api/test/admin')).status, 200);
  assert.equal((await login(phone)).status, 401, 'the old password');
  const wrongCurrent = await world.owner.post('/api/password', {
    ...change,
    password: 'and one more sentence',
  });
  assert.deepEqual([wrongCurrent.status, wrongCurrent.json.error?.code], [403, 'PASSWORD_WRONG']);
});

test('a sign-in that was under way while the password was changed gives no session', async (t) => {
  const world = await claimedWorld(t);
  const { accounts } = (await world.owner.get('/api/accounts')).json as { accounts: { id: string }[] };
  const reset = world.local('POST', `/api/accounts/${accounts[0]?.id}/password`, {
    password: 'set at the socket',
  });
  // Its hash is made first; while the change goes to disk the old password is compared once more.
  while (world.service.hashes.underWay === 0) await settle();
  const late = login(world.browser());
  const [answer] = await Promise.all([late, reset]);
  assert.equal(answer.status, 401);
  const { sessions } = (await world.local('GET', '/api/sessions')).json as unknown as SessionList;
  assert.deepEqual(sessions, []);
});

test('what is grave asks a person for the password again after five minutes, and a key never may', async (t) => {
  const world = await claimedWorld(t);
  assert.equal((await world.owner.post('/api/test/grave')).status, 200, 'it was typed just now');
  const { key } = (await world.owner.post('/api/keys', { name: 'all', scope: 'admin' })).json;
  world.clock.advance(sessionLimits.confirmedMs);
  const refused = await world.owner.post('/api/test/grave');
  assert.deepEqual([refused.status, refused.json.error?.code], [403, 'PASSWORD_NEEDED']);
  for (const [method, path] of [
    ['POST', '/api/keys'],
    ['POST', '/api/accounts'],
    ['POST', '/api/second-factor'],
  ] as const) {
    const body = path === '/api/second-factor' ? undefined : { name: 'x', password: viewerPassword };
    assert.equal((await world.owner.send(method, path, body)).json.error?.code, 'PASSWORD_NEEDED', path);
  }
  assert.equal((await world.owner.post('/api/session/confirm', wrong)).status, 403);
  const info = (await world.owner.post('/api/session/confirm', { password: ownerPassword })).json;
  assert.equal(typeof info.confirmedUntil, 'string');
  assert.equal((await world.owner.post('/api/test/grave')).status, 200);
  const program = world.program({ authorization: `Bearer ${key}` });
  assert.equal((await program('GET', '/api/test/admin')).status, 200);
  assert.equal((await program('POST', '/api/test/grave')).json.error?.code, 'PERSON_NEEDED');
  assert.equal((await world.local('POST', '/api/test/grave')).status, 200, 'the local socket');
});

test('with a second factor the password alone opens nothing, and each code counts once', async (t) => {
  const world = await claimedWorld(t);
  const { secret } = (await world.owner.post('/api/second-factor')).json as unknown as Enrolment;
  const code = () =>
    new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 }).generate({
      timestamp: world.clock.wallMs(),
    });
  const notYet = await login(world.browser());
  assert.equal(notYet.status, 200, 'it is on only once a code was given');
  assert.equal((await world.owner.send('PUT', '/api/second-factor', { code: '000000' })).status, 401);
  const { codes } = (await world.owner.send('PUT', '/api/second-factor', { code: code() }))
    .json as unknown as RecoveryCodes;
  assert.equal(codes.length, 10);
  const browser = world.browser();
  const half = await login(browser);
  assert.deepEqual([half.status, half.json.error?.code, browser.cookie], [401, 'CODE_NEEDED', '']);
  const replayed = await login(browser, { password: ownerPassword, code: code() });
  assert.deepEqual(
    [replayed.status, replayed.json.error?.code],
    [401, 'CODE_WRONG'],
    'used at the enrolment',
  );
  world.clock.advance(30_000);
  const [one, other] = await Promise.all(
    [world.browser(), world.browser()].map((each) => login(each, { password: ownerPassword, code: code() })),
  );
  assert.deepEqual([one?.status, other?.status].sort(), [200, 401], 'two at once with the same code');
  const recovered = await login(browser, { password: ownerPassword, code: codes[0] });
  assert.equal((recovered.json as unknown as SessionInfo).recoveryCodesLeft, 9);
  assert.equal((await login(world.browser(), { password: ownerPassword, code: codes[0] })).status, 401);
  const off = await browser.send('DELETE', '/api/second-factor');
  assert.equal(off.status, 200);
  assert.equal((await login(world.browser())).status, 200);
});

test('guesses at the code of the second factor are counted like guesses at the password', async (t) => {
  const world = await claimedWorld(t);
  const { secret } = (await world.owner.post('/api/second-factor')).json as unknown as Enrolment;
  const totp = new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 });
  const code = totp.generate({ timestamp: world.clock.wallMs() });
  await world.owner.send('PUT', '/api/second-factor', { code });
  const guesser = world.browser('127.0.0.5');
  const guess = () => login(guesser, { password: ownerPassword, code: '123456' });
  for (let round = 0; round < 5; round += 1) assert.equal((await guess()).json.error?.code, 'CODE_WRONG');
  assert.equal((await guess()).status, 429);
});

test('a body with an unknown key, a repeated key or something else than text is refused', async (t) => {
  const world = await claimedWorld(t);
  const browser = world.browser();
  for (const body of [
    { password: ownerPassword, isOwner: true },
    { password: [ownerPassword] },
    { password: { $ne: '' } },
    { password: null },
    { name: ['owner'], password: ownerPassword },
    {},
    [],
    `{"password":"x","password":${JSON.stringify(ownerPassword)}}`,
    `{"password":"x","pass\\u0077ord":${JSON.stringify(ownerPassword)}}`,
    '{"__proto__":{"password":"x"}}',
    '{"password":',
  ]) {
    const answer = await login(browser, body as object);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.doesNotMatch(answer.text, /maple/);
  }
});
