/** Everything is gone for a moment: it must be found, and whose fault it was may stay open when it was very short. */
import type { Verdict } from '../../../core/shapes.ts';
import type { DrillCase } from '../case.ts';

const links = [
  ['lan', 'lan'],
  ['access', 'access'],
  ['core', 'isp'],
] as const satisfies readonly (readonly [string, Verdict])[];

export const shortCuts: readonly DrillCase[] = links.flatMap(([link, verdict]) =>
  [2, 3, 5].map(
    (seconds): DrillCase => ({
      name: `${link}-${seconds}s`,
      deeds: [{ ctl: `set ${link} down` }],
      holdMs: seconds * 1000,
      expect: [{ kind: 'outage', verdicts: seconds < 5 ? [verdict, 'unclear'] : [verdict] }],
    }),
  ),
);
