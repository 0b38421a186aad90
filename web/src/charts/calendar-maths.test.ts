import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutageDay } from '../../../appliance/features/judge/outage/schema.ts';
import { daySpan, dayStartMs, fromFirstMonth, monthsOf, movedDay } from './calendar-maths.ts';

const hour = 3_600_000;
const lengthOf = (date: string, zone: string) => {
  const { fromMs, toMs } = daySpan(date, zone);
  return (toMs - fromMs) / hour;
};
const iso = (ms: number) => new Date(ms).toISOString();

function daysFrom(first: string, count: number): OutageDay[] {
  return Array.from({ length: count }, (_, index) => ({
    date: iso(Date.parse(`${first}T12:00:00Z`) + index * 24 * hour).slice(0, 10),
    level: 'perfect',
    ratio: 1,
    downSeconds: 0,
    degradedSeconds: 0,
    unobservedSeconds: 0,
    outages: 0,
  }));
}

test('a day begins at the midnight of the site, wherever the browser is', () => {
  assert.equal(iso(dayStartMs('2026-07-01', 'Europe/Berlin')), '2026-06-30T22:00:00.000Z');
  assert.equal(iso(dayStartMs('2026-01-01', 'Europe/Berlin')), '2025-12-31T23:00:00.000Z');
  assert.equal(iso(dayStartMs('2026-01-01', 'Pacific/Auckland')), '2025-12-31T11:00:00.000Z');
  assert.equal(iso(dayStartMs('2026-01-01', 'America/Los_Angeles')), '2026-01-01T08:00:00.000Z');
  assert.equal(iso(dayStartMs('2026-03-01', 'Asia/Kathmandu')), '2026-02-28T18:15:00.000Z');
});

test('the days on which the clocks change have 23 and 25 hours', () => {
  assert.equal(lengthOf('2026-03-28', 'Europe/Berlin'), 24);
  assert.equal(lengthOf('2026-03-29', 'Europe/Berlin'), 23);
  assert.equal(lengthOf('2026-03-30', 'Europe/Berlin'), 24);
  assert.equal(lengthOf('2026-10-25', 'Europe/Berlin'), 25);
  assert.equal(lengthOf('2026-10-26', 'Europe/Berlin'), 24);
  assert.equal(lengthOf('2026-03-08', 'America/New_York'), 23);
  assert.equal(lengthOf('2026-04-05', 'Australia/Lord_Howe'), 24.5); // half an hour of summer time
});

test('a day whose midnight does not exist begins where the clocks jump to', () => {
  // Lebanon goes from 24:00 to 01:00.
  assert.equal(iso(dayStartMs('2026-03-29', 'Asia/Beirut')), '2026-03-28T22:00:00.000Z');
  assert.equal(lengthOf('2026-03-29', 'Asia/Beirut'), 23);
  assert.equal(lengthOf('2026-03-28', 'Asia/Beirut'), 24);
});

test('days without an end: neighbours meet, in every zone and month', () => {
  for (const zone of ['UTC', 'Europe/Lisbon', 'America/Santiago', 'Africa/Cairo', 'Asia/Tehran']) {
    const days = daysFrom('2026-01-01', 400);
    for (const [index, day] of days.slice(1).entries())
      assert.equal(
        daySpan(days[index]?.date ?? '', zone).toMs,
        daySpan(day.date, zone).fromMs,
        `${zone} ${day.date}`,
      );
  }
});

test('months begin in the right column and keep every day', () => {
  const months = monthsOf(daysFrom('2026-10-28', 40));
  assert.deepEqual(
    months.map((month) => [month.key, month.weeks.length]),
    [
      ['2026-10', 1],
      ['2026-11', 6],
      ['2026-12', 1],
    ],
  );
  const [october, november] = months;
  assert.deepEqual(
    october?.weeks[0]?.map((day) => day?.date.slice(8) ?? null),
    [null, null, '28', '29', '30', '31', null],
  );
  assert.equal(november?.weeks[0]?.[6]?.date, '2026-11-01'); // a Sunday
  assert.equal(months.flatMap((month) => month.weeks.flat()).filter((day) => day !== null).length, 40);
});

test('months before the first observation are left out, days of its month are not', () => {
  const days = daysFrom('2026-09-01', 80).map((day) => ({
    ...day,
    level: day.date < '2026-10-20' ? ('no-data' as const) : day.level,
  }));
  assert.equal(fromFirstMonth(days)[0]?.date, '2026-10-01');
  const nothing = days.map((day) => ({ ...day, level: 'no-data' as const }));
  assert.equal(fromFirstMonth(nothing)[0]?.date, '2026-11-01');
  assert.deepEqual(fromFirstMonth([]), []);
});

test('keys move by a day and by a week and stop at both ends', () => {
  assert.equal(movedDay(10, 'ArrowLeft', 90), 9);
  assert.equal(movedDay(10, 'ArrowDown', 90), 17);
  assert.equal(movedDay(3, 'ArrowUp', 90), 0);
  assert.equal(movedDay(88, 'ArrowDown', 90), 89);
  assert.equal(movedDay(5, 'Home', 90), 0);
  assert.equal(movedDay(5, 'End', 90), 89);
  assert.equal(movedDay(5, 'Enter', 90), null);
});
