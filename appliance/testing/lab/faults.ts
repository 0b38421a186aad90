import type { Node } from './topology.ts';

/** One step of a fault. `mode` is what the DNS server does from now on. */
export type Step =
  | { ctl: string }
  | { ip: string; node: Node }
  | { sysctl: readonly string[]; node: Node }
  | { mode: string };

const ctl = (text: string): Step => ({ ctl: text });

/** Who falls silent in one family, with everything behind: the first nodes beyond the break. */
const familyCuts: Readonly<Record<string, readonly Node[]>> = {
  gateway: ['home'],
  access: ['isp1'],
  isp: ['isp2'],
  transit: ['a1', 'a2', 'a3', 'dns'],
};

/** These nodes, and all behind them, lose the way back to the house; the other family goes on. */
function cutFamily(segment: string, route: string): Step[] {
  const silent = familyCuts[segment];
  if (!silent)
    throw new Error(`no segment ${segment} to cut one family at: ${Object.keys(familyCuts).join(', ')}`);
  return silent.map((node) => ({ node, ip: route }));
}

/** Every fault of the lab and how it is made. Faults add up until `clear`. */
export const faults = {
  /** The LAN drops everything; the link stays up. */
  lan: () => [ctl('set lan down')],
  /** The cable is pulled: no carrier. */
  cable: () => [ctl('set lan carrier=off')],
  /** Bursty loss and exponential jitter on the LAN. */
  wifi: () => [ctl('set lan burst=4%/6 delay=2ms jitter=8ms dist=exp')],
  gateway: () => [ctl('set gw down')],
  /** The gateway answers and forwards nothing. */
  forward: () => [
    { node: 'home', sysctl: ['net.ipv4.ip_forward=0', 'net.ipv6.conf.all.forwarding=0'] } satisfies Step,
  ],
  isp: () => [ctl('set access down')],
  'isp-loss': () => [ctl('set access burst=5%/4')],
  upstream: () => [ctl('set core down')],
  'upstream-loss': () => [ctl('set core burst=5%/4')],
  anchor: (number = '1') => [ctl(`set a${number} down`)],
  dns: () => [ctl('set dns down')],
  'dns-slow': (milliseconds = '800') => [{ mode: `slow ${milliseconds}` }],
  'dns-servfail': () => [{ mode: 'servfail' }],
  'dns-nxdomain': () => [{ mode: 'nxdomain' }],
  'dns-lie': () => [{ mode: 'lie 10.66.66.66' }],
  /** 2 Mbit/s up and 10 Mbit/s down behind deep queues. */
  bloat: () => [ctl('set access.ab rate=2mbit queue=256k; set access.ba rate=10mbit queue=1M')],
  /** Packets over 1400 bytes vanish in the core. */
  'mtu-blackhole': () => [ctl('set core mtu=1400')],
  /** The same limit, and the routers say so. */
  'mtu-icmp': () => [
    ctl(
      'set core mtu=1400; set core.ab icmp_from=198.51.100.2 icmp_from=2001:db8:2::2; ' +
        'set core.ba icmp_from=198.51.100.1 icmp_from=2001:db8:2::1',
    ),
  ],
  noroute: () => [
    { node: 'client', ip: 'route del default' },
    { node: 'client', ip: '-6 route del default' },
  ],
  /** isp1 sends no "time exceeded". */
  'hop-silent': () => [
    { node: 'isp1', sysctl: ['net.ipv4.icmp_ratemask=2048', 'net.ipv4.icmp_ratelimit=3600000'] },
  ],
  'hop-ratelimit': () => [
    { node: 'isp1', sysctl: ['net.ipv4.icmp_ratemask=6168', 'net.ipv4.icmp_ratelimit=1000'] },
  ],
  /** The access line goes up and down at random: 20 s up and 3 s down in the mean. */
  flap: () => [ctl('set access flap=20s/3s')],
  /** One family alone is cut, at gateway, access, isp or transit. */
  family4: (segment = 'access') => cutFamily(segment, 'route add blackhole 192.168.77.0/25'),
  family6: (segment = 'access') => cutFamily(segment, '-6 route add blackhole 2001:db8:77::/65'),
  /** The client gets another address, as from a new lease. */
  renumber: () => [
    { node: 'client', ip: 'addr del 192.168.77.10/24 dev eth0' },
    { node: 'client', ip: 'addr add 192.168.77.11/24 dev eth0' },
    { node: 'client', ip: 'route replace default via 192.168.77.1' },
  ],
} satisfies Record<string, (argument?: string) => Step[]>;

export type Fault = keyof typeof faults;
