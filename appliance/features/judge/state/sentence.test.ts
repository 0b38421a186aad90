import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LineState, Segment } from '../../../core/shapes.ts';
import type { FamilyAssessment } from './assess.ts';
import { type Facts, rttInWords, sentenceOf } from './sentence.ts';

function family(
  states: Partial<Record<Segment, LineState>>,
  more: { p50Us?: number; lossRatio?: number; hasJustAnswered?: boolean } = {},
): FamilyAssessment {
  const stations = Object.entries(states).map(([segment, state]) => ({
    segment: segment as Segment,
    family: 'ipv4' as const,
    state,
    target: null,
    p50Us: more.p50Us ?? 14_800,
    lossRatio: more.lossRatio ?? 0,
    downSinceMonoMs: Number.NaN,
    hasJustAnswered: more.hasJustAnswered ?? state !== 'down',
  }));
  return { family: 'ipv4', state: states.anchor ?? 'unknown', stations };
}

const say = (facts: Partial<Facts>) =>
  sentenceOf({
    state: 'up',
    families: [],
    trouble: null,
    hasTargets: true,
    lineName: null,
    ...facts,
  });

test('a working line says how quick it is', () => {
  assert.equal(
    say({ families: [family({ anchor: 'up' })] }),
    'Your Internet is working. Answers take 14.8 ms, nothing lost in the last minute.',
  );
});

test('what the judge says of the trouble is what is said', () => {
  const trouble = 'The Internet has been down since 19:42:07 (3 min 12 s). Fault: the line to your provider.';
  assert.equal(say({ state: 'down', families: [family({ anchor: 'down' })], trouble }), trouble);
  assert.equal(say({ state: 'up', trouble, families: [] }), trouble);
});

test('before anything is known nothing is said of trouble', () => {
  assert.equal(say({ state: 'unknown', trouble: 'x' }), 'Measuring has just begun.');
  assert.match(say({ state: 'unknown', hasTargets: false }), /no network and no targets/);
});

test('with several lines the one that is spoken of is named', () => {
  assert.match(say({ lineName: 'fibre' }), /^Line fibre is working/);
});

test('round-trip times have three significant digits at most', () => {
  assert.deepEqual([820, 14_830, 153_400].map(rttInWords), ['0.82 ms', '14.8 ms', '153 ms']);
});
