/** One family broken, the other well. */
import type { Verdict } from '../../../core/shapes.ts';
import type { DrillCase } from '../case.ts';

const segments = ['gateway', 'access', 'isp', 'transit'] as const satisfies readonly Verdict[];

export const familyFaults: readonly DrillCase[] = segments.flatMap((segment): DrillCase[] => [
  {
    name: `ipv6-${segment}`,
    deeds: [{ fault: 'family6', argument: segment }],
    expect: [{ kind: 'outage', verdicts: ['ipv6'], family: 'ipv6', segment }],
  },
  {
    name: `ipv4-${segment}`,
    deeds: [{ fault: 'family4', argument: segment }],
    expect: [{ kind: 'outage', verdicts: [segment], family: 'ipv4', segment }],
  },
]);
