import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { AppError } from '../../../core/errors.ts';
import { runProgram } from '../../../terminal/program.ts';
import { createRecordingTerminal, type RecordingTerminal } from '../../../terminal/recording.ts';
import { createServiceClient } from '../../../terminal/service-client.ts';
import {
  type AccessWorld,
  accessWorld,
  claimedWorld,
  ownerPassword,
  viewerPassword,
} from '../../../testing/fakes/access-world.ts';
import { settle } from '../../../testing/fakes/context.ts';
import { askNewPassword } from './ask-secret.ts';
import { accessCommands } from './commands.ts';
import type { ClaimState, KeyList, KeyMade } from './schema.ts';

/** One command line, at a terminal where `typed` lines are entered one after the other. */
async function run(
  world: Pick<AccessWorld, 'dataFolder'>,
  words: string[],
  typed: string[] = [],
  isJson = false,
) {
  const terminal = createRecordingTerminal({ isInteractive: !isJson, isJson, columns: 120 });
  const ended = runProgram([...words, ...(isJson ? ['--json'] : [])], {
    version: '0.0.0',
    commands: accessCommands,
    processVerbs: [],
    signal: new AbortController().signal,
    connect: () => createServiceClient({ dataFolder: world.dataFolder }),
    openTerminal: () => terminal,
  });
  let isOver = false;
  const done = ended.finally(() => {
    isOver = true;
  });
  for (const [position, line] of typed.entries()) {
    const isAsked = () => terminal.output.split(': ').length > position + 1;
    while (!isOver && !isAsked()) await settle();
    if (!isOver) enter(terminal, line);
  }
  const code = await done;
  return { code, output: terminal.output, errors: terminal.errors };
}

function enter(terminal: RecordingTerminal, line: string): void {
  for (const letter of line) terminal.press(letter);
  terminal.press('enter');
}

const json = async <Result>(world: AccessWorld | Pick<AccessWorld, 'dataFolder'>, ...words: string[]) => {
  const { code, output } = await run(world, words, [], true);
  return { code, result: JSON.parse(output) as Result };
};

const login = (world: Pick<AccessWorld, 'browser'>, body: object) => world.browser().post('/api/login', body);

test('ist claim shows the code and where to go with it; once claimed it says so', async (t) => {
  const world = await accessWorld(t);
  const code = await world.claimCode();
  const shown = await run(world, ['claim']);
  assert.equal(shown.code, 0);
  assert.match(shown.output, new RegExp(code));
  const { result } = await json<ClaimState>(world, 'claim');
  assert.deepEqual([result.isClaimed, result.code], [false, code]);
  assert.match(result.urls[0] ?? '', /^http:\/\/localhost:8080$/);
  await world.browser().post('/api/claim', { code, password: ownerPassword });
  assert.match((await run(world, ['claim'])).output, /has an owner.*ist passwd/s);
});

test('ist claim --reset opens the appliance to a new owner', async (t) => {
  const world = await claimedWorld(t);
  const { result } = await json<ClaimState>(world, 'claim', '--reset');
  assert.equal(result.isClaimed, false);
  const claimed = await world.browser().post('/api/claim', { code: result.code, password: viewerPassword });
  assert.equal(claimed.status, 200);
});

test('ist passwd asks twice without showing anything, and everybody is out', async (t) => {
  const world = await claimedWorld(t);
  const password = 'a brand new set of words';
  const typo = await run(world, ['passwd'], [password, `${password}x`]);
  assert.deepEqual([typo.code, /not the same/.test(typo.errors)], [2, true]);
  const weak = await run(world, ['passwd'], ['short', 'short']);
  assert.deepEqual([weak.code, /at least 12 characters/.test(weak.errors)], [2, true]);
  const changed = await run(world, ['passwd'], [password, password]);
  assert.equal(changed.code, 0, changed.errors);
  assert.doesNotMatch(changed.output + changed.errors, /brand new/);
  assert.equal((await world.owner.get('/api/test/read')).status, 401);
  assert.equal((await login(world, { password })).status, 200);
  const other = await run(world, ['passwd', 'Bert'], [password, password]);
  assert.deepEqual([other.code, /accounts are: owner/.test(other.errors)], [2, true]);
});

test('a typed password may be corrected, and Ctrl-C changes nothing', async (t) => {
  const world = await claimedWorld(t);
  const terminal = createRecordingTerminal({ isInteractive: true });
  const asked = askNewPassword(terminal);
  await settle();
  for (const key of [...'abx', '\x7f', 'c', 'left', '🦆', 'enter']) terminal.press(key);
  await settle();
  for (const key of [...'abc🦆', 'enter']) terminal.press(key);
  assert.equal(await asked, 'abc🦆');
  const cancelled = askNewPassword(terminal);
  await settle();
  terminal.press('ctrl-c');
  await assert.rejects(cancelled, (error) => error instanceof AppError && error.code === 'USAGE');
  assert.equal((await world.owner.get('/api/test/read')).status, 200);
});

test('where nobody sits at a terminal, the first line of standard input is the password', async () => {
  const terminal = createRecordingTerminal();
  assert.equal(await askNewPassword(terminal, async () => 'from a file\nnot this\n'), 'from a file');
  await assert.rejects(
    askNewPassword(terminal, async () => ''),
    { code: 'USAGE' },
  );
});

test('ist passwd hash prints what the configuration takes, without any service', async () => {
  const { code, output } = await run(
    { dataFolder: '/nonexistent' },
    ['passwd', 'hash'],
    [ownerPassword, ownerPassword],
  );
  assert.equal(code, 0);
  assert.match(output, /\n\$argon2id\$v=19\$m=19456,t=2,p=1\$\S+\n$/);
});

test('the second factor is switched on and off at the box, and falls with a lost phone', async (t: TestContext) => {
  const world = await claimedWorld(t);
  const terminal = createRecordingTerminal({ isInteractive: true, columns: 120 });
  const ended = runProgram(['passwd', 'second-factor', 'on'], {
    version: '0.0.0',
    commands: accessCommands,
    processVerbs: [],
    signal: new AbortController().signal,
    connect: () => createServiceClient({ dataFolder: world.dataFolder }),
    openTerminal: () => terminal,
  });
  while (!/shows now: $/.test(terminal.output)) await settle();
  const secret = /or type: ([A-Z2-7]+)/.exec(terminal.output)?.[1] ?? '';
  assert.match(terminal.output, /█▀▀▀▀▀█|▄▄▄▄▄/, 'a QR code');
  const totp = new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 });
  enter(terminal, totp.generate({ timestamp: world.clock.wallMs() }));
  assert.equal(await ended, 0, terminal.errors);
  assert.equal((terminal.output.match(/(\w{4}-){3}\w{4}/g) ?? []).length, 10);
  assert.equal((await login(world, { password: ownerPassword })).json.error?.code, 'CODE_NEEDED');
  const off = await run(world, ['passwd', 'second-factor', 'off']);
  assert.match(off.output, /second factor of owner is off/);
  assert.equal((await login(world, { password: ownerPassword })).status, 200);
  assert.equal((await run(world, ['passwd', 'second-factor', 'maybe'])).code, 2);
  const lost = await run(world, ['passwd', '--no-second-factor'], [viewerPassword, viewerPassword]);
  assert.equal(lost.code, 0);
});

test('ist keys makes, lists and revokes keys; the key is shown once and works', async (t) => {
  const world = await claimedWorld(t);
  const made = await json<KeyMade>(world, 'keys', 'create', 'grafana', '--scope', 'read', '--expires', '30');
  assert.match(made.result.key, /^ist_[\w-]{43}$/);
  assert.equal(made.result.expiresAt, new Date(world.clock.wallMs() + 30 * 86_400_000).toISOString());
  const program = world.program({ authorization: `Bearer ${made.result.key}` });
  assert.equal((await program('GET', '/api/test/read')).status, 200);
  assert.equal((await program('GET', '/api/test/run')).status, 403);
  const { result } = await json<KeyList>(world, 'keys');
  assert.deepEqual(
    result.keys.map(({ name, scope, hint }) => [name, scope, hint.length]),
    [['grafana', 'read', 8]],
  );
  const listed = await run(world, ['keys', 'list']);
  assert.match(listed.output, /grafana\s+read\s+ist_/);
  assert.doesNotMatch(listed.output, new RegExp(made.result.key));
  assert.equal((await run(world, ['keys', 'revoke', 'Grafana'])).code, 0);
  assert.equal((await program('GET', '/api/test/read')).status, 401);
  assert.equal((await run(world, ['keys', 'revoke', 'grafana'])).code, 2);
  for (const words of [
    ['create', 'x', '--scope', 'owner'],
    ['create', 'x', '--expires', '0'],
    ['create', 'x', '--expires', 'soon'],
    ['create', 'a\nb'],
    ['create', ' '],
  ]) {
    assert.equal((await run(world, ['keys', ...words])).code, 2, words.join(' '));
  }
});
