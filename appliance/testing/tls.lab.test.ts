/** TLS of the real service, seen from another device of the house that has installed the authority. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { TlsStatus } from '../features/keep/certificate/schema.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, type RunningService, startService } from './lab/service.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
const port = 8099;
const newAddress = '192.168.77.66';
const box = hosts.client.ipv4;
let lab: Lab;
let service: RunningService;

/** What curl on the other device says: status, redirect target, and 0 or why it does not trust the box. */
async function curl(url: string, ...options: string[]) {
  const format = '%{http_code} %{redirect_url} %{ssl_verify_result}';
  const { stdout } = await lab.exec('nas', [
    'curl',
    '-gsm5',
    '-o',
    '/dev/null',
    '-w',
    format,
    ...options,
    url,
  ]);
  const [status, redirect, verified] = stdout.split(' ');
  return { status: Number(status), redirect, verified: Number(verified) };
}

const inUse = (wanted: TlsStatus['inUse']) => async () => {
  const status = await service.get<TlsStatus>('/api/tls');
  return status.inUse === wanted ? status : null;
};
const set = (value: string) => service.client.send('PATCH', '/api/config', { path: 'http.tls', value });

before(async () => {
  if (skip) return;
  lab = await Lab.up({ seed: 5 });
  service = await startService(lab, { config: { targets: anchorTargets, http: { host: '::', port } } });
});
after(async () => {
  if (!skip) await lab.down(); // ends the service too
});

test('TLS is switched on, trusted by who installed the authority, follows an address, and is switched off', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const plain = await curl(`http://${box}:${port}/health`);
  assert.equal(plain.status, 200);
  await set('local');
  const status = await service.until('a certificate is in use', 20_000, inUse('local'));
  assert.deepEqual([status.problem, status.certificate?.uncovered], [null, []]);
  const authority = path.join(lab.folder, 'ca.pem');
  await writeFile(authority, await service.client.text('/api/tls/ca.pem'));
  const trusting = ['--cacert', authority];

  for (const address of [box, `[${hosts.client.ipv6}]`]) {
    const secure = await curl(`https://${address}:${port}/health`, ...trusting);
    assert.deepEqual([secure.status, secure.verified], [200, 0], address);
  }
  assert.notEqual((await curl(`https://${box}:${port}/health`)).verified, 0, 'nobody else trusts it');
  const led = await curl(`http://${box}:${port}/outages`);
  assert.deepEqual([led.status, led.redirect], [307, `https://${box}:${port}/outages`]);
  assert.equal((await curl(`http://${box}:${port}/api/tls/ca.crt`)).status, 200);
  assert.equal((await curl(`http://${box}:${port}/api/config`, '-X', 'PATCH')).status, 426);

  await new Promise((done) => setTimeout(done, 60_000)); // certificates follow new names a minute apart
  await lab.ip('client', [`address add ${newAddress}/24 dev eth0`]);
  const startedMs = performance.now();
  await service.until('the new address is in the certificate', 20_000, async () => {
    const { certificate } = await service.get<TlsStatus>('/api/tls');
    return certificate?.names.includes(newAddress) ? true : null;
  });
  t.diagnostic(`a new address is in the certificate after ${Math.round(performance.now() - startedMs)} ms`);
  const moved = await curl(`https://${newAddress}:${port}/health`, ...trusting);
  assert.deepEqual([moved.status, moved.verified], [200, 0]);

  await set('off');
  await service.until('plain again', 5_000, inUse('none'));
  assert.equal((await curl(`http://${box}:${port}/health`)).status, 200);
  assert.doesNotMatch(service.output, /PRIVATE KEY/);
});
