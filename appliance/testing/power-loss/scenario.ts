/** What the recorded process does, and what must be found after a cut. Both sides share these. */
import type { Migration } from '../../core/storing.ts';

export const drillMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'state-drill',
    sql: `CREATE TABLE left_side (n INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
          CREATE TABLE right_side (n INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE) STRICT;`,
  },
];

/** Numbers of the two kinds of acknowledgement. */
export const acknowledged = { stateRows: 1, minutes: 2 } as const;

export const beginMs = Date.UTC(2026, 0, 5);
export const monoMs = 1_000_000;
export const retention = { rawDays: 365, hourDays: 1825, maxMb: 512 };
export const samplesPerMinute = 60;
