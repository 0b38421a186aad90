import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { calendarOf } from './calendar.ts';
import { mulberry } from './test-line.ts';
import { intersect, lengthOf, subtract, union, uptimeOf } from './uptime.ts';

const hour = 3_600_000;
const down = (fromMs: number, toMs: number, verdict: 'access' | 'device' = 'access', line = 'main') => ({
  fromMs,
  toMs,
  verdict,
  line,
});

describe('uptime', () => {
  test('a gap is neither up nor down', () => {
    const uptime = uptimeOf({
      fromMs: 0,
      toMs: 10 * hour,
      lines: ['main'],
      down: [down(hour, 2 * hour)],
      unobserved: [{ fromMs: 4 * hour, toMs: 6 * hour }],
    });
    assert.deepEqual(
      [uptime.upSeconds, uptime.downSeconds, uptime.unobservedSeconds, uptime.ratio],
      [7 * 3600, 3600, 2 * 3600, 7 / 8],
    );
  });

  test('an outage that a gap interrupts counts only where it was seen', () => {
    const uptime = uptimeOf({
      fromMs: 0,
      toMs: 10 * hour,
      lines: ['main'],
      down: [down(hour, 5 * hour)],
      unobserved: [{ fromMs: 2 * hour, toMs: 4 * hour }],
    });
    assert.equal(uptime.downSeconds, 2 * 3600);
    assert.equal(uptime.unobservedSeconds, 2 * 3600);
  });

  test('what broke at home is down for the house and unobserved for the provider', () => {
    const uptime = uptimeOf({
      fromMs: 0,
      toMs: 10 * hour,
      lines: ['main'],
      down: [down(hour, 2 * hour), down(3 * hour, 5 * hour, 'device')],
      unobserved: [],
    });
    assert.equal(uptime.downSeconds, 3 * 3600);
    assert.deepEqual(uptime.byVerdict, [
      { verdict: 'device', seconds: 7200 },
      { verdict: 'access', seconds: 3600 },
    ]);
    assert.deepEqual(uptime.provider, { downSeconds: 3600, unobservedSeconds: 7200, ratio: 7 / 8 });
  });

  test('with two lines the house is offline only while both are', () => {
    const uptime = uptimeOf({
      fromMs: 0,
      toMs: 10 * hour,
      lines: ['main', 'backup'],
      down: [down(hour, 4 * hour), down(3 * hour, 5 * hour, 'access', 'backup')],
      unobserved: [],
    });
    assert.equal(uptime.downSeconds, 3600);
  });

  test('nothing observed has no ratio', () => {
    const range = { fromMs: 0, toMs: hour };
    assert.equal(uptimeOf({ ...range, lines: ['main'], down: [], unobserved: [range] }).ratio, null);
  });

  test('up, down and unobserved always make the whole range', () => {
    const random = mulberry(3);
    for (let round = 0; round < 500; round += 1) {
      const some = (count: number) =>
        Array.from({ length: count }, () => {
          const fromMs = Math.floor(random() * 1000);
          return { fromMs, toMs: fromMs + Math.floor(random() * 300) };
        });
      const downs = some(5).map((one) => ({ ...one, line: 'main', verdict: 'access' as const }));
      const range = { fromMs: 100, toMs: 900 };
      const { upSeconds, downSeconds, unobservedSeconds } = uptimeOf({
        ...range,
        lines: ['main'],
        down: downs,
        unobserved: some(3),
      });
      assert.ok(Math.abs(upSeconds + downSeconds + unobservedSeconds - 0.8) < 1e-9);
      assert.ok(upSeconds >= 0 && downSeconds >= 0 && unobservedSeconds >= 0);
    }
  });

  test('union, intersection and difference agree with counting every millisecond', () => {
    const random = mulberry(9);
    const some = () =>
      union(
        Array.from({ length: 4 }, () => {
          const fromMs = Math.floor(random() * 40);
          return { fromMs, toMs: fromMs + Math.floor(random() * 15) };
        }),
      );
    const has = (intervals: readonly { fromMs: number; toMs: number }[], ms: number) =>
      intervals.some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
    for (let round = 0; round < 200; round += 1) {
      const [a, b] = [some(), some()];
      for (let ms = 0; ms < 60; ms += 1) {
        assert.equal(has(intersect(a, b), ms), has(a, ms) && has(b, ms));
        assert.equal(has(subtract(a, b), ms), has(a, ms) && !has(b, ms));
      }
      assert.equal(lengthOf(a), lengthOf(intersect(a, b)) + lengthOf(subtract(a, b)));
    }
  });
});

describe('calendar', () => {
  const input = { timezone: 'Europe/Berlin', lines: ['main'], down: [], degraded: [], unobserved: [] };

  test('days of a clock change are 23 and 25 hours long', () => {
    const nowMs = Date.parse('2026-10-26T12:00:00Z');
    const outageMs = Date.parse('2026-10-25T00:00:00Z');
    const days = calendarOf({ ...input, days: 3, nowMs, down: [down(outageMs, outageMs + hour)] });
    assert.deepEqual(
      days.map(({ date }) => date),
      ['2026-10-24', '2026-10-25', '2026-10-26'],
    );
    assert.equal(days[1]?.downSeconds, 3600);
    assert.ok(Math.abs((days[1]?.ratio ?? 0) - 24 / 25) < 1e-9);
    const spring = calendarOf({
      ...input,
      days: 2,
      nowMs: Date.parse('2026-03-30T12:00:00Z'),
      down: [down(Date.parse('2026-03-29T10:00:00Z'), Date.parse('2026-03-29T11:00:00Z'))],
    });
    assert.ok(Math.abs((spring[0]?.ratio ?? 0) - 22 / 23) < 1e-9);
  });

  test('a day that was not watched has no level of its own', () => {
    const nowMs = Date.parse('2026-11-22T12:00:00Z');
    const unobserved = [{ fromMs: 0, toMs: Date.parse('2026-11-21T23:00:00Z') }];
    const days = calendarOf({ ...input, days: 2, nowMs, unobserved });
    assert.deepEqual(
      days.map(({ level, ratio }) => [level, ratio]),
      [
        ['no-data', null],
        ['perfect', 1],
      ],
    );
  });

  test('half-hour zones begin their days at their own midnight', () => {
    const days = calendarOf({
      ...input,
      timezone: 'Asia/Kolkata',
      days: 2,
      nowMs: Date.parse('2026-11-22T12:00:00Z'),
    });
    const start = Date.parse('2026-11-21T18:30:00Z');
    const shifted = calendarOf({
      ...input,
      timezone: 'Asia/Kolkata',
      days: 2,
      nowMs: Date.parse('2026-11-22T12:00:00Z'),
      down: [down(start - 60_000, start + 60_000)],
    });
    assert.equal(days.length, 2);
    assert.deepEqual(
      shifted.map(({ downSeconds }) => downSeconds),
      [60, 60],
    );
  });
});
