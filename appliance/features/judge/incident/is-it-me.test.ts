import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LineState, Verdict } from '../../../core/shapes.ts';
import { outageOf } from '../../../testing/fakes/outages.ts';
import type { LineVerdict, Outage } from '../outage/schema.ts';
import { type AnchorFacts, isItMe, type LineFacts, outageConfidence } from './is-it-me.ts';

const nowMonoMs = 1_000_000;

function anchor(lost: number, more: Partial<AnchorFacts> = {}): AnchorFacts {
  return { name: 'Anchor', family: 'ipv4', count: 20, lost, ...more };
}

function line(
  state: LineState,
  cause: Verdict | 'busy' | null,
  more: { name?: string; open?: Outage[]; anchors?: AnchorFacts[] } = {},
): LineFacts {
  const { name = 'main', open = [], anchors = [anchor(0)] } = more;
  const verdict: LineVerdict = {
    line: name,
    state,
    verdict: cause,
    sinceMonoMs: nowMonoMs - 192_000,
    open,
    busy: null,
  };
  return { name, verdict, anchors };
}

const ask = (...lines: LineFacts[]) => isItMe({ lines, seconds: 20, nowMonoMs });

test('a line that works is nobody’s fault', () => {
  const { answer, sentence, drawnFrom } = ask(line('up', null, { anchors: [anchor(0), anchor(1)] }));
  assert.equal(answer, 'nothing-wrong');
  assert.match(sentence, /^Nothing is wrong with your line\./);
  assert.deepEqual(drawnFrom, [
    { what: 'Line main', value: 'up for 3 min 12 s' },
    { what: 'Anchors of main over IPv4', value: '2 of 2 answer; 1 of 40 exchanges were lost in 20 s' },
  ]);
});

test('each verdict says who it is', () => {
  const expected: [Verdict | 'busy', string][] = [
    ['device', 'this-box'],
    ['lan', 'house'],
    ['gateway', 'house'],
    ['captive-portal', 'house'],
    ['busy', 'house'],
    ['access', 'provider'],
    ['isp', 'provider'],
    ['transit', 'beyond-provider'],
    ['dns', 'names'],
    ['service', 'one-service'],
    ['ipv6', 'ipv6'],
    ['unclear', 'unclear'],
  ];
  for (const [cause, answer] of expected) assert.equal(ask(line('down', cause)).answer, answer, cause);
});

test('traffic of the house is an answer even while the line counts as up', () => {
  assert.equal(ask(line('up', 'busy')).answer, 'house');
});

test('one service is named, and an open record tells on a line that is up', () => {
  const open = [outageOf(3, 0, null, { target: 'Quad9', verdict: 'service', candidates: ['service'] })];
  const { answer, sentence, drawnFrom } = ask(line('up', 'service', { open }));
  assert.deepEqual([answer, sentence], ['one-service', 'It is Quad9 alone: everything else answers.']);
  assert.deepEqual(drawnFrom[1], { what: 'Open record 3', value: 'The Internet did not answer.' });
});

test('nothing is said before something is measured, and silence that is not yet judged is not called well', () => {
  assert.equal(ask({ name: 'main', verdict: null, anchors: [] }).answer, 'unknown');
  assert.equal(ask(line('unknown', null)).answer, 'unknown');
  assert.equal(ask(line('up', null, { anchors: [anchor(20), anchor(20)] })).answer, 'unclear');
  assert.equal(ask().answer, 'unknown');
});

test('a second line that works clears the box', () => {
  const {
    answer,
    sentence,
    line: spoken,
    drawnFrom,
  } = ask(
    line('up', null, { name: 'cable' }),
    line('down', 'access', { name: 'fibre', anchors: [anchor(20), anchor(20, { family: 'ipv6' })] }),
  );
  assert.deepEqual([answer, spoken], ['provider', 'fibre']);
  assert.equal(
    sentence,
    'Line fibre: It is the line to your provider; your home is well. Line cable works, so neither this box nor its power is the reason.',
  );
  assert.deepEqual(
    drawnFrom.map(({ what }) => what),
    [
      'Line fibre',
      'Anchors of fibre over IPv4',
      'Anchors of fibre over IPv6',
      'Line cable',
      'Anchors of cable over IPv4',
    ],
  );
});

test('how sure an outage is, is what the best anchor of the worst line has lost', () => {
  const rate = (...lines: LineFacts[]) => outageConfidence({ lines, seconds: 20, nowMonoMs });
  const fine = rate(line('up', null, { anchors: [anchor(0), anchor(20)] }));
  assert.deepEqual([fine.confidence, fine.level, fine.isOutage], [0, 'none', false]);
  const open = [outageOf(1, 0, null)];
  const down = rate(
    line('up', null),
    line('down', 'isp', { name: 'fibre', open, anchors: [anchor(20), anchor(17)] }),
  );
  assert.deepEqual([down.confidence, down.level, down.isOutage, down.line], [85, 'critical', true, 'fibre']);
  assert.ok(
    down.sources.includes('Anchors of fibre over IPv4: 1 of 2 answer; 37 of 40 exchanges were lost in 20 s'),
  );
  const nothing = rate({ name: 'main', verdict: null, anchors: [] });
  assert.deepEqual([nothing.confidence, nothing.line], [0, null]);
});
