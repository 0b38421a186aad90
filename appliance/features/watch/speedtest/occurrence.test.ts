import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toIso } from '../../../core/clock.ts';
import { readingAt } from '../../../core/zone-time.ts';
import { checkCron, nextOccurrence, quietUntil, runsPerDay, type Timetable } from './occurrence.ts';

const berlin = 'Europe/Berlin';
const everyDay = [0, 1, 2, 3, 4, 5, 6];
const table = (change: Partial<Timetable>): Timetable => ({
  times: [],
  days: everyDay,
  cron: null,
  ...change,
});

function series(timetable: Timetable, after: string, count: number, zone = berlin): string[] {
  const found: string[] = [];
  let atMs = Date.parse(after);
  for (let index = 0; index < count; index += 1) {
    atMs = nextOccurrence(timetable, atMs, zone) ?? Number.NaN;
    found.push(toIso(atMs).slice(0, 16));
  }
  return found;
}

test('times come in the order of the day, on the days that are named', () => {
  const weekend = table({ times: ['18:30', '08:00'], days: [5, 6] });
  assert.deepEqual(series(weekend, '2026-11-20T12:00:00Z', 3), [
    '2026-11-21T07:00',
    '2026-11-21T17:30',
    '2026-11-22T07:00',
  ]);
  assert.equal(nextOccurrence(table({ times: [] }), 0, berlin), null);
  assert.equal(nextOccurrence(table({ times: ['08:00'], days: [] }), 0, berlin), null);
});

test('a time skipped in spring comes later by the gap, a time repeated in autumn comes once', () => {
  const night = table({ times: ['02:30'] });
  assert.deepEqual(series(night, '2026-03-28T00:00:00Z', 3), [
    '2026-03-28T01:30',
    '2026-03-29T01:30', // 03:30, an hour later: 02:30 does not exist
    '2026-03-30T00:30',
  ]);
  assert.deepEqual(series(night, '2026-10-24T12:00:00Z', 2), ['2026-10-25T00:30', '2026-10-26T01:30']);
});

test('a cron line means local time, on the days when both its fields agree', () => {
  assert.deepEqual(series(table({ cron: '*/30 3 * * 1-5' }), '2026-11-20T12:00:00Z', 3), [
    '2026-11-23T02:00',
    '2026-11-23T02:30',
    '2026-11-24T02:00',
  ]);
  assert.deepEqual(series(table({ cron: '30 2 * * *' }), '2026-10-24T12:00:00Z', 2), [
    '2026-10-25T00:30',
    '2026-10-26T01:30',
  ]);
  assert.deepEqual(series(table({ cron: '0 0 29 2 *' }), '2026-11-20T12:00:00Z', 1), ['2028-02-28T23:00']);
  assert.equal(
    nextOccurrence(table({ cron: '0 0 31 2 *' }), Date.parse('2026-11-20T12:00:00Z'), berlin),
    null,
  );
});

test('what is no cron line of five fields is refused', () => {
  for (const bad of ['* * * *', '0 0 31 2 *', '61 * * * *', '0 0 * * * *', 'daily', ''])
    assert.throws(() => checkCron(bad), { code: 'SCHEDULE_INVALID', status: 400 });
  checkCron('30 3 * * 1-5');
});

test('every local day of two years has each time exactly once, in any zone', () => {
  const zone = fc.constantFrom(
    berlin,
    'America/Santiago',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Etc/UTC',
  );
  const minute = fc.integer({ min: 0, max: 1439 });
  fc.assert(
    fc.property(zone, minute, fc.integer({ min: 0, max: 730 }), (timezone, ofDay, startDay) => {
      const time = `${String(Math.floor(ofDay / 60)).padStart(2, '0')}:${String(ofDay % 60).padStart(2, '0')}`;
      let atMs = Date.UTC(2026, 0, 1) + startDay * 86_400_000;
      const days: number[] = [];
      for (let index = 0; index < 5; index += 1) {
        const next = nextOccurrence(table({ times: [time] }), atMs, timezone) ?? Number.NaN;
        assert.ok(next > atMs);
        days.push(Math.floor(readingAt(next, timezone) / 86_400_000));
        atMs = next;
      }
      for (const [index, day] of days.entries())
        if (index > 0) assert.equal(day, (days[index - 1] ?? 0) + 1, `${timezone} ${time}`);
    }),
  );
});

test('quiet hours end when clocks show it, before and after midnight', () => {
  const night = { from: '22:30', to: '06:15' };
  const until = (at: string, quiet = night) => {
    const endMs = quietUntil(quiet, Date.parse(at), berlin);
    return endMs === null ? null : toIso(endMs).slice(0, 16);
  };
  assert.equal(until('2026-11-22T21:29:59Z'), null);
  assert.equal(until('2026-11-22T21:30:00Z'), '2026-11-23T05:15');
  assert.equal(until('2026-11-23T05:14:59Z'), '2026-11-23T05:15');
  assert.equal(until('2026-11-23T05:15:00Z'), null);
  assert.equal(until('2026-10-24T21:00:00Z'), '2026-10-25T05:15'); // nine and a quarter hours: the clock goes back
  assert.equal(until('2026-11-22T12:30:00Z', { from: '12:00', to: '14:00' }), '2026-11-22T13:00');
  assert.equal(until('2026-11-22T12:30:00Z', { from: '12:00', to: '12:00' }), null);
  assert.equal(quietUntil(null, 0, berlin), null);
});

test('how many runs a day a table has is told, also of a run each minute', () => {
  const nowMs = Date.parse('2026-11-20T12:00:00Z');
  const runs = (change: Partial<Timetable>) => runsPerDay(table(change), nowMs, berlin);
  assert.equal(runs({ times: ['08:00', '18:30'], days: [5, 6] }), 4 / 7);
  assert.equal(runs({ cron: '* * * * *' }), 1440);
  assert.equal(runs({ cron: '*/30 3 * * 1-5' }), 10 / 7);
  assert.equal(runs({ cron: 'never' }), 0);
});
