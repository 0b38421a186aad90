import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EvidenceNode, Outage } from '../../../appliance/features/judge/outage/schema.ts';
import type { Capture } from '../../../appliance/features/watch/black-box/schema.ts';
import { captureRings, captureSeries, countOf, windowsOf } from './capture-view.ts';

const startMs = Date.parse('2026-11-22T12:00:00.000Z');
const iso = (seconds: number) => new Date(startMs + seconds * 1000).toISOString();

function capture(seconds: number, targets: readonly string[] = ['a']): Capture {
  const offsetsMs = Array.from({ length: seconds }, (_, index) => index * 1000);
  return {
    id: 1,
    key: 'outage-1',
    line: 'main',
    startedAt: iso(0),
    endedAt: iso(seconds),
    series: targets.map((target) => ({
      target,
      offsetsMs,
      rttMs: offsetsMs.map((at) => (at === 5000 ? null : 9)),
    })),
  };
}

const node = (
  target: string,
  segment: EvidenceNode['segment'],
  family: 'ipv4' | 'ipv6' = 'ipv4',
): EvidenceNode => ({
  target,
  name: `name of ${target}`,
  address: null,
  segment,
  family,
  sent: 1,
  lost: 0,
  rttMs: 1,
  baselineMs: 1,
  lastAnswerAt: null,
  isUsed: true,
});

const outageOf = (from: number, to: number | null): Outage => ({
  ...({} as Outage), // only the two moments are looked at
  startedAt: iso(from),
  endedAt: to === null ? null : iso(to),
});

test('series stand in path order, the first of each segment is shown, the rest is at hand', () => {
  const nodes = [
    node('anchor-b', 'anchor'),
    node('six', 'anchor', 'ipv6'),
    node('anchor-a', 'anchor'),
    node('router', 'gateway'),
    node('nas', 'lan'),
    node('not kept', 'isp'),
  ];
  const series = captureSeries(capture(10, ['anchor-a', 'anchor-b', 'six', 'router', 'nas']), nodes);
  assert.deepEqual(
    series.map(({ target, label, isSecond }) => [target, label, isSecond]),
    [
      ['router', 'Router', false],
      ['anchor-b', 'Internet', false],
      ['anchor-a', 'name of anchor-a', true],
      ['nas', 'name of nas', true],
      ['six', 'name of six IPv6', true],
    ],
  );
});

test('every kept exchange is drawn, lost ones as lost, however many there are', () => {
  const long = capture(9000);
  const ring = captureRings(long).get('a');
  assert.equal(ring?.times.length, 9000);
  assert.equal(ring?.times[0], startMs);
  assert.deepEqual([ring?.rtts[4], ring?.rtts[5]], [9, Number.NaN]);
  assert.equal(countOf(long), 9000);
});

test('a long capture offers its beginning and its end, a short one only itself', () => {
  const spans = (seconds: number, outage: Outage) =>
    [...windowsOf(capture(seconds), outage)].map(([name, { fromMs, toMs }]) => [
      name,
      (fromMs - startMs) / 1000,
      (toMs - startMs) / 1000,
    ]);
  assert.deepEqual(spans(120, outageOf(60, 90)), [['whole', 0, 120]]);
  assert.deepEqual(spans(600, outageOf(60, 570)), [
    ['whole', 0, 600],
    ['beginning', 40, 100],
    ['ending', 530, 590],
  ]);
  assert.deepEqual(spans(600, outageOf(60, null)), [
    ['whole', 0, 600],
    ['beginning', 40, 100],
  ]);
  assert.deepEqual(spans(600, outageOf(60, 5000)).length, 2, 'the end is not in the capture');
});
