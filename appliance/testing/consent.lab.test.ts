/** What leaves the house, seen on the cable: only what the list of GET /api/consent names, and about as much as it says. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutsideList } from '../features/keep/consent/schema.ts';
import type { PageCheckList } from '../features/watch/http-check/schema.ts';
import { familyOf } from '../features/watch/latency/plan.ts';
import type { TargetList } from '../features/watch/latency/schema.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, type RunningService, startService } from './lab/service.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
/** The start is busier: everything is traced and found. */
const startMs = 30_000;
const watchedMs = 60_000;
const urls = ['http://cp.cloudflare.com/generate_204', 'http://connectivitycheck.gstatic.com/generate_204'];
let lab: Lab;
let service: RunningService;
/** Where the log stood when the service started; the lab itself has pinged before that. */
let atStart = 0;

before(async () => {
  if (skip) return;
  lab = await Lab.up({ seed: 31 });
  atStart = (await passed(0)).lines;
  service = await startService(lab, { config: { targets: anchorTargets, httpCheck: { urls } } });
});
after(async () => {
  if (!skip) await lab.down(); // ends the service too
});

/** The home network, the link and groups on it. */
const house = new BlockList();
for (const [network, bits] of [
  ['192.168.77.0', 24],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
] as const)
  house.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['2001:db8:77::', 64],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  house.addSubnet(network, bits, 'ipv6');

interface Passed {
  address: string;
  bytes: number;
}

/** What went out to addresses outside the house, and what came from there, from line `from` of the log on. */
async function passed(from: number): Promise<{ sent: Passed[]; received: Passed[]; lines: number }> {
  await lab.ctl('time'); // every command flushes the log
  const lines = (await readFile(lab.logFile, 'utf8')).split('\n');
  const packets = lines.slice(from).flatMap((line) => {
    const fields = line.split(',');
    const [kind, , direction = '', , length, , , , , source = '', destination = ''] = fields;
    const address = direction === 'lan.ab' ? destination : source;
    const family = familyOf(address);
    if (kind !== 'pkt' || !direction.startsWith('lan.') || family === null) return [];
    return house.check(address, family) ? [] : [{ direction, address, bytes: Number(length) }];
  });
  const of = (name: string) => packets.filter(({ direction }) => direction === name);
  return { sent: of('lan.ab'), received: of('lan.ba'), lines: lines.length };
}

test('nothing is contacted but what the list names, from the first packet on', {
  skip,
  timeout: 60_000,
}, async () => {
  await delay(startMs);
  const { targets } = await service.get<TargetList>('/api/targets');
  const { checks } = await service.get<PageCheckList>('/api/http-checks');
  const { sent } = await passed(atStart);
  const contacted = new Set(sent.map(({ address }) => address));
  const named = new Set([...targets, ...checks].flatMap(({ address }) => address ?? []));
  assert.deepEqual(
    [...contacted].filter((address) => !named.has(address)),
    [],
  );
  for (const anchor of ['a1', 'a2', 'a3'] as const) {
    assert.ok(contacted.has(hosts[anchor].ipv4), `the test sees what goes to ${anchor}`);
    assert.ok(contacted.has(hosts[anchor].ipv6), `the test sees what goes to ${anchor} over IPv6`);
  }
  const { services } = await service.get<OutsideList>('/api/consent');
  const listed = services.find(({ id }) => id === 'targets')?.hosts ?? [];
  assert.deepEqual(new Set(listed), new Set(anchorTargets.flatMap(({ host, host6 }) => [host, host6])));
  for (const { kind, isOn, total } of services)
    if (kind === 'service') assert.deepEqual([isOn, total?.contacts], [false, 0]);
});

test('a calm minute costs about what the list says', { skip, timeout: 120_000 }, async (t) => {
  const { lines } = await passed(0);
  await delay(watchedMs);
  const { sent, received } = await passed(lines);
  const { services } = await service.get<OutsideList>('/api/consent');
  // The name server of the lab is the router, inside the house.
  const outside = services.filter(({ kind, id }) => kind === 'probing' && id !== 'nameServers');
  const declared = outside.reduce((sum, { bytesPerMonth }) => sum + bytesPerMonth, 0) / (30 * 86_400);
  const measured = [...sent, ...received].reduce((sum, { bytes }) => sum + bytes, 0) / (watchedMs / 1000);
  t.diagnostic(`${Math.round(measured)} bytes a second; the list says ${Math.round(declared)}`);
  for (const { id, bytesPerMonth } of outside)
    t.diagnostic(`${id}: ${Math.round(bytesPerMonth / 2_592_000)}`);
  assert.ok(measured < declared * 1.3, 'it costs no more than it says');
  assert.ok(measured > declared * 0.6, 'it says no more than it costs');
});
