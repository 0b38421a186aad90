/** Traceroute and path MTU from single probes: every hop, both families, with and without any capability. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { OneShot } from '../core/probing.ts';
import { Lab } from './lab/lab.ts';
import { runOnce } from './lab/once.ts';
import { withoutCapabilities } from './lab/service.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
let lab: Lab;

before(async () => {
  if (!skip) lab = await Lab.up({ name: 'istpath', seed: 5 });
});
beforeEach(async () => {
  if (!skip) await lab.clear();
});
after(async () => {
  if (!skip) await lab.down();
});

const rights = [
  ['as root', []],
  ['without any capability', withoutCapabilities],
] as const;
const families = ['ipv4', 'ipv6'] as const;

for (const [who, prefix] of rights) {
  test(`traceroute sees all four hops ${who}`, { skip }, async () => {
    const requests: OneShot[] = families.flatMap((family) =>
      (['icmp', 'udp'] as const).flatMap((kind) =>
        [1, 2, 3, 4].map((ttl): OneShot => {
          const port = kind === 'udp' ? { port: 33_434 } : {};
          return { kind, family, address: hosts.a1[family], ttl, flow: 1, timeoutMs: 1000, ...port };
        }),
      ),
    );
    const results = await runOnce(lab, requests, prefix);
    for (const [index, request] of requests.entries()) {
      const hop = [hosts.home, hosts.isp1, hosts.isp2, hosts.a1][(request.ttl ?? 0) - 1];
      const result = results[index];
      const what = `${request.kind} ${request.family} hop ${request.ttl}`;
      assert.equal(result?.from, hop?.[request.family], what);
      assert.ok(result && result.rttUs > 300 && result.rttUs < 200_000, `${what}: ${result?.rttUs} µs`);
      if (request.ttl !== 4) assert.equal(result.outcome, 'hop', what);
    }
  });

  test(`a small path MTU is found, and a black hole told apart, ${who}`, { skip }, async () => {
    for (const family of families) {
      const header = family === 'ipv4' ? 28 : 48;
      const probe = (packetBytes: number): OneShot => ({
        kind: 'icmp',
        family,
        address: hosts.a1[family],
        sizeBytes: packetBytes - header,
        dontFragment: true,
        timeoutMs: 600,
      });
      await lab.clear();
      await lab.fault('mtu-icmp');
      const told = await runOnce(lab, [probe(1400), probe(1401), probe(1500)], prefix);
      assert.deepEqual(
        told.map(({ outcome, mtu }) => [outcome, mtu]),
        [
          ['ok', 0],
          ['too-big', 1400],
          ['too-big', 1400],
        ],
        `${family}, routers that say so`,
      );
      await lab.clear();
      await lab.fault('mtu-blackhole');
      const silent = await runOnce(lab, [probe(1400), probe(1401), probe(1500)], prefix);
      assert.deepEqual(
        silent.map(({ outcome }) => outcome),
        ['ok', 'timeout', 'timeout'],
        `${family}, a black hole`,
      );
    }
  });
}
