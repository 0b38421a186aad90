/** Networks and configurations that a case may ask for by name. */
import type { Setup } from './case.ts';

const silence = (value: 0 | 1) => [
  'sysctl',
  '-qw',
  `net.ipv4.icmp_echo_ignore_all=${value}`,
  `net.ipv6.icmp.echo_ignore_all=${value}`,
];

/** A node that never answers pings, and does everything else. */
const silent = (node: 'home' | 'isp1', segments: readonly string[]): Setup => ({
  before: [{ node, argv: silence(1) }],
  after: [{ node, argv: silence(0) }],
  segments,
});

export const usual = 'usual';

export const setups: Readonly<Record<string, Setup>> = {
  [usual]: {},
  'silent-isp': silent('isp1', ['gateway', 'anchor']),
  'silent-gateway': silent('home', ['isp', 'anchor']),
  'hop-is-gateway': {
    config: { lines: [{ name: 'main', ispHop: '192.168.77.1' }] },
    segments: ['gateway', 'anchor'],
  },
  'no-anchor': {
    anchors: 0,
    config: { lines: [{ name: 'main', ispHop: '100.64.1.1' }] },
    segments: ['gateway'],
  },
  // What is asked every ten seconds cannot be noticed sooner: with this it is the judgement that is timed.
  'quick-names': { config: { dns: { intervalMs: 1000 } } },
  'one-anchor': { anchors: 1 },
  'two-anchors': { anchors: 2 },
  // One reply in a hundred is lost and all of them come up to 40 ms late: poor, and always so.
  'lossy-line': { line: 'set access.ba delay=24ms jitter=20ms loss=1%' },
};
