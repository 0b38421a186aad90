/** Secrets are planted in every place that holds one; then everything the box says, logs and stores is searched. */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TOTP } from 'otpauth';
import { Type } from 'typebox';
import { secretText } from '../core/secret.ts';
import { ask } from '../http/testing.ts';
import { Browser } from './fakes/access-world.ts';
import { settle } from './fakes/context.ts';
import { FakeBrowser } from './fakes/push-carrier.ts';
import { readingPaths } from './fakes/reading-paths.ts';
import { plant, SecretSearch } from './fakes/secret-search.ts';
import { wholeBox } from './fakes/whole-box.ts';

/** What a future feature will have: a broker, a copy elsewhere, channels in a list. */
const sections = {
  planted: Type.Object(
    {
      password: secretText({ title: 'Password' }),
      url: Type.Union([Type.String(), Type.Null()], { default: null }),
      channels: Type.Array(
        Type.Object(
          { name: Type.String(), token: secretText({ title: 'Token' }) },
          { additionalProperties: false },
        ),
        { default: [] },
      ),
    },
    { additionalProperties: false, default: {} },
  ),
};

/** Collects a live stream until the test ends. */
async function follow(t: TestContext, search: SecretSearch, place: string, options: object): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const asked = get({ path: '/api/live', agent: false, ...options }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => search.add(place, text));
      assert.equal(response.statusCode, 200);
      resolve();
    });
    asked.on('error', reject);
    t.after(() => asked.destroy());
  });
}

/** Secrets where they do not belong, as people and broken programs send them. */
const misplaced = (secret: string) =>
  [
    ['POST', '/api/login', { password: secret }],
    ['POST', '/api/login', { password: [secret] }],
    ['POST', '/api/login', { password: 'x', token: secret }],
    ['POST', '/api/password', { current: secret, password: `${secret}-new` }],
    ['PATCH', '/api/config', { path: 'planted.password', value: { not: secret } }],
    ['PATCH', '/api/config', { path: 'planted.channels', value: [{ name: 'a', token: [secret] }] }],
    ['POST', '/api/config/check', { text: `planted: { password: [${secret}] }` }],
  ] as const;

/** A private key is looked for as the text of its file and as the number that it is. */
function plantKey(search: SecretSearch, dataFolder: string, file: string): void {
  const path = join(dataFolder, file);
  const text = readFileSync(path, 'utf8');
  const pem = file.endsWith('.json') ? String(JSON.parse(text).key) : text;
  const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' });
  search.plant(`the private key of ${file}`, d);
  search.plant(`the text of ${file}`, pem.split('\n')[1] ?? '');
  search.plant(`the number of ${file}`, Buffer.from(d, 'base64url').toString('hex'));
  assert.equal(statSync(path).mode & 0o077, 0, `${file} is for its owner alone`);
}

/** What lies on the card, the backup too, but for the files whose purpose is to hold a secret. */
function addFiles(search: SecretSearch, dataFolder: string): void {
  const holders = /^(ist(\.last-good)?\.yaml|device\.key|tls\/.*)$/;
  for (const file of globSync('**/*', { cwd: dataFolder })) {
    const path = join(dataFolder, file);
    if (!statSync(path).isFile() || holders.test(file)) continue;
    search.add(`file ${file.replace(/^backups\/.*\//, 'backups/')}`, readFileSync(path));
  }
}

test('planted secrets stand in no log, answer, stream, listing or backup', {
  timeout: 120_000,
}, async (t) => {
  const search = new SecretSearch();
  const seen = plant('control');
  const inFile = {
    password: search.plant('a password of the configuration', plant('password')),
    userInfo: search.plant('a password in an address', plant('address')),
    token: search.plant('a token in a list', plant('token')),
    broker: search.plant('the password at the broker', plant('broker')),
  };
  const box = await wholeBox(t, {
    sections,
    yaml: `site: { name: ${seen} }
mqtt: { url: "mqtt://127.0.0.1:9", user: box, password: ${inFile.broker} }
planted:
  password: ${inFile.password}
  url: "mqtts://me:${inFile.userInfo}@broker.example"
  channels: [{ name: chat, token: ${inFile.token} }]
`,
  });
  const local = (method: string, path: string, body?: unknown) =>
    ask(
      {
        socketPath: box.socketPath,
        method,
        path,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
      },
      body === undefined ? undefined : JSON.stringify(body),
    );
  const paths = await readingPaths(box.server, '');
  assert.ok(paths.length > 50, `${paths.length} routes to read`);

  // Nobody owns the box yet: the code is told on the console and over the local socket, and to nobody else.
  const code = search.plant('the claim code', String((await local('GET', '/api/claim')).json.code));
  search.plant('the claim code in one word', code.replaceAll('-', ''));
  const stranger = new Browser(box.port, '127.0.0.1');
  for (const path of paths) search.add(`stranger: GET ${path}`, (await stranger.get(path)).text);
  assert.deepEqual(search.hits(), []);

  const owner = new Browser(box.port, '127.0.0.1');
  const password = search.plant("the owner's password", plant('owner'));
  const claimed = await owner.post('/api/claim', { code, password });
  assert.equal(claimed.status, 200, claimed.text);
  search.add('answer to the claim', claimed.text);
  search.plant('a session token', owner.cookie.slice(owner.cookie.indexOf('=') + 1));
  await follow(t, search, 'live stream of the owner', { port: box.port, headers: { cookie: owner.cookie } });
  await follow(t, search, 'live stream at the local socket', { socketPath: box.socketPath });

  const made = await local('POST', '/api/keys', { name: seen, scope: 'read' });
  const key = search.plant('an access key', String(made.json.key));
  const enrolled = await owner.post('/api/second-factor', {});
  assert.equal(enrolled.status, 200, enrolled.text);
  const factor = search.plant('the secret of the second factor', String(enrolled.json.secret));
  const now = new TOTP({ secret: factor }).generate({ timestamp: box.clock.wallMs() });
  const finished = await owner.send('PUT', '/api/second-factor', { code: now });
  assert.equal(finished.status, 200, finished.text);
  for (const [at, spare] of (finished.json.codes as string[]).entries())
    search.plant(`recovery code ${at + 1}`, spare);

  const { keys } = new FakeBrowser();
  const address = search.plant('the address of a browser', plant('browser'));
  search.plant('the secret of a browser', keys.auth);
  const endpoint = `https://fcm.googleapis.com/fcm/send/${address}`;
  const subscribed = await owner.post('/api/push/devices', { endpoint, keys });
  assert.equal(subscribed.status, 200, subscribed.text);
  search.add('answer to a browser', subscribed.text);

  const wrong = search.plant('a wrong password', plant('wrong'));
  for (const [method, path, body] of misplaced(wrong)) {
    search.add(`answer to ${method} ${path}`, (await owner.send(method, path, body)).text);
    search.add(`answer to ${method} ${path} at the local socket`, (await local(method, path, body)).text);
  }
  const bearer = { authorization: `Bearer ${wrong}` };
  search.add(
    'answer to a wrong key',
    (await ask({ port: box.port, path: '/api/status', headers: bearer })).text,
  );
  const renewed = search.plant('a changed password of the configuration', plant('renewed'));
  const change = await local('PATCH', '/api/config', { path: 'planted.password', value: renewed });
  assert.equal(change.status, 200, change.text);
  search.add('answer to the change', change.text);
  await local('POST', '/api/backup', {});

  box.log.warn({ note: seen }, 'a line that is meant to be found');
  const targets = (await local('GET', '/api/targets')).json.targets as { id: string }[];
  const asked = await readingPaths(box.server, targets[0]?.id ?? '');
  for (const path of asked) {
    const byKey = await ask({ port: box.port, path, headers: { authorization: `Bearer ${key}` } });
    for (const [who, answer] of [
      ['owner', await owner.get(path)],
      ['a key', byKey],
    ] as const)
      search.add(`${who}: GET ${path}`, answer.text + JSON.stringify(answer.headers));
  }

  // The private keys of the box itself; with encryption there are three.
  const isEncrypted = new Promise<void>((resolve) =>
    box.bus.on('tls.changed', ({ inUse }) => inUse === 'local' && resolve()),
  );
  assert.equal((await local('PATCH', '/api/config', { path: 'http.tls', value: 'local' })).status, 200);
  await isEncrypted;
  for (const file of ['device.key', 'tls/authority.json', 'tls/leaf.json'])
    plantKey(search, box.dataFolder, file);
  const refused: string[] = [];
  for (const path of asked) {
    const answer = await local('GET', path);
    search.add(`the local socket: GET ${path}`, answer.text + JSON.stringify(answer.headers));
    if (answer.status >= 300) refused.push(`${answer.status} ${path}`);
  }
  t.diagnostic(`${asked.length} routes; without an answer here: ${refused.join(', ')}`);
  // What does not exist, and what needs a network; a question that is wrong would have tested nothing.
  assert.deepEqual(
    refused.filter((line) => !/^(404|409) /.test(line)),
    [],
  );
  await settle();
  search.add('log', box.logged.join(''));

  addFiles(search, box.dataFolder);
  assert.equal(existsSync(join(box.dataFolder, 'claim-code.txt')), false, 'a spent code is gone');

  const isExpected = (what: string, place: string) =>
    // By design: whoever has the console before the first owner is the owner. It is void once it was used.
    (what === 'the claim code' && (place === 'log' || /GET \/api\/logs/.test(place))) ||
    // It must be known in the clear to check a code; a backup of it is as precious as the box.
    (what === 'the secret of the second factor' && place.startsWith('file ')) ||
    // The same of what a message is encrypted with, and where it is sent.
    (/ of a browser$/.test(what) && place.startsWith('file '));
  assert.deepEqual(search.hits(isExpected), []);

  // The search itself works: what is meant to be seen is found in each kind of place.
  const control = search.has(seen);
  t.diagnostic(
    `searched ${(search.size / 1e6).toFixed(1)} MB; the control stands in ${control.length} places`,
  );
  for (const place of [
    'log',
    'owner: GET /api/logs',
    'the local socket: GET /api/config',
    'owner: GET /api/keys',
    'live stream of the owner',
    'live stream at the local socket',
    'file state.db-wal',
    'file backups/state.db',
  ])
    assert.ok(control.includes(place), `${place} of ${control.join(', ')}`);
  assert.deepEqual(
    search.hits((what, place) => what !== 'the claim code' || place !== 'log'),
    ['the claim code in log'],
  );
});

test('a secret is found in each of its forms', () => {
  const secret = plant('form');
  for (const form of [
    `{"a":"${secret}"}`,
    Buffer.from(secret).toString('base64'),
    Buffer.from(`user:${secret}`).toString('base64'),
    Buffer.from(`me:${secret}!`).toString('base64url'),
    Buffer.from(secret).toString('hex'),
    encodeURIComponent(secret),
    [...secret].reverse().join(''),
  ]) {
    const search = new SecretSearch();
    search.plant('it', secret);
    search.add('here', `before ${form} after`);
    assert.deepEqual(search.hits(), ['it in here'], form);
  }
});
