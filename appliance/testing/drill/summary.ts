/** What all runs together are worth, against the targets. */
import type { Finding, Judgement } from './judge.ts';

export interface Run {
  name: string;
  seed: number;
  /** Null when the case could not be run; `trouble` then says why, and it counts as missed. */
  judgement: Judgement | null;
  trouble: string | null;
}

export interface Target {
  id: string;
  what: string;
  target: string;
  value: string;
  isMet: boolean;
}

export const limits = {
  edgeMs: 1000,
  announcedMs: 5000,
  decidedMs: 15_000,
  rightShare: 0.98,
} as const;

/** The lines that decide; ends and delays are those of outages, for a degradation fades in and out. */
export function targetsOf(runs: readonly Run[]): Target[] {
  const judged = runs.flatMap(({ judgement }) => judgement ?? []);
  const findings = judged.flatMap((each) => each.findings);
  const outages = findings.filter(
    ({ expected, given }) => expected.startsWith('outage') && given.startsWith('outage'),
  );
  const findable = findings.filter(({ isFound }) => isFound !== null);
  const found = findable.filter(({ isFound }) => isFound).length;
  const right = judged.filter(({ isRight }) => isRight).length;
  const falses = judged.flatMap((each) => each.falses).length;
  const wrongs = judged.flatMap((each) => each.confidentWrongs).length;
  const measure = (what: string, limitMs: number, read: (finding: Finding) => number | null) =>
    [false, true].flatMap((ofNames) => {
      const isMeant = ({ expected }: Finding) => expected.startsWith('outage dns') === ofNames;
      if (!findings.some((each) => each.expected.startsWith('outage') && isMeant(each))) return [];
      // Names are asked more seldom than anchors, so a fault of theirs is met later: a line of its own.
      const name = ofNames ? `${what}, names` : what;
      return within('O1', name, limitMs, outages.filter(isMeant).map(read));
    });
  const share = runs.length === 0 ? 0 : right / runs.length;
  return [
    ...measure('start of an outage', limits.edgeMs, ({ startErrorMs }) => startErrorMs),
    ...measure('end of an outage', limits.edgeMs, ({ endErrorMs }) => endErrorMs),
    ...measure('announced after', limits.announcedMs, ({ announcedMs }) => announcedMs),
    ...measure('verdict after', limits.decidedMs, ({ decidedMs }) => decidedMs),
    {
      id: 'O2',
      what: 'runs right in everything',
      target: `>= ${limits.rightShare * 100} %`,
      value: `${(share * 100).toFixed(1)} % of ${runs.length}`,
      isMet: share >= limits.rightShare,
    },
    { id: 'O2', what: 'sure and wrong blame', target: '0', value: String(wrongs), isMet: wrongs === 0 },
    { id: 'O3', what: 'false records', target: '0', value: String(falses), isMet: falses === 0 },
    {
      id: 'O4',
      what: 'outages of 2 s and longer found',
      target: '100 %',
      value: `${found} of ${findable.length}`,
      isMet: found === findable.length,
    },
  ];
}

/** Nothing to measure is no merit: an outage was expected. */
function within(id: string, what: string, limitMs: number, errors: readonly (number | null)[]): Target {
  const values = errors.flatMap((value) => (value === null ? [] : [Math.abs(value)]));
  const over = values.filter((value) => value > limitMs).length;
  const worst = values.length === 0 ? 'none' : `worst ${seconds(Math.max(...values))}`;
  return {
    id,
    what,
    target: `<= ${seconds(limitMs)}`,
    value: `${worst}, ${over} of ${values.length} over`,
    isMet: over === 0 && values.length > 0,
  };
}

/** Expected against given: how often each pair came up. */
export function confusionOf(
  runs: readonly Run[],
): { expected: string; given: string; count: number; isRight: boolean }[] {
  const cells = new Map<string, { expected: string; given: string; count: number; isRight: boolean }>();
  const add = (expected: string, given: string, isRight: boolean) => {
    const key = `${expected}>${given}`;
    const cell = cells.get(key) ?? { expected, given, count: 0, isRight };
    cells.set(key, { ...cell, count: cell.count + 1, isRight: cell.isRight && isRight });
  };
  for (const { judgement } of runs) {
    if (!judgement) {
      add('(not run)', '(not run)', false);
      continue;
    }
    for (const { expected, given, isRight } of judgement.findings) add(expected, given, isRight);
    for (const each of judgement.falses) add('nothing', each.split(' ').slice(0, 2).join(' '), false);
    if (judgement.findings.length + judgement.falses.length === 0) add('nothing', 'nothing', true);
  }
  return [...cells.values()].sort((a, b) => a.expected.localeCompare(b.expected) || b.count - a.count);
}

export const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
