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
  if (!skip) lab = await Lab.up({ seed: 5 });
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
const limits = [
  [null, 'full', null],
  ['mtu-icmp', 'told', hosts.isp2],
  ['mtu-blackhole', 'black-hole', null],
] as const;

const along = [hosts.home, hosts.isp1, hosts.isp2, hosts.a1];

for (const [who, prefix] of rights) {
  test(`traceroute sees all four hops ${who}`, { skip }, async () => {
    const traces = families.flatMap((family) =>
      (['icmp', 'udp'] as const).map((protocol) => ({ family, protocol, address: hosts.a1[family] })),
    );
    const report = await runOnce(lab, { traces }, prefix);
    for (const [index, { family, protocol }] of traces.entries()) {
      const found = report.traces[index];
      const what = `${protocol} ${family}`;
      assert.equal(found?.end, 'reached', what);
      assert.deepEqual(
        found.hops.map(({ addresses }) => addresses),
        along.map((host) => [host[family]]),
        what,
      );
      for (const [at, { rttsUs }] of found.hops.entries())
        for (const rttUs of rttsUs)
          assert.ok(
            rttUs !== null && Math.abs(rttUs / 1000 - (along[at]?.rttMs ?? 0)) < 30,
            `${what} hop ${at + 1}: ${rttUs} µs`,
          );
    }
  });

  test(`a single probe can be told apart at every limit ${who}`, { skip }, async () => {
    const probes = families.map(
      (family): OneShot => ({
        kind: 'icmp',
        family,
        address: hosts.a1[family],
        ttl: 2,
        timeoutMs: 1000,
      }),
    );
    const { probes: results } = await runOnce(lab, { probes }, prefix);
    assert.deepEqual(
      results.map(({ outcome, from }) => [outcome, from]),
      families.map((family) => ['hop', hosts.isp1[family]]),
    );
  });

  test(`a path MTU of 1400 is found, and a black hole told apart, ${who}`, { skip }, async () => {
    const mtus = families.map((family) => ({ family, address: hosts.a1[family], timeoutMs: 120 }));
    for (const [fault, verdict, from] of limits) {
      await lab.clear();
      if (fault) await lab.fault(fault);
      const report = await runOnce(lab, { mtus }, prefix);
      assert.deepEqual(
        report.mtus.map((found) => [found.mtu, found.verdict, found.from]),
        families.map((family) => [fault ? 1400 : 1500, verdict, from?.[family] ?? null]),
        fault ?? 'healthy',
      );
    }
  });
}
