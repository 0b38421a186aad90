import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barsOf, type TimelineItem, ticksOf } from './timeline-maths.ts';

const hour = 3_600_000;
const day = 24 * hour;
const item = (
  kind: TimelineItem['kind'],
  fromMs: number,
  toMs: number | null,
  line: string | null = 'main',
) => ({
  kind,
  line,
  fromMs,
  toMs,
  label: `${kind} ${fromMs}`,
  href: null,
});
const range = { fromMs: 0, toMs: 1000 };
const short = (items: readonly TimelineItem[], line = 'main') =>
  barsOf(items, line, range, 1000, 1000).map(({ kind, x, width, count }) => [kind, x, width, count]);

test('a bar stands where its time is, and what is worse stands in front', () => {
  assert.deepEqual(
    short([
      item('outage', 200, 300),
      item('gap', 100, 600),
      item('busy', 700, 750),
      item('degradation', 150, 350),
    ]),
    [
      ['gap', 100, 500, 1],
      ['busy', 700, 50, 1],
      ['degradation', 150, 200, 1],
      ['outage', 200, 100, 1],
    ],
  );
});

test('the shortest outage is still two pixels wide, also at the right edge', () => {
  assert.deepEqual(short([item('outage', 500, 500.1)]), [['outage', 500, 2, 1]]);
  assert.deepEqual(short([item('outage', 999.9, 1000)]), [['outage', 998, 2, 1]]);
});

test('what lasts reaches to now, and what reaches out of the range is cut', () => {
  assert.deepEqual(short([item('outage', 900, null)]), [['outage', 900, 100, 1]]);
  assert.deepEqual(short([item('outage', -50, 50)]), [['outage', 0, 50, 1]]);
  assert.deepEqual(short([item('outage', -50, -1), item('outage', 1001, 1100)]), []);
});

test('a thousand outages in few pixels become few bars that say how many they are', () => {
  const many = Array.from({ length: 1000 }, (_, index) =>
    item('outage', 100 + index * 0.2, 100 + index * 0.2 + 0.1),
  );
  const bars = barsOf([...many, item('outage', 500, 501)], 'main', range, 1000, 1000);
  assert.equal(bars.length, 2);
  assert.equal(bars[0]?.count, 1000);
});

test('a merged bar speaks of its longest outage', () => {
  const [bar] = barsOf([item('outage', 100, 101), item('outage', 101.5, 140)], 'main', range, 1000, 1000);
  assert.equal(bar?.item.fromMs, 101.5);
  assert.equal(bar?.count, 2);
});

test('each line has its own bars; a gap is a gap of all lines', () => {
  const items = [
    item('outage', 100, 200, 'main'),
    item('outage', 300, 400, 'mobile'),
    item('gap', 500, 600, null),
  ];
  assert.deepEqual(short(items, 'mobile'), [
    ['gap', 500, 100, 1],
    ['outage', 300, 100, 1],
  ]);
});

test('ticks are round local moments and keep their distance', () => {
  for (const span of [600_000, hour, 6 * hour, day, 7 * day, 30 * day, 90 * day, 365 * day, 1500 * day]) {
    const toMs = Date.parse('2026-11-22T12:34:56Z');
    const { at, stepMs } = ticksOf({ fromMs: toMs - span, toMs }, 900, 70);
    assert.ok(at.length >= 3 && at.length <= 13, `${at.length} ticks for ${span}`);
    for (const ms of at) assert.equal(ms % 10_000, 0);
    if (stepMs >= day) for (const ms of at) assert.equal(new Date(ms).getHours(), 0);
    if (stepMs >= 28 * day) for (const ms of at) assert.equal(new Date(ms).getDate(), 1);
  }
});

test('a range shorter than a tick has none', () => {
  assert.deepEqual(ticksOf({ fromMs: 1_000, toMs: 2_000 }, 900, 70).at, []);
});

test('ticks stay at round hours when the clocks change', () => {
  process.env.TZ = 'Europe/Berlin'; // a test file is a process of its own
  for (const changed of ['2026-03-29T00:00:00+01:00', '2026-10-25T00:00:00+02:00']) {
    const midnight = Date.parse(changed);
    const { at } = ticksOf({ fromMs: midnight - 12 * hour, toMs: midnight + 36 * hour }, 900, 70);
    const hours = at.map((ms) => new Date(ms).getHours());
    assert.deepEqual(hours.slice(0, 8), [12, 18, 0, 6, 12, 18, 0, 6], changed);
  }
});
