import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Family, Segment } from '../../../core/shapes.ts';
import type { RecentWindow } from '../../watch/latency/schema.ts';
import { assessFamily, joinLines, type ObservedTarget, stateOf } from './assess.ts';

const now = 1_000_000;

function window(part: Partial<RecentWindow> = {}): RecentWindow {
  return {
    count: 60,
    lost: 0,
    p50Us: 15_000,
    lastRttUs: 15_000,
    lostInRow: 0,
    lostSinceMonoMs: Number.NaN,
    lastSentMonoMs: now - 500,
    ...part,
  };
}

function target(
  segment: Segment,
  minute: Partial<RecentWindow> = {},
  more: Partial<ObservedTarget> = {},
): ObservedTarget {
  const quarterHour = window({ count: 900 });
  return {
    id: `${segment}-ipv4`,
    segment,
    family: 'ipv4' as Family,
    intervalMs: 1000,
    isNameQuery: false,
    minute: window(minute),
    quarterHour,
    ...more,
  };
}

const dead = { lost: 10, lostInRow: 10, lostSinceMonoMs: now - 10_000 };
const segments = (states: Record<string, unknown>[]) =>
  Object.fromEntries(states.map(({ segment, state }) => [segment, state]));

test('one lost packet is no alarm, three in a row are', () => {
  assert.equal(stateOf(target('anchor', { lost: 1, lostInRow: 1 }), now), 'up');
  assert.equal(stateOf(target('anchor', { lost: 3, lostInRow: 3 }), now), 'down');
});

test('scattered loss of a minute is a degradation', () => {
  assert.equal(stateOf(target('anchor', { lost: 2 }), now), 'up');
  assert.equal(stateOf(target('anchor', { lost: 4 }), now), 'degraded');
});

test('a median far above the quarter-hour’s is a degradation', () => {
  assert.equal(stateOf(target('anchor', { p50Us: 90_000 }), now), 'degraded');
  assert.equal(stateOf(target('anchor', { p50Us: 30_000 }), now), 'up');
});

test('what was not measured lately is unknown, not up and not down', () => {
  assert.equal(stateOf(target('anchor', { count: 0 }), now), 'unknown');
  assert.equal(stateOf(target('anchor', { lastSentMonoMs: now - 60_000 }), now), 'unknown');
});

test('the line is down when every anchor is, since the last one fell silent', () => {
  const second = target('anchor', { ...dead, lostSinceMonoMs: now - 4000 }, { id: 'second-ipv4' });
  const down = assessFamily('ipv4', [target('gateway'), target('anchor', dead), second], now);
  assert.equal(down.state, 'down');
  assert.equal(down.stations.find(({ segment }) => segment === 'anchor')?.downSinceMonoMs, now - 4000);
  const one = assessFamily('ipv4', [target('gateway'), target('anchor', dead), target('anchor')], now);
  assert.equal(one.state, 'up');
});

test('a station whose newest exchange is lost has not just answered, though it is not down yet', () => {
  const { stations } = assessFamily(
    'ipv4',
    [target('gateway', { lost: 1, lostInRow: 1 }), target('anchor')],
    now,
  );
  assert.deepEqual(
    stations.map(({ segment, state, hasJustAnswered }) => [segment, state, hasJustAnswered]),
    [
      ['gateway', 'up', false],
      ['anchor', 'up', true],
    ],
  );
});

test('a router that does not answer pings is not a fault while the Internet answers', () => {
  const assessed = assessFamily(
    'ipv4',
    [target('gateway', dead), target('isp', dead), target('anchor')],
    now,
  );
  assert.deepEqual(segments(assessed.stations as never[]), { gateway: 'up', isp: 'up', anchor: 'up' });
});

test('a name server that answers pings but no questions is down', () => {
  const query = target('resolver', dead, { id: 'resolver-dns', isNameQuery: true, intervalMs: 10_000 });
  const names = assessFamily('ipv4', [target('anchor'), target('resolver'), query], now).stations;
  assert.equal(names.find(({ segment }) => segment === 'resolver')?.state, 'down');
});

test('names that are not resolved make the line unwell', () => {
  assert.equal(assessFamily('ipv4', [target('anchor'), target('resolver', dead)], now).state, 'degraded');
});

test('the house is online while one of its lines is', () => {
  assert.equal(joinLines(['down', 'up']), 'degraded');
  assert.equal(joinLines(['down', 'unknown']), 'down');
  assert.equal(joinLines([]), 'unknown');
});
