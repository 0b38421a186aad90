import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toIso } from '../../core/clock.ts';
import type { DrillCase } from './case.ts';
import { judge } from './judge.ts';
import { deedAtMs, observation, record } from './records.ts';

const cut: DrillCase = {
  name: 'isp',
  deeds: [{ ctl: 'set access down' }],
  expect: [{ kind: 'outage', verdicts: ['access'], candidates: ['access', 'gateway'] }],
};
const calm: DrillCase = { name: 'calm', deeds: [{ ctl: 'mark calm' }], expect: [] };

test('a right record is right, with its errors against the moment of the fault', () => {
  const judgement = judge(cut, observation([0], 25, [record()]));
  assert.equal(judgement.isRight, true);
  const [finding] = judgement.findings;
  assert.equal(finding?.given, 'outage access');
  assert.equal(finding?.isFound, true);
  assert.equal(finding?.startErrorMs, 200);
  assert.equal(finding?.endErrorMs, -100);
  assert.equal(finding?.announcedMs, 1600);
  assert.equal(finding?.decidedMs, 3000);
  assert.equal(finding?.path, 'no-answer/isp-hop-silent at access');
});

test('announced is what the API showed when that was later than the word of the service', () => {
  const sighting = { id: 1, kind: 'outage', verdict: 'unclear', confidence: 0.3 } as const;
  const seen = observation([0], 25, [record()], { sightings: [{ ...sighting, atMs: deedAtMs + 4000 }] });
  assert.equal(judge(cut, seen).findings[0]?.announcedMs, 4000);
});

test('no record at all is not found and not right', () => {
  const judgement = judge(cut, observation([0], 25, []));
  assert.equal(judgement.isRight, false);
  assert.equal(judgement.findings[0]?.given, 'nothing');
  assert.equal(judgement.findings[0]?.isFound, false);
});

test('a wrong verdict counts as found, and as sure and wrong only from 0.8 on', () => {
  const unsure = judge(cut, observation([0], 25, [record({ verdict: 'isp', confidence: 0.7 })]));
  assert.equal(unsure.isRight, false);
  assert.equal(unsure.findings[0]?.given, 'outage isp');
  assert.equal(unsure.findings[0]?.isFound, true);
  assert.deepEqual(unsure.falses, []);
  assert.deepEqual(unsure.confidentWrongs, []);
  const sure = judge(cut, observation([0], 25, [record({ verdict: 'isp', confidence: 0.8 })]));
  assert.deepEqual(sure.confidentWrongs, ['isp with 0.80']);
});

test('sure and wrong on the way counts, even when the end is right', () => {
  const sighting = {
    atMs: deedAtMs + 2000,
    id: 1,
    kind: 'outage',
    verdict: 'isp',
    confidence: 0.95,
  } as const;
  const judgement = judge(cut, observation([0], 25, [record()], { sightings: [sighting] }));
  assert.equal(judgement.isRight, true);
  assert.deepEqual(judgement.confidentWrongs, ['isp with 0.95']);
});

test('a cause that the evidence cannot exclude must be among the candidates', () => {
  const judgement = judge(cut, observation([0], 25, [record({ candidates: ['access'] })]));
  assert.equal(judgement.isRight, false);
  assert.deepEqual(judgement.findings[0]?.remarks, ['gateway is not among the candidates']);
});

test('family, place and cause are compared where they are named', () => {
  const named: DrillCase = {
    ...cut,
    expect: [{ kind: 'outage', verdicts: ['access'], family: 'ipv4', segment: 'isp', cause: 'mtu' }],
  };
  assert.deepEqual(judge(named, observation([0], 25, [record()])).findings[0]?.remarks, [
    'family both, not ipv4',
    'at access, not isp',
    'cause null, not mtu',
  ]);
});

test('where nothing tells the causes apart, being sure is a mistake', () => {
  const open: DrillCase = {
    ...cut,
    expect: [{ kind: 'outage', verdicts: ['access', 'isp'], confidenceBelow: 0.8 }],
  };
  assert.equal(
    judge(open, observation([0], 25, [record({ verdict: 'isp', confidence: 0.6 })])).isRight,
    true,
  );
  assert.equal(judge(open, observation([0], 25, [record({ confidence: 0.9 })])).isRight, false);
});

test('a record that is still open at the end is not right', () => {
  const judgement = judge(cut, observation([0], 25, [record({ to: null })]));
  assert.deepEqual(judgement.findings[0]?.remarks, ['it was still open at the end']);
  assert.equal(judgement.isRight, false);
});

test('what nobody expected is false; one of before the calm is not looked at', () => {
  const falseOne = record({ id: 2, kind: 'degradation', verdict: 'isp', from: -8, to: -2 });
  const older = record({ id: 3, from: -40, to: -13 });
  const judgement = judge(cut, observation([0], 25, [record(), falseOne, older]));
  assert.equal(judgement.falses.length, 1);
  assert.match(judgement.falses[0] ?? '', /^degradation isp/);
  assert.equal(judgement.isRight, false);
  assert.deepEqual(judgement.confidentWrongs, ['isp with 0.90']);
});

test('a second record of the same is a split, an allowed one is nothing', () => {
  const allowed = record({ id: 3, kind: 'degradation', verdict: 'access', from: 26, to: 28 });
  const second = record({ id: 2, from: 20, to: 25 });
  const drill: DrillCase = { ...cut, allow: [{ kind: 'degradation', verdicts: ['access'] }] };
  const judgement = judge(drill, observation([0], 25, [record({ to: 18 }), second, allowed]));
  assert.equal(judgement.splits, 1);
  assert.deepEqual(judgement.falses, []);
});

test('a record in pieces begins with the first and ends with the last', () => {
  const pieces = [record({ id: 2, from: 10, to: 24.6, announced: 12 }), record({ id: 1, to: 4 })];
  const [finding] = judge(cut, observation([0], 25, pieces)).findings;
  assert.equal(finding?.startErrorMs, 200);
  assert.equal(finding?.announcedMs, 1600);
  assert.equal(finding?.endErrorMs, -400);
});

test('of two faults at once each finds its own record, and does not take the other one', () => {
  const both: DrillCase = {
    name: 'both',
    deeds: [{ ctl: 'set a1 down' }, { ctl: 'set access loss=5%' }],
    expect: [
      { kind: 'degradation', verdicts: ['service'] },
      { kind: 'degradation', verdicts: ['access'] },
    ],
  };
  const loss = record({ kind: 'degradation', verdict: 'access', from: 4 });
  const judgement = judge(both, observation([0, 0.1], 25, [loss]));
  assert.deepEqual(
    judgement.findings.map(({ given }) => given),
    ['nothing', 'degradation access'],
  );
});

test('a fault that begins and ends between others is compared with its own time', () => {
  const nested: DrillCase = {
    name: 'nested',
    deeds: [
      { fault: 'dns-slow' },
      { ctl: 'set access down', atMs: 10_000 },
      { ctl: 'set access up', atMs: 20_000 },
    ],
    expect: [{ kind: 'outage', verdicts: ['access'], from: 1, to: 2 }],
  };
  const judgement = judge(nested, observation([0, 10, 20], 30, [record({ from: 10.3, to: 19.8 })]));
  assert.equal(judgement.findings[0]?.startErrorMs, 300);
  assert.equal(judgement.findings[0]?.endErrorMs, -200);
});

test('each down of a flapping link that is long enough must be found', () => {
  const flap: DrillCase = {
    name: 'flap',
    deeds: [{ ctl: 'set access flap=20s/3s' }],
    expect: [{ kind: 'outage', verdicts: ['access'], flapping: 'access' }],
  };
  const change = (after: number, direction: string, text: string) => ({
    atMs: deedAtMs + after * 1000,
    who: `access.${direction}`,
    text: `flap ${text}`,
  });
  const base = observation([0], 60, [record({ from: 5.2, to: 8.9 })]);
  const changes = [
    ...base.changes,
    change(5, 'ab', 'down'),
    change(7, 'ba', 'down'),
    change(8, 'ab', 'up'),
    change(9, 'ba', 'up'),
    change(20, 'ab', 'down'),
    change(20.8, 'ab', 'up'),
    change(40, 'ba', 'down'),
    change(44, 'ba', 'up'),
  ];
  const { findings } = judge(flap, { ...base, changes });
  assert.deepEqual(
    findings.map(({ trueSeconds, isFound }) => [trueSeconds, isFound]),
    [
      [4, true],
      [4, false],
    ],
  );
  assert.equal(Math.round(findings[0]?.endErrorMs ?? Number.NaN), -100);
});

test('a degradation has no sharp ends to compare', () => {
  const loss: DrillCase = { ...cut, expect: [{ kind: 'degradation', verdicts: ['access'] }] };
  const slow = record({ kind: 'degradation', from: 9, to: null });
  const judgement = judge(loss, observation([0], 25, [slow]));
  assert.equal(judgement.isRight, true);
  assert.equal(judgement.findings[0]?.startErrorMs, null);
  assert.equal(judgement.findings[0]?.isFound, null);
});

const span = (from: number, to: number) => ({
  startedAt: toIso(deedAtMs + from * 1000),
  endedAt: toIso(deedAtMs + to * 1000),
});

test('time that was not watched must be a gap, called by its name', () => {
  const killed: DrillCase = {
    name: 'killed',
    deeds: [{ service: 'kill' }, { service: 'start', atMs: 8000 }],
    expect: [],
    gap: { from: 0, to: 1, reasons: ['crashed'] },
  };
  const gap = { id: 1, reason: 'crashed', text: '', ...span(-1, 8) } as const;
  assert.equal(judge(killed, observation([0, 8], 25, [], { gaps: [gap] })).isRight, true);
  const remarksOf = (gaps: Parameters<typeof observation>[3]) =>
    judge(killed, observation([0, 8], 25, [], gaps)).remarks;
  assert.deepEqual(remarksOf({ gaps: [{ ...gap, reason: 'stopped' }] }), ['the gap is called stopped']);
  assert.deepEqual(remarksOf({ gaps: [{ ...gap, ...span(7, 8) }] }), [
    'the time that was not watched is no gap',
  ]);
});

test('a gap or a busy period where there was none is false', () => {
  const gap = { id: 1, reason: 'not-measured', text: '', ...span(5, 7) } as const;
  assert.equal(judge(calm, observation([0], 25, [], { gaps: [gap] })).falses.length, 1);
  assert.equal(judge(calm, observation([0], 25, [], { busy: [busyFor(5, 20)] })).falses.length, 1);
  assert.equal(judge(calm, observation([0], 25, [])).isRight, true);
});

test('traffic that fills the line must be told for a good part of its time', () => {
  const busy: DrillCase = {
    name: 'busy',
    deeds: [{ load: { from: 'nas', down: true, up: true } }],
    expect: [],
    isBusy: true,
  };
  assert.equal(judge(busy, observation([0], 40, [], { busy: [busyFor(6, 40)] })).isRight, true);
  assert.deepEqual(judge(busy, observation([0], 40, [], { busy: [busyFor(36, 40)] })).remarks, [
    "busy for 10 % of the traffic's time",
  ]);
  assert.equal(judge(busy, observation([0], 40, [record()], { busy: [busyFor(6, 40)] })).isRight, false);
});

function busyFor(from: number, to: number) {
  return {
    id: 1,
    line: 'main',
    direction: 'both',
    source: 'own',
    downMbps: 10,
    upMbps: 2,
    addedMs: 300,
    text: '',
    ...span(from, to),
  } as const;
}
