import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LineStatus, Station } from '../../../appliance/features/judge/state/schema.ts';
import { chartTargets, hasSecondTrack, stationsOf } from './path.ts';

const station = (
  segment: Station['segment'],
  family: Station['family'],
  state: Station['state'],
  target = `${segment}-${family}`,
): Station => ({
  segment,
  family,
  state,
  target,
  rttMs: 10,
  lossRatio: 0,
});
const line = (...stations: Station[]): LineStatus => ({
  name: 'main',
  interface: 'eth0',
  gateway: '192.168.1.1',
  state: 'up',
  since: null,
  stations,
});

test('the strip always has five stations, those without a target are unknown', () => {
  const stations = stationsOf(line(station('gateway', 'ipv4', 'up')), null);
  assert.deepEqual(
    stations.map((one) => `${one.segment} ${one.state}`),
    ['you up', 'gateway up', 'isp unknown', 'anchor unknown', 'resolver unknown'],
  );
  assert.equal(hasSecondTrack(stations), false);
});

test('IPv6 is the thin track beside IPv4, and the main one where it is alone', () => {
  const both = stationsOf(line(station('gateway', 'ipv4', 'up'), station('gateway', 'ipv6', 'down')), null);
  assert.equal(both[1]?.main?.family, 'ipv4');
  assert.equal(both[1]?.second?.state, 'down');
  const alone = stationsOf(line(station('gateway', 'ipv6', 'up')), null);
  assert.equal(alone[1]?.main?.family, 'ipv6');
  assert.equal(hasSecondTrack(alone), false);
});

test('the thin track passes a station it does not have and ends at its last one', () => {
  const stations = stationsOf(
    line(
      station('gateway', 'ipv4', 'up'),
      station('gateway', 'ipv6', 'up'),
      station('anchor', 'ipv6', 'down'),
    ),
    null,
  );
  assert.deepEqual(
    stations.map((one) => one.secondLink),
    [null, 'up', 'down', 'down', null],
  );
});

test('the box itself is down when the fault is its own', () => {
  assert.equal(stationsOf(line(), 'device')[0]?.state, 'down');
  assert.equal(stationsOf({ ...line(), interface: null }, null)[0]?.state, 'unknown');
});

test('the live chart takes one target a segment and family, in path order', () => {
  const chosen = chartTargets([
    line(
      station('anchor', 'ipv6', 'up'),
      station('resolver', 'ipv4', 'up'),
      station('gateway', 'ipv4', 'up'),
      { ...station('isp', 'ipv4', 'up'), target: null },
    ),
  ]);
  assert.deepEqual(
    chosen.map((one) => one.target),
    ['gateway-ipv4', 'resolver-ipv4', 'anchor-ipv6'],
  );
});
