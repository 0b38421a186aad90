import { glob } from 'node:fs/promises';
import { resolve } from 'node:path';

export interface Suite {
  name: string;
  patterns: readonly string[];
  exclude: RegExp | null;
  /** Test files side by side. */
  concurrency: number;
  /** Long files, started first, so that none of them runs on alone at the end. */
  first: readonly string[];
}

/** Two processors, the least that this is meant for: what computes runs twice, what waits more often. */
export const suites: readonly Suite[] = [
  {
    name: 'unit',
    patterns: ['appliance/**/*.test.ts', 'web/src/**/*.test.ts'],
    exclude: /\.lab\.test\.ts$/,
    concurrency: 3,
    first: [
      'appliance/testing/power-loss/power-loss.test.ts',
      'appliance/testing/replay.test.ts',
      'appliance/net/native.test.ts',
      'appliance/testing/access.test.ts',
      'appliance/store/opening.test.ts',
    ],
  },
  {
    // Each in a network of its own, waiting for most of its time; six side by side leave seconds too little room.
    name: 'lab',
    patterns: ['appliance/**/*.lab.test.ts'],
    exclude: /\.timing\.lab\.test\.ts$/,
    concurrency: 4,
    first: [
      'appliance/testing/outages.lab.test.ts',
      'appliance/testing/kill.lab.test.ts',
      'appliance/testing/consent.lab.test.ts',
      'appliance/testing/service.lab.test.ts',
      'appliance/testing/incident.lab.test.ts',
      'appliance/testing/tls.lab.test.ts',
      'appliance/testing/evidence.lab.test.ts',
    ],
  },
  {
    // What they assert is a matter of micro- or milliseconds, which a neighbour would take from them.
    name: 'timing',
    patterns: ['appliance/**/*.timing.lab.test.ts'],
    exclude: null,
    concurrency: 1,
    first: [],
  },
  {
    name: 'browser',
    patterns: ['web/e2e/**/*.e2e.ts'],
    exclude: null,
    concurrency: 2,
    first: ['web/e2e/accessibility-desktop.e2e.ts', 'web/e2e/accessibility-phone.e2e.ts'],
  },
];

/** The files of a suite in the order in which they are started. */
export async function filesOf({ name, patterns, exclude, first }: Suite, root: string): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(patterns, { cwd: root, exclude: (path) => path.includes('node_modules') }))
    if (!exclude?.test(file)) files.push(file);
  const gone = first.filter((file) => !files.includes(file));
  if (gone.length > 0) throw new Error(`the ${name} tests name files that are not there: ${gone.join(', ')}`);
  const others = files.filter((file) => !first.includes(file)).sort();
  return [...first, ...others].map((file) => resolve(root, file));
}
