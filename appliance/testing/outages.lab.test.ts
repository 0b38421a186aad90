/** The most telling faults of the outage drill; `npm run drill` goes through all of them, several times. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseCases } from './drill/cases.ts';
import { judge } from './drill/judge.ts';
import { fullPace, Stand } from './drill/stand.ts';
import { limits, targetsOf } from './drill/summary.ts';
import { Lab } from './lab/lab.ts';

const skip = Lab.unavailable() ?? false;
const pace = { ...fullPace, calmMs: 6000 };
/** Networks side by side, each with its own share of the cases. */
const shares = [
  ['gateway', 'upstream', 'ipv6-access'],
  ['isp', 'anchor-1', 'quick-servfail'],
  // By the second case another device of the house has been found, which tells the LAN from the router.
  ['upstream-loss', 'lan-2s'],
];

describe('the service judges as the network really was', { concurrency: true, skip }, () => {
  for (const [index, names] of shares.entries()) {
    test(names.join(', '), { timeout: 5 * 60_000 }, async (t) => {
      await using stand = await Stand.open({ seed: 61 + index }, pace);
      for (const drill of names.flatMap((name) => chooseCases([name]))) {
        await t.test(drill.name, async () => {
          const judgement = judge(
            drill,
            await stand.run({ ...drill, ...shorter(drill.holdMs), setup: 'quick-names' }),
          );
          for (const finding of judgement.findings)
            t.diagnostic(
              `${drill.name}: ${finding.given}, ${finding.path}; start ${ms(finding.startErrorMs)}, end ` +
                `${ms(finding.endErrorMs)}, announced after ${ms(finding.announcedMs)}`,
            );
          const run = { name: drill.name, seed: 61 + index, judgement, trouble: null };
          const missed = targetsOf([run]).filter(({ isMet }) => !isMet);
          assert.deepEqual(missed, [], JSON.stringify(judgement, null, 2));
        });
      }
    });
  }
});

/** An outage is judged by then (`limits.decidedMs`); losses need their time. */
function shorter(holdMs: number | undefined) {
  return holdMs === undefined ? { holdMs: limits.decidedMs } : {};
}

function ms(value: number | null): string {
  return value === null ? 'not compared' : `${value.toFixed(0)} ms`;
}
