import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Type } from 'typebox';
import { openConfig } from '../../../config/load.ts';
import { localCaller, nobody, scopesUpTo } from '../../../core/access.ts';
import { Bus } from '../../../core/bus.ts';
import { systemClock } from '../../../core/clock.ts';
import type { Caller, Command, FeatureContext, Route, ServiceClient } from '../../../core/feature.ts';
import { RawReply } from '../../../core/feature.ts';
import type { Log } from '../../../core/log.ts';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import { localRequest } from '../../../testing/fakes/request.ts';
import { settings } from './index.ts';
import type { Configuration } from './schema.ts';

const ignore = () => undefined;
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => log };
const extra = {
  http: Type.Object(
    { port: Type.Integer({ default: 8080, restart: true }) },
    { additionalProperties: false },
  ),
  access: Type.Object({ openReading: Type.Boolean({ default: false }) }, { additionalProperties: false }),
  mqtt: Type.Object(
    { password: Type.Union([Type.String(), Type.Null()], { default: null, secret: true }) },
    { additionalProperties: false },
  ),
};

/** Speaks to the routes as the server would, without a socket. */
function clientOf(routes: readonly Route[]): ServiceClient {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const found = routes.find((route) => route.method === method && route.path === path);
    assert.ok(found, `${method} ${path}`);
    return structuredCloneOf(await found.handle(localRequest({ query: {}, params: {}, body })));
  };
  return {
    get: <Result>(path: string) => call('GET', path) as Promise<Result>, // checked by the server's own tests
    send: <Result>(method: string, path: string, body?: unknown) =>
      call(method, path, body) as Promise<Result>, // same
    text: async (path) => String(await call('GET', path)),
    bytes: () => assert.fail('nothing is fetched as bytes here'),
    stream: () => assert.fail('nothing streams here'),
    dataFolder: '',
  };
}

function structuredCloneOf(reply: unknown): unknown {
  return reply instanceof RawReply ? reply.body : JSON.parse(JSON.stringify(reply));
}

async function makeWorld(context: TestContext, text?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'ist-settings-'));
  const file = join(folder, 'ist.yaml');
  if (text !== undefined) await writeFile(file, text);
  const config = await openConfig({
    sections: { ...settings.config, ...extra },
    file: null,
    candidates: [file],
    lastGoodFile: null,
    log,
    clock: systemClock,
  });
  const bus = new Bus(log);
  const needed = { config: config.port, bus, log, timeline: { nowMs: () => 0 } };
  const parts = settings.setup?.(needed as unknown as FeatureContext); // all that this feature takes
  assert.ok(parts);
  await parts.start?.(new AbortController().signal);
  context.after(async () => {
    await parts.stop?.();
    config.stop();
    await rm(folder, { recursive: true });
  });
  const client = clientOf(parts.routes ?? []);
  const [root] = settings.commands ?? [];
  const run = async (words: string[], isJson = false) => {
    const [name, ...given] = words;
    const command: Command | undefined = root?.commands?.find((child) => child.name === name) ?? root;
    assert.ok(command);
    const terminal = createRecordingTerminal({ isJson });
    const signal = new AbortController().signal;
    const code = await command.run({ arguments: given, options: {}, client, terminal, signal });
    return { code, output: terminal.output, errors: terminal.errors };
  };
  return { file, folder, bus, client, parts, run };
}

test('the API shows values, defaults, schema and file, and never a secret', async (context) => {
  const { client, file } = await makeWorld(context, 'mqtt: { password: very-secret }\nhttp: { port: 81 }\n');
  const reply = await client.get<Configuration>('/api/config');
  assert.equal(reply.file, file);
  assert.deepEqual((reply.values as Record<string, unknown>).http, { port: 81 });
  assert.deepEqual((reply.defaults as Record<string, unknown>).http, { port: 8080 });
  assert.deepEqual(reply.restartPaths, ['http.port']);
  assert.equal(JSON.stringify(reply).includes('very-secret'), false);
  assert.match(JSON.stringify(reply.schema), /IANA zone/);
});

test('changing a value writes the file, tells the bus and says what waits for a restart', async (context) => {
  const { client, file, bus } = await makeWorld(context, '# mine\nhttp: { port: 81 }\n');
  const told: string[][] = [];
  bus.on('config.changed', ({ sections }) => told.push(sections));
  const reply = await client.send<Configuration>('PATCH', '/api/config', { path: 'http.port', value: 82 });
  assert.deepEqual(reply.waitingForRestart, ['http.port']);
  await client.send('PATCH', '/api/config', { path: 'site.name', value: 'Cabin' });
  await client.send('PATCH', '/api/config', { path: 'mqtt.password', value: 'one' });
  await client.send('PATCH', '/api/config', { path: 'mqtt.password', value: 'two' });
  assert.deepEqual(told, [['http'], ['site'], ['mqtt'], ['mqtt']]);
  assert.equal(
    await readFile(file, 'utf8'),
    '# mine\nhttp: { port: 82 }\nsite:\n  name: Cabin\nmqtt:\n  password: two\n',
  );
});

test('the hidden form of a secret cannot be written back', async (context) => {
  const { client } = await makeWorld(context, 'mqtt: { password: very-secret }\n');
  const values = { path: 'mqtt', value: { password: '********' } };
  await assert.rejects(client.send('PATCH', '/api/config', values), { code: 'CONFIG_INVALID' });
});

test('who has access is changed by the owner in person, however the path is written', async (context) => {
  const { parts, file } = await makeWorld(context);
  const change = parts.routes?.find(({ method, path }) => `${method} ${path}` === 'PATCH /api/config');
  assert.ok(change);
  const send = async (path: string, value: unknown, caller: Caller) =>
    change.handle(localRequest({ query: {}, params: {}, body: { path, value }, caller }));
  const key: Caller = { ...nobody, kind: 'key', name: 'robot', scopes: scopesUpTo('admin') };
  for (const path of [
    'access',
    'access.openReading',
    '.access.openReading',
    '["access"].openReading',
    '["\\u0061ccess"]["openReading"]',
    'access["openReading"]',
  ]) {
    await assert.rejects(send(path, true, key), { code: 'SCOPE_MISSING', status: 403 }, path);
  }
  await send('access.openReading', true, localCaller);
  await send('site.name', 'access', key);
  assert.match(await readFile(file, 'utf8'), /openReading: true/);
});

test('an unknown time zone is refused with what is allowed', async (context) => {
  const { client } = await makeWorld(context);
  await assert.rejects(client.send('PATCH', '/api/config', { path: 'site.timezone', value: 'Mars/Base' }), {
    message: /site\.timezone: found "Mars\/Base", allowed: auto or an IANA time zone such as Europe\/Berlin$/,
  });
  await client.send('PATCH', '/api/config', { path: 'site.timezone', value: 'Europe/Berlin' });
});

test('a file that becomes wrong is told on the bus and counted', async (context) => {
  const { bus, parts, file } = await makeWorld(context, 'http: { port: 81 }\n');
  const told = new Promise<string[]>((resolve) =>
    bus.on('config.judged', ({ problems }) => resolve(problems.map(({ path }) => path))),
  );
  await writeFile(file, 'http: { prot: 81 }\n');
  assert.deepEqual(await told, ['http.prot']);
  assert.deepEqual(parts.metrics?.[0]?.collect(), [{ value: 1 }]);
});

test('config show lists every value and marks what is not at its default', async (context) => {
  const { run, file } = await makeWorld(context, 'http: { port: 81 }\nmqtt: { password: very-secret }\n');
  const { code, output } = await run(['show']);
  assert.equal(code, 0);
  assert.equal(
    output,
    `# ${file}
  site.name = Home
  site.timezone = auto
  site.latitude = null
  site.longitude = null
* http.port = 81
  access.openReading = false
* mqtt.password = ********
`,
  );
});

test('config get, set and unset work on one value, whose text is read as its place wants it', async (context) => {
  const { run, file } = await makeWorld(context);
  assert.equal((await run(['get', 'http.port'])).output, '8080\n');
  const set = await run(['set', 'http.port', '81']);
  assert.deepEqual(
    [set.code, set.output, set.errors],
    [0, 'http.port = 81\n', 'http.port takes effect at the next start\n'],
  );
  await run(['set', 'site.name', '2024']);
  assert.equal(await readFile(file, 'utf8'), 'http:\n  port: 81\nsite:\n  name: "2024"\n');
  assert.deepEqual(JSON.parse((await run(['unset', 'http.port'], true)).output), {
    path: 'http.port',
    value: 8080,
  });
  await assert.rejects(run(['get', 'http.prot']), { code: 'CONFIG_PATH_INVALID', status: 404 });
});

test('config check tells what is wrong with the file in use or with another one', async (context) => {
  const { run, folder } = await makeWorld(context);
  assert.deepEqual(await run(['check']), { code: 0, output: 'The configuration is right.\n', errors: '' });
  const other = join(folder, 'other.yaml');
  await writeFile(other, 'http:\n  port: eighty\n');
  const { code, errors } = await run(['check', other]);
  assert.equal(code, 1);
  assert.equal(errors, `${other}:2:9: http.port: found "eighty", allowed: a whole number\n`);
  await assert.rejects(run(['check', join(folder, 'absent.yaml')]), { code: 'CONFIG_UNREADABLE' });
});

test('config docs and config path print what they say', async (context) => {
  const { run, file } = await makeWorld(context);
  assert.match((await run(['docs'])).output, /^# Configuration\n[\s\S]*## site\n/);
  assert.equal((await run(['path'])).output, `${file}\n`);
});
