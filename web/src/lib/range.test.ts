import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moved, rangeOf, readRange, zoomed } from './range.ts';

const hour = 3_600_000;
const now = Date.parse('2026-11-22T12:00:00.000Z');

test('a page knows its own ranges only', () => {
  const names = ['7d', '30d', 'custom'] as const;
  assert.equal(readRange(new URLSearchParams('range=7d'), names, '30d').range, '7d');
  assert.equal(readRange(new URLSearchParams('range=1h'), names, '30d').range, '30d');
  assert.equal(readRange(new URLSearchParams('range=custom'), names, '30d').range, '30d');
});

test('a named range ends now, "all" begins with the first measurement', () => {
  assert.deepEqual(rangeOf({ range: '6h', fromMs: null, toMs: null }, now, null), {
    fromMs: now - 6 * hour,
    toMs: now,
    isLive: true,
  });
  assert.equal(
    rangeOf({ range: 'all', fromMs: null, toMs: null }, now, now - 90 * hour).fromMs,
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
