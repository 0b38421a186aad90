/** Every fault that the lab knows by name, one at a time. */
import type { DrillCase } from '../case.ts';

const device = { kind: 'outage', verdicts: ['device'] } as const;
/** From inside the house a router that forwards nothing and a dead line look the same. */
const access = { kind: 'outage', verdicts: ['access'], candidates: ['access', 'gateway'] } as const;
const names = { kind: 'outage', verdicts: ['dns'] } as const;

export const labFaults: readonly DrillCase[] = [
  { name: 'cable', deeds: [{ fault: 'cable' }], expect: [device] },
  { name: 'noroute', deeds: [{ fault: 'noroute' }], expect: [device] },
  { name: 'lan', deeds: [{ fault: 'lan' }], expect: [{ kind: 'outage', verdicts: ['lan'] }] },
  {
    name: 'wifi',
    deeds: [{ fault: 'wifi' }],
    holdMs: 40_000,
    expect: [{ kind: 'degradation', verdicts: ['lan'] }],
  },
  { name: 'gateway', deeds: [{ fault: 'gateway' }], expect: [{ kind: 'outage', verdicts: ['gateway'] }] },
  { name: 'forward', deeds: [{ fault: 'forward' }], expect: [access] },
  { name: 'isp', deeds: [{ fault: 'isp' }], expect: [access] },
  {
    name: 'isp-loss',
    deeds: [{ fault: 'isp-loss' }],
    holdMs: 40_000,
    expect: [{ kind: 'degradation', verdicts: ['access'] }],
  },
  {
    name: 'flap',
    deeds: [{ fault: 'flap' }],
    holdMs: 90_000,
    expect: [{ ...access, flapping: 'access' }],
    // Downs too short for an outage are losses all the same.
    allow: [{ kind: 'degradation', verdicts: ['access'] }],
  },
  { name: 'upstream', deeds: [{ fault: 'upstream' }], expect: [{ kind: 'outage', verdicts: ['isp'] }] },
  {
    name: 'upstream-loss',
    deeds: [{ fault: 'upstream-loss' }],
    holdMs: 40_000,
    expect: [{ kind: 'degradation', verdicts: ['isp'] }],
  },
  {
    name: 'all-anchors',
    deeds: [
      { fault: 'anchor', argument: '1' },
      { fault: 'anchor', argument: '2' },
      { fault: 'anchor', argument: '3' },
    ],
    expect: [{ kind: 'outage', verdicts: ['transit'], from: 2 }],
  },
  ...['1', '2', '3'].map(
    (argument): DrillCase => ({
      name: `anchor-${argument}`,
      deeds: [{ fault: 'anchor', argument }],
      expect: [{ kind: 'degradation', verdicts: ['service'], times: 'both' }],
    }),
  ),
  { name: 'dns', deeds: [{ fault: 'dns' }], holdMs: 40_000, expect: [names] },
  { name: 'dns-servfail', deeds: [{ fault: 'dns-servfail' }], holdMs: 40_000, expect: [names] },
  { name: 'dns-nxdomain', deeds: [{ fault: 'dns-nxdomain' }], holdMs: 40_000, expect: [names] },
  { name: 'dns-lie', deeds: [{ fault: 'dns-lie' }], holdMs: 40_000, expect: [names] },
  {
    name: 'dns-slow',
    deeds: [{ fault: 'dns-slow' }],
    holdMs: 60_000,
    expect: [{ kind: 'degradation', verdicts: ['dns'] }],
  },
  {
    name: 'mtu-blackhole',
    deeds: [{ fault: 'mtu-blackhole' }],
    holdMs: 60_000,
    expect: [{ kind: 'degradation', verdicts: ['isp'], cause: 'mtu' }],
  },
  { name: 'mtu-icmp', deeds: [{ fault: 'mtu-icmp' }], holdMs: 60_000, expect: [] },
  { name: 'hop-silent', deeds: [{ fault: 'hop-silent' }], holdMs: 40_000, expect: [] },
  { name: 'hop-ratelimit', deeds: [{ fault: 'hop-ratelimit' }], holdMs: 40_000, expect: [] },
  // Deep queues alone are no fault: somebody has to fill them.
  { name: 'bloat-idle', deeds: [{ fault: 'bloat' }], holdMs: 40_000, expect: [] },
];
