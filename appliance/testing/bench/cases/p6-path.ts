import { runOnce } from '../../lab/once.ts';
import { withoutCapabilities } from '../../lab/service.ts';
import { hosts } from '../../lab/topology.ts';
import { type BenchCase, count } from '../case.ts';

const families = ['ipv4', 'ipv6'] as const;
const limitFaults = [
  ['mtu-icmp', 'told'],
  ['mtu-blackhole', 'black-hole'],
] as const;

export const path: BenchCase = {
  id: 'P6',
  title: 'traceroute and path MTU, v4 and v6, with and without capability',
  async run(bench) {
    const lab = await bench.lab();
    const hops = { right: 0, asked: 0 };
    const limits = { right: 0, asked: 0 };
    const along = [hosts.home, hosts.isp1, hosts.isp2, hosts.a1];
    for (const prefix of [[], withoutCapabilities]) {
      const traces = families.flatMap((family) =>
        (['icmp', 'udp'] as const).map((protocol) => ({ family, protocol, address: hosts.a1[family] })),
      );
      const traced = await runOnce(lab, { traces }, prefix);
      for (const [index, { family }] of traces.entries()) {
        const found = traced.traces[index]?.hops.map(({ addresses }) => addresses.join()) ?? [];
        hops.asked += along.length;
        hops.right += along.filter((host, at) => found[at] === host[family]).length;
      }
      for (const [fault, verdict] of limitFaults) {
        await lab.clear();
        await lab.fault(fault);
        const mtus = families.map((family) => ({ family, address: hosts.a1[family] }));
        const found = await runOnce(lab, { mtus }, prefix);
        limits.asked += families.length;
        limits.right += found.mtus.filter((one) => one.mtu === 1400 && one.verdict === verdict).length;
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
