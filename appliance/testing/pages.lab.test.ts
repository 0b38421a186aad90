/** What page checks of the real service say: how long each step really takes, and who answers in place of the page. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { PageCheck, PageCheckList } from '../features/watch/http-check/schema.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, type RunningService, startService } from './lab/service.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
const names = ['cp.cloudflare.com', 'connectivitycheck.gstatic.com'];
const urls = names.map((name) => `http://${name}/generate_204`);
const login = 'http://login.hotel.example/welcome';
let lab: Lab;
let service: RunningService;

const checks = async () => (await service.get<PageCheckList>('/api/http-checks')).checks;
const run = async () => (await service.client.send<PageCheckList>('POST', '/api/http-checks/run')).checks;
const outcomesOf = (list: readonly PageCheck[]) => new Set(list.map(({ outcome }) => outcome));

before(async () => {
  if (skip) return;
  lab = await Lab.up({ seed: 71 });
  service = await startService(lab, { config: { targets: anchorTargets, httpCheck: { urls } } });
});
after(async () => {
  if (!skip) await lab.down(); // ends the service too
});

test('each page is fetched in both families, and connecting takes one round trip', {
  skip,
  timeout: 60_000,
}, async (t) => {
  await service.until('both families are there', 30_000, async () => {
    const list = await checks();
    return list.length === 4 && outcomesOf(list).has('ok') ? true : null;
  });
  const list = [...(await run()), ...(await run()), ...(await run())];
  assert.deepEqual(outcomesOf(list), new Set(['ok']));
  assert.deepEqual(new Set(list.map(({ address }) => address)), new Set([hosts.a1.ipv4, hosts.a1.ipv6]));
  for (const family of ['ipv4', 'ipv6'])
    for (const step of ['dnsMs', 'connectMs', 'firstByteMs'] as const) {
      // The quickest of six: what this machine was busy with is not the network's.
      const quickest = Math.min(
        ...list.filter((each) => each.family === family).map((each) => each[step] ?? 0),
      );
      t.diagnostic(`${family} ${step}: ${quickest} ms, one round trip is ${hosts.a1.rttMs} ms`);
      assert.ok(quickest > hosts.a1.rttMs - 1 && quickest < hosts.a1.rttMs + 10, `${step} ${quickest}`);
    }
});

test('a cut is a timeout of each page, and says at which step', { skip, timeout: 60_000 }, async () => {
  await lab.fault('upstream');
  try {
    const list = await run();
    assert.deepEqual(outcomesOf(list), new Set(['timeout']));
    for (const { message } of list) assert.match(message ?? '', /looking the name up/);
  } finally {
    await lab.clear();
  }
});

test('a hotel that answers in place of every page is a portal, with the way to its login', {
  skip,
  timeout: 60_000,
}, async () => {
  const answer = `require('node:http').createServer((_, reply) => reply.writeHead(302, { location: '${login}' }).end()).listen(80)`;
  lab.spawn('home', ['sh', path.resolve(import.meta.dirname, '../node.sh'), '-e', answer], {
    stdio: 'ignore',
  });
  await lab.fault('dns-lie');
  await lab.ip('home', ['addr add 10.66.66.66/32 dev lo']);
  try {
    const found = await service.until('the portal is found', 20_000, async () => {
      const list = (await run()).filter(({ family }) => family === 'ipv4');
      return outcomesOf(list).has('portal') ? list : null;
    });
    assert.deepEqual(new Set(found.map(({ portal }) => portal)), new Set([login]));
  } finally {
    await lab.clear();
  }
});
