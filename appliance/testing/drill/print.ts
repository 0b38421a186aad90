import { table } from '../../terminal/table.ts';
import type { Finding } from './judge.ts';
import { confusionOf, type Run, targetsOf } from './summary.ts';

/** Wide enough for every column; the terminal folds what it cannot show. */
const width = 180;

/** The whole result: one line a case and what is expected in it, the matrix, the targets, and what went wrong. */
export function print(runs: readonly Run[]): string {
  const matrix = confusionOf(runs);
  const targets = targetsOf(runs);
  const troubles = runs.flatMap(troublesOf);
  return [
    ...table(caseColumns, [...new Set(runs.map(({ name }) => name))].flatMap(rowsOf(runs)), width),
    '',
    ...table(
      [{ title: 'expected' }, { title: 'given' }, { title: 'times', align: 'right' }, { title: '' }],
      matrix.map(({ expected, given, count, isRight }) => [
        expected,
        given,
        String(count),
        isRight ? '' : 'WRONG',
      ]),
      width,
    ),
    '',
    ...table(
      [{ title: 'id' }, { title: 'what' }, { title: 'target' }, { title: 'value' }, { title: 'verdict' }],
      targets.map(({ id, what, target, value, isMet }) => [
        id,
        what,
        target,
        value,
        isMet ? 'met' : 'NOT MET',
      ]),
      width,
    ),
    ...(troubles.length > 0 ? ['', ...troubles] : []),
  ].join('\n');
}

const caseColumns = [
  { title: 'case' },
  { title: 'right', align: 'right' },
  { title: 'expected' },
  { title: 'given' },
  { title: 'start', align: 'decimal' },
  { title: 'end', align: 'decimal' },
  { title: 'announced', align: 'decimal' },
  { title: 'decided', align: 'decimal' },
  { title: 'confidence', align: 'decimal' },
  { title: 'candidates' },
  { title: 'false', align: 'right' },
  { title: 'path' },
] as const;

/** All runs of a case: a line for each thing that is expected in it, with the worst of the numbers. */
function rowsOf(all: readonly Run[]): (name: string) => string[][] {
  return (name) => {
    const runs = all.filter((run) => run.name === name);
    const judged = runs.flatMap(({ judgement }) => judgement ?? []);
    const right = `${judged.filter(({ isRight }) => isRight).length}/${runs.length}`;
    const falses = String(judged.reduce((sum, { falses: each }) => sum + each.length, 0));
    const findings = judged.flatMap((each) => each.findings);
    const expected = [...new Set(findings.map((finding) => finding.expected))];
    if (expected.length === 0)
      return [[name, right, 'nothing', '', '', '', '', '', '', '', falses, remarksOf(judged)]];
    return expected.map((each, at) => {
      const own = findings.filter((finding) => finding.expected === each);
      const head = at === 0 ? [name, right] : ['', ''];
      return [...head, ...cellsOf(each, own), at === 0 ? falses : '', distinct(own.map(({ path }) => path))];
    });
  };
}

function cellsOf(expected: string, findings: readonly Finding[]): string[] {
  return [
    expected,
    distinct(findings.map(({ given }) => given)),
    worst(findings.map(({ startErrorMs }) => startErrorMs)),
    worst(findings.map(({ endErrorMs }) => endErrorMs)),
    worst(findings.map(({ announcedMs }) => announcedMs)),
    worst(findings.map(({ decidedMs }) => decidedMs)),
    lowest(findings.map(({ confidence }) => confidence)),
    distinct(findings.map(({ candidates }) => candidates.join('/'))),
  ];
}

const remarksOf = (judged: readonly { remarks: readonly string[] }[]) =>
  distinct(judged.flatMap(({ remarks }) => remarks));
const distinct = (texts: readonly string[]) => [...new Set(texts.filter((text) => text !== ''))].join('; ');

function worst(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const [first] = known.sort((a, b) => Math.abs(b) - Math.abs(a));
  return first === undefined ? '' : (first / 1000).toFixed(2);
}

function lowest(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? '' : Math.min(...known).toFixed(2);
}

/** What was not right, one line each, with the seed that shows it again. */
function troublesOf({ name, seed, judgement, trouble }: Run): string[] {
  const where = `${name} (seed ${seed})`;
  if (!judgement) return [`${where}: not run: ${trouble ?? ''}`];
  const wrong = judgement.findings.filter(({ isRight, isFound }) => !isRight || isFound === false);
  return [
    ...wrong.map(
      ({ expected, given, remarks, trueSeconds, path }) =>
        `${where}: ${expected} of ${trueSeconds.toFixed(1)} s, given ${given} ${path}${remarks.map((text) => `; ${text}`).join('')}`,
    ),
    ...judgement.falses.map((text) => `${where}: false: ${text}`),
    ...judgement.confidentWrongs.map((text) => `${where}: sure and wrong: ${text}`),
    ...judgement.remarks.map((text) => `${where}: ${text}`),
    ...(judgement.splits > 0 ? [`${where}: ${judgement.splits} more records of the same`] : []),
  ];
}
