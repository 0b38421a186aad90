/** The real service and the real command line, seen from other devices: claim, sign-in, keys, open reading, TLS. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { ClaimState, KeyMade } from '../features/keep/access/schema.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, type RunningService, startService } from './lab/service.ts';
import { hosts, type Node } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
const port = 8080;
const root = path.resolve(import.meta.dirname, '../..');
const password = 'green kites over the harbour';
let lab: Lab;
let service: RunningService;

before(async () => {
  if (skip) return;
  lab = await Lab.up({ seed: 31 });
  service = await startService(lab, { config: { targets: anchorTargets } });
});
after(async () => {
  if (!skip) await lab.down(); // ends the service too
});

interface Curled {
  status: number;
  code: string;
  cookie: string;
  /** The whole header line that sets it. */
  setCookie: string;
}

async function curl(node: Node, url: string, ...options: string[]): Promise<Curled> {
  const { stdout, stderr } = await lab.exec(node, ['curl', '-gsikm10', ...options, url]);
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(stdout)?.[1] ?? Number.NaN);
  assert.ok(status > 0, `${url}: ${stderr}${stdout}`);
  const setCookie = /^set-cookie: (.*?)\r?$/im.exec(stdout)?.[1] ?? '';
  const [cookie = ''] = setCookie.split(';', 1);
  return { status, code: /"code":"(\w+)"/.exec(stdout)?.[1] ?? '', cookie, setCookie };
}

const json = (body: object) => ['-H', 'content-type: application/json', '-d', JSON.stringify(body)];
const cookie = (value: string) => ['-H', `cookie: ${value}`];
const bearer = (key: string) => ['-H', `authorization: Bearer ${key}`];

/** The command line as a person on the box types it. */
async function ist<Result>(words: readonly string[], input?: string): Promise<Result> {
  const program = [
    'sh',
    `${root}/appliance/node.sh`,
    `${root}/appliance/cli.ts`,
    ...words,
    '--json',
    '--data',
    service.dataFolder,
  ];
  const argv =
    input === undefined ? program : ['sh', '-c', 'printf "%s\\n" "$0" | exec "$@"', input, ...program];
  const { code, stdout, stderr } = await lab.exec('client', argv);
  assert.equal(code, 0, stderr + stdout);
  return JSON.parse(stdout) as Result; // the shapes of the API
}

test('a box that is new is claimed from another device with the code that the box itself shows', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const box = `http://${hosts.client.ipv4}:${port}`;
  assert.equal((await curl('nas', `${box}/health`)).status, 200);
  assert.deepEqual((await curl('nas', `${box}/api/status`)).code, 'UNCLAIMED');
  assert.deepEqual((await curl('nas', `http://[${hosts.client.ipv6}]:${port}/api/status`)).code, 'UNCLAIMED');
  assert.equal((await curl('nas', `${box}/api/status`, '-H', 'host: evil.example')).status, 421);

  const { code, urls } = await ist<ClaimState>(['claim']);
  assert.ok(urls.includes(box), urls.join(' '));
  assert.match(service.output, new RegExp(`claim code ${code}`));
  const startedMs = performance.now();
  const claimed = await curl('nas', `${box}/api/claim`, ...json({ code, password }));
  t.diagnostic(`claiming took ${(performance.now() - startedMs).toFixed(0)} ms, curl and its start included`);
  assert.equal(claimed.status, 200);
  assert.match(
    claimed.setCookie,
    /^ist_session=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/,
  );
  assert.equal((await curl('nas', `${box}/api/status`, ...cookie(claimed.cookie))).status, 200);
  assert.equal((await curl('nas', `${box}/api/status`)).code, 'SIGN_IN_NEEDED');
  assert.equal((await curl('a1', `http://[${hosts.client.ipv6}]:${port}/api/status`)).code, 'SIGN_IN_NEEDED');

  // Wrong passwords from one device cost that device time and the other none.
  for (let guess = 0; guess < 5; guess += 1) {
    assert.equal(
      (await curl('nas', `${box}/api/login`, ...json({ password: `wrong ${guess}` }))).status,
      401,
    );
  }
  assert.equal((await curl('nas', `${box}/api/login`, ...json({ password }))).code, 'TOO_MANY_TRIES');
  const fromRouter = await curl('home', `${box}/api/login`, ...json({ password }));
  assert.equal(fromRouter.status, 200);

  const { key } = await ist<KeyMade>(['keys', 'create', 'prometheus', '--scope', 'read']);
  assert.equal((await curl('nas', `${box}/metrics`, ...bearer(key))).status, 200);
  assert.equal((await curl('nas', `${box}/api/config`, ...bearer(key))).code, 'SCOPE_MISSING');

  // Open reading is for the own network: a global address of somebody else's is not of it.
  await ist(['config', 'set', 'access.openReading', 'true']);
  for (const host of [hosts.client.ipv4, `[${hosts.client.ipv6}]`]) {
    assert.equal((await curl('nas', `http://${host}:${port}/api/status`)).status, 200, host);
    assert.equal((await curl('nas', `http://${host}:${port}/api/link`)).status, 401, host);
  }
  assert.equal((await curl('a1', `http://[${hosts.client.ipv6}]:${port}/api/status`)).status, 401);
  await ist(['config', 'set', 'access.openReading', 'false']);

  await ist(['passwd'], 'another set of words entirely');
  assert.equal((await curl('nas', `${box}/api/status`, ...cookie(claimed.cookie))).status, 401);

  await ist(['config', 'set', 'http.tls', 'local']);
  const secure = box.replace('http:', 'https:');
  const signedIn = await service.until('it speaks TLS', 20_000, async () => {
    const answer = await curl(
      'home',
      `${secure}/api/login`,
      ...json({ password: 'another set of words entirely' }),
    ).catch(() => null);
    return answer?.status === 200 ? answer : null;
  });
  assert.match(signedIn.setCookie, /^__Host-ist_session=[\w-]{43}; Path=\/; .*SameSite=Strict; Secure$/);
  assert.equal((await curl('home', `${secure}/api/status`, ...cookie(signedIn.cookie))).status, 200);
  const renamed = signedIn.cookie.replace('__Host-', '');
  assert.equal((await curl('home', `${secure}/api/status`, ...cookie(renamed))).status, 401);
  assert.doesNotMatch(service.output, /green kites|another set of words|ist_[\w-]{43}/);

  await service.stop();
  service = await startService(lab, { dataFolder: service.dataFolder });
  assert.equal((await curl('home', `${secure}/api/status`, ...cookie(signedIn.cookie))).status, 200);
  assert.equal((await curl('nas', `${secure}/metrics`, ...bearer(key))).status, 200);
});
