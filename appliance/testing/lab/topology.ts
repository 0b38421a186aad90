/**
 * The small Internet of the lab, as data.
 *
 *     client --lan-- [switch] --gw-- home --access-- isp1 --core-- isp2 --a1/a2/a3-- anchors
 *                       |                                            \--dns-- dns server
 *                      nas
 */
export const nodes = ['client', 'nas', 'wire', 'home', 'isp1', 'isp2', 'a1', 'a2', 'a3', 'dns'] as const;
export type Node = (typeof nodes)[number];

export const routers = ['home', 'isp1', 'isp2'] as const satisfies readonly Node[];

export const links = ['lan', 'gw', 'access', 'core', 'a1', 'a2', 'a3', 'dns'] as const;
export type Link = (typeof links)[number];

/** Where each node answers, and the round-trip time from the client while nothing is wrong. */
export const hosts = {
  client: { ipv4: '192.168.77.10', ipv6: '2001:db8:77::10', rttMs: 0 },
  nas: { ipv4: '192.168.77.20', ipv6: '2001:db8:77::20', rttMs: 0.6 },
  home: { ipv4: '192.168.77.1', ipv6: '2001:db8:77::1', rttMs: 0.8 },
  isp1: { ipv4: '100.64.1.1', ipv6: '2001:db8:1::1', rttMs: 8.8 },
  isp2: { ipv4: '198.51.100.2', ipv6: '2001:db8:2::2', rttMs: 12.8 },
  a1: { ipv4: '203.0.113.10', ipv6: '2001:db8:a1::2', rttMs: 14.8 },
  a2: { ipv4: '203.0.113.18', ipv6: '2001:db8:a2::2', rttMs: 28.8 },
  a3: { ipv4: '203.0.113.26', ipv6: '2001:db8:a3::2', rttMs: 72.8 },
  dns: { ipv4: '203.0.113.53', ipv6: '2001:db8:53::53', rttMs: 14.8 },
} as const;

/** Healthy settings. The access line: 100 Mbit/s down with 256 kB of queue, 20 Mbit/s up with 64 kB. */
export const baseline = [
  'set * clear',
  'set lan delay=300us jitter=50us',
  'set gw delay=100us',
  'set access delay=4ms jitter=300us',
  'set access.ba rate=100mbit queue=256k',
  'set access.ab rate=20mbit queue=64k',
  'set core delay=2ms jitter=100us',
  'set a1 delay=1ms',
  'set a2 delay=8ms jitter=200us',
  'set a3 delay=30ms jitter=500us',
  'set dns delay=1ms',
] as const;

/** Cables that run from a node's interface into the wire namespace, where linksim joins the ends. */
export const cables: readonly { node: Node; interfaceName: string; wire: string }[] = [
  { node: 'client', interfaceName: 'eth0', wire: 'lan-a' },
  { node: 'home', interfaceName: 'lan0', wire: 'gw-b' },
  { node: 'nas', interfaceName: 'eth0', wire: 'nas-s' },
  { node: 'home', interfaceName: 'wan0', wire: 'access-a' },
  { node: 'isp1', interfaceName: 'acc0', wire: 'access-b' },
  { node: 'isp1', interfaceName: 'core0', wire: 'core-a' },
  { node: 'isp2', interfaceName: 'core0', wire: 'core-b' },
  ...(['a1', 'a2', 'a3', 'dns'] as const).flatMap((node) => [
    { node: 'isp2' as const, interfaceName: node, wire: `${node}-a` },
    { node, interfaceName: 'eth0', wire: `${node}-b` },
  ]),
];

/** Cables of the LAN switch inside the wire namespace. */
export const switchCables = [
  ['lan-b', 'lan-s'],
  ['gw-a', 'gw-s'],
] as const;
export const switchPorts = ['lan-s', 'gw-s', 'nas-s'] as const;

type Addressing = Partial<
  Record<Node, { addresses: readonly [string, string][]; routes: readonly string[] }>
>;

const viaHome = ['default via 192.168.77.1', 'default via 2001:db8:77::1'] as const;
const anchor = (n: 1 | 2 | 3) => ({
  addresses: [
    ['eth0', `203.0.113.${8 * n + 2}/29`],
    ['eth0', `2001:db8:a${n}::2/64`],
  ] satisfies [string, string][],
  routes: [`default via 203.0.113.${8 * n + 1}`, `default via 2001:db8:a${n}::1`],
});

export const addressing: Addressing = {
  client: {
    addresses: [
      ['eth0', '192.168.77.10/24'],
      ['eth0', '2001:db8:77::10/64'],
    ],
    routes: viaHome,
  },
  nas: {
    addresses: [
      ['eth0', '192.168.77.20/24'],
      ['eth0', '2001:db8:77::20/64'],
    ],
    routes: viaHome,
  },
  home: {
    addresses: [
      ['lan0', '192.168.77.1/24'],
      ['lan0', '2001:db8:77::1/64'],
      ['wan0', '100.64.1.2/30'],
      ['wan0', '2001:db8:1::2/64'],
    ],
    routes: ['default via 100.64.1.1', 'default via 2001:db8:1::1'],
  },
  isp1: {
    addresses: [
      ['acc0', '100.64.1.1/30'],
      ['acc0', '2001:db8:1::1/64'],
      ['core0', '198.51.100.1/30'],
      ['core0', '2001:db8:2::1/64'],
    ],
    routes: [
      '192.168.77.0/24 via 100.64.1.2',
      '2001:db8:77::/64 via 2001:db8:1::2',
      'default via 198.51.100.2',
      'default via 2001:db8:2::2',
    ],
  },
  isp2: {
    addresses: [
      ['core0', '198.51.100.2/30'],
      ['core0', '2001:db8:2::2/64'],
      ...([1, 2, 3] as const).flatMap((n): [string, string][] => [
        [`a${n}`, `203.0.113.${8 * n + 1}/29`],
        [`a${n}`, `2001:db8:a${n}::1/64`],
      ]),
      ['dns', '203.0.113.49/29'],
      ['dns', '2001:db8:53::1/64'],
    ],
    routes: [
      '192.168.77.0/24 via 198.51.100.1',
      '100.64.1.0/30 via 198.51.100.1',
      '2001:db8:77::/64 via 2001:db8:2::1',
      '2001:db8:1::/64 via 2001:db8:2::1',
    ],
  },
  a1: anchor(1),
  a2: anchor(2),
  a3: anchor(3),
  dns: {
    addresses: [
      ['eth0', '203.0.113.53/29'],
      ['eth0', '2001:db8:53::53/64'],
    ],
    routes: ['default via 203.0.113.49', 'default via 2001:db8:53::1'],
  },
};
