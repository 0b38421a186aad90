/** Faults that no list names: other strengths, one direction, two at once, other networks. */
import type { DrillCase, Pattern } from '../case.ts';

const accessLoss = { kind: 'degradation', verdicts: ['access'] } as const satisfies Pattern;
const down = { kind: 'outage', verdicts: ['access'] } as const satisfies Pattern;

export const variants: readonly DrillCase[] = [
  { name: 'access-loss8', deeds: [{ ctl: 'set access loss=8%' }], holdMs: 40_000, expect: [accessLoss] },
  { name: 'access-ab10', deeds: [{ ctl: 'set access.ab loss=10%' }], holdMs: 40_000, expect: [accessLoss] },
  {
    name: 'access-burst20',
    deeds: [{ ctl: 'set access burst=20%/8' }],
    holdMs: 40_000,
    expect: [accessLoss],
    allow: [down], // a burst may well be longer than a second
  },
  {
    name: 'access-delay80',
    deeds: [{ ctl: 'set access delay=84ms' }],
    holdMs: 40_000,
    expect: [accessLoss],
  },
  {
    name: 'access-flap6',
    deeds: [{ ctl: 'set access flap=6s/1s' }],
    holdMs: 60_000,
    expect: [{ ...down, flapping: 'access' }],
    allow: [accessLoss],
  },
  {
    name: 'core-loss6',
    deeds: [{ ctl: 'set core loss=6%' }],
    holdMs: 40_000,
    expect: [{ kind: 'degradation', verdicts: ['isp'] }],
  },
  {
    name: 'gw-loss10',
    deeds: [{ ctl: 'set gw loss=10%' }],
    holdMs: 40_000,
    expect: [{ kind: 'degradation', verdicts: ['gateway', 'lan'] }],
  },
  {
    name: 'lan-loss5',
    deeds: [{ ctl: 'set lan loss=5%' }],
    holdMs: 40_000,
    expect: [{ kind: 'degradation', verdicts: ['lan'] }],
  },
  {
    name: 'anchors-in-turn',
    deeds: [
      { fault: 'anchor', argument: '1' },
      { fault: 'anchor', argument: '2', atMs: 10_000 },
      { fault: 'anchor', argument: '3', atMs: 20_000 },
    ],
    holdMs: 40_000,
    expect: [{ kind: 'outage', verdicts: ['transit'], from: 2 }],
    allow: [{ kind: 'degradation', verdicts: ['service', 'transit'] }],
  },
  { name: 'renumber', deeds: [{ fault: 'renumber' }], expect: [] },

  {
    name: 'anchor+isp-loss',
    deeds: [{ fault: 'anchor', argument: '1' }, { fault: 'isp-loss' }],
    holdMs: 40_000,
    expect: [{ kind: 'degradation', verdicts: ['service'] }, accessLoss],
  },
  {
    name: 'servfail+upstream-loss',
    deeds: [{ fault: 'dns-servfail' }, { fault: 'upstream-loss' }],
    holdMs: 40_000,
    expect: [
      { kind: 'outage', verdicts: ['dns'] },
      { kind: 'degradation', verdicts: ['isp'] },
    ],
  },
  {
    name: 'wifi+anchor',
    deeds: [{ fault: 'wifi' }, { fault: 'anchor', argument: '2' }],
    holdMs: 40_000,
    expect: [
      { kind: 'degradation', verdicts: ['lan'] },
      { kind: 'degradation', verdicts: ['service'] },
    ],
  },
  {
    name: 'cut-in-dns-slow',
    deeds: [
      { fault: 'dns-slow' },
      { ctl: 'set access down', atMs: 40_000 },
      { ctl: 'set access up', atMs: 50_000 },
    ],
    holdMs: 65_000,
    expect: [
      { kind: 'degradation', verdicts: ['dns'], times: 'none' },
      { ...down, from: 1, to: 2 },
    ],
  },

  {
    name: 'quick-servfail',
    setup: 'quick-names',
    deeds: [{ fault: 'dns-servfail' }],
    expect: [{ kind: 'outage', verdicts: ['dns'] }],
  },
  { name: 'silent-isp-cut', setup: 'silent-isp', deeds: [{ fault: 'isp' }], expect: [down] },
  {
    // The first router that answers is behind the break on the provider's side: only the hops of a trace tell.
    name: 'silent-isp-upstream',
    setup: 'silent-isp',
    deeds: [{ fault: 'upstream' }],
    expect: [{ kind: 'outage', verdicts: ['isp', 'access'], candidates: ['isp'] }],
  },
  {
    name: 'silent-gateway-cut',
    setup: 'silent-gateway',
    deeds: [{ fault: 'isp' }],
    expect: [{ kind: 'outage', verdicts: ['access', 'gateway'], candidates: ['access'] }],
  },
  {
    name: 'silent-gateway-calm',
    setup: 'silent-gateway',
    deeds: [{ ctl: 'mark calm' }],
    holdMs: 40_000,
    expect: [],
  },
  {
    name: 'hop-is-gateway-cut',
    setup: 'hop-is-gateway',
    deeds: [{ fault: 'isp' }],
    expect: [{ kind: 'outage', verdicts: ['access', 'isp'], candidates: ['access'], confidenceBelow: 0.9 }],
  },
  {
    name: 'no-anchor-gateway',
    setup: 'no-anchor',
    deeds: [{ fault: 'gateway' }],
    expect: [{ kind: 'outage', verdicts: ['gateway'] }],
  },
  { name: 'no-anchor-cut', setup: 'no-anchor', deeds: [{ fault: 'isp' }], expect: [down] },
  {
    name: 'one-anchor-upstream',
    setup: 'one-anchor',
    deeds: [{ fault: 'upstream' }],
    expect: [{ kind: 'outage', verdicts: ['isp'] }],
  },
  {
    // The only one that stands for the Internet: whether it is the Internet or it alone, nothing can tell.
    name: 'one-anchor-gone',
    setup: 'one-anchor',
    deeds: [{ fault: 'anchor' }],
    expect: [
      {
        kind: 'outage',
        verdicts: ['transit', 'service', 'unclear'],
        candidates: ['transit', 'service'],
        confidenceBelow: 0.9,
      },
    ],
  },
  { name: 'two-anchors-cut', setup: 'two-anchors', deeds: [{ fault: 'isp' }], expect: [down] },
  {
    name: 'lossy-calm',
    setup: 'lossy-line',
    deeds: [{ ctl: 'mark calm' }],
    holdMs: 180_000,
    expect: [],
  },
  {
    name: 'lossy-cut5',
    setup: 'lossy-line',
    deeds: [{ ctl: 'set access down' }],
    holdMs: 5000,
    expect: [down],
  },
];
