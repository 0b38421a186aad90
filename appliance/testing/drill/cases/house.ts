/** What the house and the box do themselves: it is slow or unseen for a reason, and nobody's fault. */
import type { DrillCase } from '../case.ts';

const bothWays = { down: true, up: true } as const;

export const houseCases: readonly DrillCase[] = [
  ...(['client', 'nas'] as const).flatMap((from): DrillCase[] => [
    {
      name: `bloat-${from}`,
      deeds: [{ fault: 'bloat' }, { load: { from, ...bothWays } }],
      holdMs: 45_000,
      expect: [],
      isBusy: true,
    },
    {
      name: `full-line-${from}`,
      deeds: [{ load: { from, ...bothWays } }],
      holdMs: 40_000,
      expect: [],
      isBusy: true,
      isHeavy: true,
    },
    {
      name: `upload-${from}`,
      deeds: [{ load: { from, down: false, up: true } }],
      holdMs: 40_000,
      expect: [],
      isBusy: true,
    },
  ]),
  {
    name: 'killed',
    deeds: [{ service: 'kill' }, { service: 'start', atMs: 8000 }],
    expect: [],
    gap: { from: 0, to: 1, reasons: ['crashed', 'power'] },
  },
  {
    name: 'suspended',
    deeds: [{ service: 'suspend' }, { service: 'resume', atMs: 10_000 }],
    expect: [],
    gap: { from: 0, to: 1, reasons: ['not-measured', 'suspended'] },
  },
  {
    name: 'killed-while-down',
    deeds: [{ fault: 'isp' }, { service: 'kill', atMs: 10_000 }, { service: 'start', atMs: 16_000 }],
    holdMs: 40_000,
    // Cut in two by the gap: the first ends with it, the second begins after it.
    expect: [{ kind: 'outage', verdicts: ['access'], times: 'start' }],
    gap: { from: 1, to: 2, reasons: ['crashed', 'power'] },
  },
];
