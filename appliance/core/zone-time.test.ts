import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toIso } from './clock.ts';
import { nextLocalTime } from './zone-time.ts';

const london = 'Europe/London';
const next = (after: string, timeOfDay: string, zone: string) =>
  toIso(nextLocalTime(Date.parse(after), timeOfDay, zone));

/** The next `count` times after a moment. */
function series(after: string, timeOfDay: string, zone: string, count: number): string[] {
  const found: string[] = [];
  let atMs = Date.parse(after);
  for (let index = 0; index < count; index += 1) {
    atMs = nextLocalTime(atMs, timeOfDay, zone);
    found.push(toIso(atMs));
  }
  return found;
}

test('a time later today is today, a time that is now or past is tomorrow', () => {
  assert.equal(next('2026-11-22T03:29:59.999Z', '03:30', 'Etc/UTC'), '2026-11-22T03:30:00.000Z');
  assert.equal(next('2026-11-22T03:30:00Z', '03:30', 'Etc/UTC'), '2026-11-23T03:30:00.000Z');
  assert.equal(next('2026-12-31T23:59:00Z', '00:00', 'Etc/UTC'), '2027-01-01T00:00:00.000Z');
});

test('a time that the spring change skips comes an hour later on that day, once', () => {
  assert.deepEqual(series('2026-03-28T00:00:00Z', '01:30', london, 3), [
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:30:00.000Z', // 02:30 BST: 01:30 does not exist
    '2026-03-30T00:30:00.000Z', // 01:30 BST
  ]);
});

test('a time that the autumn change repeats comes once, at the first of the two', () => {
  assert.deepEqual(series('2026-10-24T00:00:00Z', '01:30', london, 3), [
    '2026-10-24T00:30:00.000Z', // 01:30 BST
    '2026-10-25T00:30:00.000Z', // 01:30 BST, not 01:30 GMT an hour later
    '2026-10-26T01:30:00.000Z', // 01:30 GMT
  ]);
});

test('zones with half hours, southern summers and a half-hour change are followed', () => {
  assert.equal(next('2026-06-01T00:00:00Z', '03:30', 'Asia/Kolkata'), '2026-06-01T22:00:00.000Z');
  assert.equal(next('2026-10-03T15:45:00Z', '02:15', 'Australia/Lord_Howe'), '2026-10-04T15:15:00.000Z');
  assert.equal(next('2026-10-03T12:00:00Z', '02:15', 'Australia/Lord_Howe'), '2026-10-03T15:45:00.000Z');
});

test('a calendar day that a zone never had is passed over', () => {
  assert.deepEqual(series('2011-12-29T00:00:00Z', '12:00', 'Pacific/Apia', 3), [
    '2011-12-29T22:00:00.000Z',
    '2011-12-30T22:00:00.000Z', // the 31st: there was no 30th
    '2011-12-31T22:00:00.000Z',
  ]);
});

test('every day of a year has exactly one, whatever the time and the zone', () => {
  const zones = [
    london,
    'America/New_York',
    'Africa/Casablanca',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Etc/UTC',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 1439 }), (zone, minute) => {
      const timeOfDay = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
      const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
      const days = series('2026-01-01T12:00:00Z', timeOfDay, zone, 365).map((at) =>
        day.format(Date.parse(at)),
      );
      assert.equal(new Set(days).size, 365);
    }),
    { numRuns: 20 },
  );
});

test('a time of day that is none is an error that says how to write it', () => {
  assert.throws(() => nextLocalTime(0, '24:00', london), {
    code: 'TIME_OF_DAY_INVALID',
    message: '"24:00" is not a time of day; write it like 03:30',
  });
});
