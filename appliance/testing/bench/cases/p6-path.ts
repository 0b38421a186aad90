import type { OneShot } from '../../../core/probing.ts';
import { runOnce } from '../../lab/once.ts';
import { withoutCapabilities } from '../../lab/service.ts';
import { hosts } from '../../lab/topology.ts';
import { type BenchCase, count } from '../case.ts';

const families = ['ipv4', 'ipv6'] as const;

export const path: BenchCase = {
  id: 'P6',
  title: 'traceroute and path MTU, v4 and v6, with and without capability',
  async run(bench) {
    const lab = await bench.lab();
    const hops = { right: 0, asked: 0 };
    const limits = { right: 0, asked: 0 };
    for (const prefix of [[], withoutCapabilities]) {
      const steps = families.flatMap((family) =>
        (['icmp', 'udp'] as const).flatMap((kind) => [1, 2, 3, 4].map((ttl) => ({ family, kind, ttl }))),
      );
      const requests = steps.map(({ family, kind, ttl }): OneShot => {
        const port = kind === 'udp' ? { port: 33_434 } : {};
        return { kind, family, address: hosts.a1[family], ttl, flow: 1, timeoutMs: 1000, ...port };
      });
      const results = await runOnce(lab, requests, prefix);
      for (const [index, { family, ttl }] of steps.entries()) {
        const expected = [hosts.home, hosts.isp1, hosts.isp2, hosts.a1][ttl - 1]?.[family];
        hops.asked += 1;
        if (results[index]?.from === expected) hops.right += 1;
      }
      for (const fault of ['mtu-icmp', 'mtu-blackhole'] as const) {
        await lab.clear();
        await lab.fault(fault);
        for (const family of families) {
          const [fits, over] = await runOnce(
            lab,
            [1400, 1401].map((bytes) => sized(family, bytes)),
            prefix,
          );
          const expected = fault === 'mtu-icmp' ? 'too-big' : 'timeout';
          limits.asked += 1;
          if (fits?.outcome === 'ok' && over?.outcome === expected) limits.right += 1;
        }
      }
      await lab.clear();
    }
    return [
      {
        what: 'hops found',
        ours: count(hops.right, `of ${hops.asked}`),
        peer: null,
        target: 'all hops',
        isMet: hops.right === hops.asked,
        note: 'ICMP and UDP, both families, as root and with no capability at all',
      },
      {
        what: 'limit of 1400 found and told apart',
        ours: count(limits.right, `of ${limits.asked}`),
        peer: null,
        target: 'all',
        isMet: limits.right === limits.asked,
        note: 'told by a router or swallowed in silence',
      },
    ];
  },
};

function sized(family: 'ipv4' | 'ipv6', packetBytes: number): OneShot {
  const header = family === 'ipv4' ? 28 : 48;
  const sizeBytes = packetBytes - header;
  return { kind: 'icmp', family, address: hosts.a1[family], sizeBytes, dontFragment: true, timeoutMs: 600 };
}
