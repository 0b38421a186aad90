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
    sinceTime: '19:42:07',
    sinceMs: 192_000,
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

test('an outage says since when, and who still answers, and blames nobody', () => {
  assert.equal(
    say({ state: 'down', families: [family({ gateway: 'up', isp: 'down', anchor: 'down' })] }),
    "No answer from the Internet since 19:42:07 (3 min 12 s). Your router answers, your provider's first router does not.",
  );
  assert.match(
    say({ state: 'down', families: [family({ gateway: 'down', anchor: 'down' })] }),
    /Your router does not answer either\.$/,
  );
  assert.match(say({ state: 'down', families: [family({ anchor: 'down' })] }), /no router to ask/);
});

test('who still answers is not said while it is not clear', () => {
  const justCut = family({ gateway: 'up', isp: 'up', anchor: 'down' }, { hasJustAnswered: false });
  assert.match(say({ state: 'down', families: [justCut] }), /Who still answers shows in a moment\.$/);
});

test('a degradation says what is wrong', () => {
  assert.match(
    say({ state: 'degraded', families: [family({ anchor: 'degraded' }, { lossRatio: 0.12 })] }),
    /12 % of the packets of the last minute were lost/,
  );
  assert.match(
    say({ state: 'degraded', families: [family({ anchor: 'up', resolver: 'down' })] }),
    /names are not resolved/,
  );
  const v6: FamilyAssessment = { ...family({ anchor: 'down' }), family: 'ipv6' };
  assert.match(
    say({ state: 'degraded', families: [family({ anchor: 'up' }), v6] }),
    /IPv6 gets no answer, IPv4 works/,
  );
});

test('a time that is not known is left out', () => {
  assert.match(say({ state: 'down', sinceTime: null, sinceMs: null }), /^No answer from the Internet\. /);
});

test('round-trip times have three significant digits at most', () => {
  assert.deepEqual([820, 14_830, 153_400].map(rttInWords), ['0.82 ms', '14.8 ms', '153 ms']);
});
