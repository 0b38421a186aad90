import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrillCase } from './case.ts';
import { judge } from './judge.ts';
import { print } from './print.ts';
import { observation, record } from './records.ts';
import { confusionOf, type Run, targetsOf } from './summary.ts';

const cut: DrillCase = {
  name: 'isp',
  deeds: [{ ctl: 'set access down' }],
  expect: [{ kind: 'outage', verdicts: ['access'] }],
};

const runOf = (...outages: Parameters<typeof observation>[2]): Run => ({
  name: 'isp',
  seed: 101,
  judgement: judge(cut, observation([0], 25, outages)),
  trouble: null,
});
const metOf = (runs: Run[]) => targetsOf(runs).map(({ isMet }) => isMet);

test('right runs meet every target', () => {
  assert.deepEqual(metOf([runOf(record()), runOf(record())]), Array(8).fill(true));
});

test('each target is missed by what it is about', () => {
  const missed = (run: Run) =>
    targetsOf([run])
      .filter(({ isMet }) => !isMet)
      .map(({ what }) => what);
  assert.deepEqual(missed(runOf(record({ from: 1.2 }))), ['start of an outage']);
  assert.deepEqual(missed(runOf(record({ to: 23.9 }))), ['end of an outage']);
  assert.deepEqual(missed(runOf(record({ announced: 5.1 }))), ['announced after']);
  assert.deepEqual(missed(runOf(record({ decided: 15.1 }))), ['verdict after']);
  assert.deepEqual(missed(runOf(record({ verdict: 'isp' }))), [
    'runs right in everything',
    'sure and wrong blame',
  ]);
  assert.deepEqual(missed(runOf()), [
    'start of an outage',
    'end of an outage',
    'announced after',
    'verdict after',
    'runs right in everything',
    'outages of 2 s and longer found',
  ]);
  const extra = record({ id: 2, kind: 'degradation', verdict: 'dns', confidence: 0.5 });
  assert.deepEqual(missed(runOf(record(), extra)), ['runs right in everything', 'false records']);
});

test('faults of names have lines of their own', () => {
  const names: DrillCase = { ...cut, name: 'dns', expect: [{ kind: 'outage', verdicts: ['dns'] }] };
  const late = record({ verdict: 'dns', from: 6, announced: 7, decided: 8 });
  const run: Run = { ...runOf(), name: 'dns', judgement: judge(names, observation([0], 25, [late])) };
  assert.deepEqual(
    targetsOf([run, runOf(record())])
      .filter(({ isMet }) => !isMet)
      .map(({ what }) => what),
    ['start of an outage, names', 'announced after, names'],
  );
});

test('a case that could not be run is not right', () => {
  const failed: Run = { name: 'isp', seed: 1, judgement: null, trouble: 'no lab' };
  assert.equal(targetsOf([failed]).find(({ id }) => id === 'O2')?.isMet, false);
  assert.match(print([failed]), /isp \(seed 1\): not run: no lab/);
});

test('the matrix counts expected against given', () => {
  assert.deepEqual(confusionOf([runOf(record()), runOf(record()), runOf(record({ verdict: 'isp' }))]), [
    { expected: 'outage access', given: 'outage access', count: 2, isRight: true },
    { expected: 'outage access', given: 'outage isp', count: 1, isRight: false },
  ]);
});

test('the table has one line a case, the worst numbers of its runs, and says what went wrong', () => {
  const text = print([runOf(record({ from: 0.4 })), runOf(record({ from: -0.7, verdict: 'isp' }))]);
  const line = text.split('\n').find((each) => each.startsWith('isp ')) ?? '';
  assert.match(line, /1\/2 {2}outage access +outage access; outage isp +-0\.70/);
  assert.match(text, /O2 +sure and wrong blame +0 +1 +NOT MET/);
  assert.match(text, /isp \(seed 101\): sure and wrong: isp with 0\.90/);
});
