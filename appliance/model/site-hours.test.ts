import assert from 'node:assert/strict';
import { test } from 'node:test';
import { siteHours } from './site-hours.ts';

test('hours and weekdays are those of the site, also over a change of summer time', () => {
  const berlin = siteHours('Europe/Berlin');
  const hours = [
    '2026-03-29T00:30:00Z',
    '2026-03-29T01:30:00Z',
    '2026-10-25T00:30:00Z',
    '2026-10-25T01:30:00Z',
  ];
  assert.deepEqual(
    hours.map((at) => berlin.hourOfDay(Date.parse(at))),
    [1, 3, 2, 2],
  );
  assert.equal(berlin.weekday(Date.parse('2026-11-22T22:30:00Z')), 6);
  assert.equal(berlin.weekday(Date.parse('2026-11-22T23:30:00Z')), 0);
});

test('zones of half an hour and times before 1970 keep their hour', () => {
  assert.equal(siteHours('Asia/Kolkata').hourOfDay(Date.parse('2026-01-01T18:30:00Z')), 0);
  assert.equal(siteHours('UTC').hourOfDay(-3_600_000), 23);
  assert.equal(siteHours('UTC').weekday(-3_600_000), 2);
});

test('a zone that does not exist is refused by name', () => {
  assert.throws(() => siteHours('Mars/Olympus').hourOfDay(0), /"Mars\/Olympus" is no time zone/);
});
