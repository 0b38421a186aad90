/** Every leaf of the configuration, changed through the API of a running service, by the kind that it is. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { hiddenSecret } from '../config/compose.ts';
import { asJsonSchema, type JsonSchema } from '../config/json-schema.ts';
import type { ConfigDescription } from '../core/feature.ts';
import { ask } from '../http/testing.ts';
import { wholeBox } from './fakes/whole-box.ts';

interface Leaf {
  path: string;
  schema: JsonSchema;
}

/** Where a pattern or the meaning allows only some, or a list is empty; a new key of that kind gets a line here. */
const wantedValues: Readonly<Record<string, unknown>> = {
  'http.host': '127.0.0.1',
  'http.allowedHosts': ['box.example'],
  'http.tlsCertificateFile': '/nonexistent/box.crt',
  'http.tlsKeyFile': '/nonexistent/box.key',
  'site.timezone': 'Europe/Berlin',
  'site.latitude': 52.5,
  'site.longitude': 13.4,
  'dns.resolvers': ['192.0.2.53'],
  'dns.compare': ['192.0.2.54'],
  'backup.dailyAt': '04:15',
  'speedtest.schedule': '30 4 * * 1',
  'speedtest.servers': [{ url: 'https://speed.example' }],
  'speedtest.lines': [{ line: 'main', isMetered: true }],
  'speedtest.quietHours': { from: '22:00', to: '06:00' },
  'backup.folder': '/nonexistent/backups',
  'mqtt.url': 'mqtt://192.0.2.9',
  'mqtt.ca': '/nonexistent/ca.pem',
  'mqtt.cert': '/nonexistent/client.pem',
  'mqtt.key': '/nonexistent/client.key',
  // Of "maple river seven lanterns", which belongs to nobody.
  'access.ownerPasswordHash':
    '$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IG9mIHRlc3Q$1wmYlm2b7TQ0p2l9Yh1kQ5d7C1m1m7v3mN2wY0n0n1E',
};

function leavesOf(schema: JsonSchema, path = ''): Leaf[] {
  if (!schema.properties || schema.secret) return [{ path, schema }];
  return Object.entries(schema.properties).flatMap(([key, member]) =>
    leavesOf(asJsonSchema(member), path === '' ? key : `${path}.${key}`),
  );
}

const membersOf = (schema: JsonSchema): JsonSchema[] =>
  schema.anyOf ? schema.anyOf.flatMap((one) => membersOf(asJsonSchema(one))) : [schema];

/** The kinds that a leaf has, and what it should become. */
function kindOf({ schema }: Leaf): string {
  const members = membersOf(schema);
  if (members.some(({ secret }) => secret) || schema.secret) return 'secret';
  const list = members.find(({ type }) => type === 'array');
  if (list) return asJsonSchema(list.items ?? {}).type === 'string' ? 'list' : 'list of maps';
  if (members.every((one) => 'const' in one)) return 'choice';
  const isNullable = members.some(({ type }) => type === 'null') ? 'nullable ' : '';
  return isNullable + (members.find(({ type }) => type !== 'null' && type !== undefined)?.type ?? 'text');
}

function another({ path, schema }: Leaf, value: unknown): unknown {
  if (path in wantedValues) return wantedValues[path];
  const members = membersOf(schema);
  const choices = members.flatMap((one) => ('const' in one ? [one.const] : []));
  const number = members.find(({ type }) => type === 'integer' || type === 'number');
  const list = members.find(({ type }) => type === 'array');
  if (typeof value === 'boolean') return !value;
  if (number) {
    const { minimum = 0, maximum = 1e6 } = number;
    return value === maximum ? minimum : typeof value === 'number' ? Math.min(maximum, value + 1) : minimum;
  }
  if (list && Array.isArray(value)) return value.length > 1 ? value.slice(0, -1) : value.map(renamed);
  if (choices.length > 1) return choices.find((one) => one !== value);
  return 'another';
}

const renamed = (entry: unknown) =>
  typeof entry === 'object' && entry !== null ? { ...entry, name: 'another' } : entry;

/** Of no kind that a leaf can have. */
const broken = { neither: ['this', { nor: 'that' }] };

async function running(t: TestContext) {
  const box = await wholeBox(t, { yaml: '{}' });
  const send = async (method: string, path: string, body?: unknown) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await ask(
      { socketPath: box.socketPath, method, path, headers },
      body === undefined ? undefined : JSON.stringify(body),
    );
    return {
      status: answer.status,
      code: answer.json.error?.code,
      message: answer.json.error?.message,
      json: answer.json,
    };
  };
  const describe = async () => (await send('GET', '/api/config')).json as unknown as ConfigDescription;
  return { ...box, send, describe };
}

function at(values: unknown, path: string): unknown {
  return path.split('.').reduce((value, key) => (value as Record<string, unknown>)[key], values); // every part exists
}

test('every setting is changed by the API while the service runs, and refuses what it cannot be', {
  timeout: 120_000,
}, async (t) => {
  const box = await running(t);
  const { send, describe } = box;
  const first = await describe();
  const leaves = leavesOf(asJsonSchema(first.schema as JsonSchema));
  const kinds = new Map<string, number>();
  for (const leaf of leaves) {
    const { path } = leaf;
    const kind = kindOf(leaf);
    const usual = at(first.defaults, path);
    const wanted = another(leaf, usual);
    assert.notDeepEqual(wanted, usual, `${path} (${kind}) needs another value here`);
    const changed = await send('PATCH', '/api/config', { path, value: wanted });
    assert.equal(changed.status, 200, `${path} = ${JSON.stringify(wanted)}: ${changed.message}`);
    const now = await describe();
    assert.deepEqual(at(now.values, path), kind === 'secret' ? hiddenSecret : wanted, path);
    assert.deepEqual(now.problems, [], path);
    const needsRestart = first.restartPaths.includes(path);
    assert.deepEqual(now.waitingForRestart, needsRestart ? [path] : [], path);

    const refused = await send('PATCH', '/api/config', { path, value: broken });
    assert.deepEqual([refused.status, refused.code], [400, 'CONFIG_INVALID'], path);
    assert.ok(refused.message?.includes(path), `${path}: ${refused.message}`);
    assert.deepEqual(await describe(), now, `${path} is as before`);
    assert.equal((await ask({ port: box.port, path: '/health' })).status, 200, path);

    await send('PATCH', '/api/config', { path });
    assert.deepEqual(at((await describe()).values, path), usual, `${path} back to its default`);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  t.diagnostic([...kinds].map(([kind, count]) => `${kind} ${count}`).join(', '));
  for (const kind of [
    'string',
    'integer',
    'boolean',
    'choice',
    'list',
    'list of maps',
    'secret',
    'nullable number',
  ])
    assert.ok(kinds.has(kind), `${kind} among ${[...kinds.keys()].join(', ')}`);
});

test('what needs no restart acts at once: a value of each kind, and what changes with it', async (t) => {
  const { send, port } = await running(t);
  const set = async (path: string, value: unknown) => {
    const { status, message } = await send('PATCH', '/api/config', { path, value });
    assert.equal(status, 200, message);
  };
  const seen = async (path: string) => (await send('GET', path)).json;
  await set('site.name', 'Cabin');
  assert.equal((await seen('/api/status')).site, 'Cabin');
  await set('http.allowedHosts', ['box.example']);
  const asBox = () => ask({ port, path: '/health', headers: { host: 'box.example' } });
  assert.equal((await asBox()).status, 200);
  await set('http.allowedHosts', []);
  assert.equal((await asBox()).status, 421);
  await set('targets', [{ name: 'Office', host: '192.0.2.7', intervalMs: 250 }]);
  const targets = async () => (await seen('/api/targets')).targets as { name: string; intervalMs: number }[];
  const office = (await targets()).filter(({ name }) => name.startsWith('Office'));
  assert.deepEqual(
    office.map(({ intervalMs }) => intervalMs),
    [250],
  );
  await set('consent.pushMozilla', true);
  const carriers = (await seen('/api/push')).carriers as { id: string; isOn: boolean }[];
  assert.deepEqual(
    carriers.filter(({ isOn }) => isOn).map(({ id }) => id),
    ['pushMozilla'],
  );
});
