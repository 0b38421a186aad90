import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxTargets, moved, rangeOf, readView, stepFor, writeView, zoomed } from './latency-view.ts';

const hour = 3_600_000;
const now = Date.parse('2026-11-22T12:00:00.000Z');

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

test('a named range ends now, "all" begins with the first measurement', () => {
  assert.deepEqual(rangeOf(readView(new URLSearchParams('range=6h')), now, null), {
    fromMs: now - 6 * hour,
    toMs: now,
    isLive: true,
  });
  assert.equal(
    rangeOf(readView(new URLSearchParams('range=all')), now, now - 90 * hour).fromMs,
    now - 90 * hour,
  );
});

test('moving and widening never show the future', () => {
  const range = { fromMs: now - hour, toMs: now, isLive: true };
  assert.deepEqual(moved(range, -0.5, now), {
    fromMs: now - 1.5 * hour,
    toMs: now - 0.5 * hour,
    isLive: false,
  });
  assert.equal(moved(range, 2, now).toMs, now);
  const wide = zoomed(range, 2, now);
  assert.deepEqual([wide.toMs, wide.toMs - wide.fromMs], [now, 2 * hour]);
});

test('zooming in stops at ten seconds', () => {
  const range = { fromMs: now - 12_000, toMs: now - 2000, isLive: false };
  assert.equal(zoomed(range, 0.1, now).toMs - zoomed(range, 0.1, now).fromMs, 10_000);
});

test('a step leaves every point its pixels, on a phone and on a desk', () => {
  for (const width of [366, 1100]) {
    for (const span of [600_000, hour, 6 * hour, 24 * hour, 7 * 24 * hour, 30 * 24 * hour, 365 * 24 * hour]) {
      const points = span / 1000 / stepFor(span, width);
      assert.ok(points <= 400 && points >= 60, `${points} points for ${span} ms on ${width} px`);
    }
  }
});
