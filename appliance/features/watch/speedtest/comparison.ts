/** Before and after: whether two tests differ by more than tests of this line do anyway. Pure. */
import type { SpeedComparison, SpeedTest } from './schema.ts';
import { spreadOf, standardDeviation } from './spread.ts';
import { addedMs } from './trend.ts';

type Figure = SpeedComparison['figures'][number];

const leastTests = 4;
/** Two tests differ by the square root of two times one's own spread; two of those are seen once in twenty by chance. */
const certain = 2 * Math.SQRT2;

const figures: readonly { name: Figure['name']; words: string; isMoreBetter: boolean }[] = [
  { name: 'downloadMbps', words: 'download', isMoreBetter: true },
  { name: 'uploadMbps', words: 'upload', isMoreBetter: true },
  { name: 'idleMs', words: 'idle delay', isMoreBetter: false },
  { name: 'addedDownMs', words: 'delay added by a download', isMoreBetter: false },
  { name: 'addedUpMs', words: 'delay added by an upload', isMoreBetter: false },
  { name: 'rpm', words: 'responsiveness', isMoreBetter: true },
];

/** `around`: tests alike from before the change; what they spread is chance. */
export function compare(before: SpeedTest, after: SpeedTest, around: readonly SpeedTest[]): SpeedComparison {
  const isComparable =
    before.line === after.line && before.engine === after.engine && before.family === after.family;
  const found = figures.map(({ name, isMoreBetter }): Figure => {
    const [was, is] = [figureOf(before, name), figureOf(after, name)];
    const spread = spreadBetween(around.map((test) => figureOf(test, name)));
    const verdict = isComparable ? verdictOf(was, is, spread, isMoreBetter) : 'unknown';
    return { name, before: was, after: is, spread, verdict };
  });
  return { before, after, isComparable, figures: found, text: textOf(found, isComparable) };
}

function figureOf(test: SpeedTest, name: Figure['name']): number | null {
  if (name === 'addedDownMs') return addedMs(test, 'loadedDownMs');
  if (name === 'addedUpMs') return addedMs(test, 'loadedUpMs');
  return test[name];
}

function spreadBetween(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length < leastTests ? null : certain * standardDeviation(spreadOf(known));
}

function verdictOf(
  was: number | null,
  is: number | null,
  spread: number | null,
  isMoreBetter: boolean,
): Figure['verdict'] {
  if (was === null || is === null || spread === null) return 'unknown';
  if (Math.abs(is - was) <= spread) return 'same';
  return is > was === isMoreBetter ? 'better' : 'worse';
}

function textOf(found: readonly Figure[], isComparable: boolean): string {
  if (!isComparable)
    return 'The two were not measured over the same line, family and engine, so they cannot be compared.';
  const named = (verdict: Figure['verdict']) =>
    figures
      .filter(({ name }) => found.some((one) => one.name === name && one.verdict === verdict))
      .map(({ words }) => words);
  const [better, worse] = [named('better'), named('worse')];
  const parts = [
    ...(better.length > 0 ? [`Better: ${better.join(', ')}.`] : []),
    ...(worse.length > 0 ? [`Worse: ${worse.join(', ')}.`] : []),
  ];
  if (parts.length > 0) return parts.join(' ');
  return found.every(({ verdict }) => verdict === 'unknown')
    ? 'There are too few tests before it to know what is chance here.'
    : 'No difference that is more than chance on this line.';
}
