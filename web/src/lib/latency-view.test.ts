import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxTargets, readView, stepFor, writeView } from './latency-view.ts';

const hour = 3_600_000;

test('a view survives its address', () => {
  for (const address of [
    '/latency?target=a,b&range=7d&view=overlay&scale=log',
    '/latency?target=gateway-ipv4&from=2026-11-22T10:00:00.000Z&to=2026-11-22T11:00:00.000Z',
    '/latency?range=1h',
  ]) {
    assert.equal(writeView(readView(new URL(address, 'http://box').searchParams)), address);
  }
});

test('nonsense in the address gives the usual view', () => {
  const view = readView(new URLSearchParams('range=3000y&from=yesterday&to=tomorrow&scale=cubic'));
  assert.deepEqual([view.range, view.fromMs, view.isLog], ['1h', null, false]);
  assert.equal(
    readView(new URLSearchParams({ from: '2026-11-22T11:00:00Z', to: '2026-11-22T10:00:00Z' })).range,
    '1h',
  );
});

test('the number of targets is bounded', () => {
  assert.equal(readView(new URLSearchParams({ target: 'a,b,c,d,e,f,g,h,a' })).targets.length, maxTargets);
});

test('a step leaves every point its pixels, on a phone and on a desk', () => {
  for (const width of [366, 1100]) {
    for (const span of [600_000, hour, 6 * hour, 24 * hour, 7 * 24 * hour, 30 * 24 * hour, 365 * 24 * hour]) {
      const points = span / 1000 / stepFor(span, width);
      assert.ok(points <= 400 && points >= 60, `${points} points for ${span} ms on ${width} px`);
    }
  }
});
