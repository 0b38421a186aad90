import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localDay, localTime } from './local-time.ts';

const winter = Date.UTC(2026, 11, 31, 23, 42, 7);

test('times are those of the zone, with the day where it is asked for', () => {
  assert.equal(localTime(winter, 'Etc/UTC'), '23:42:07');
  assert.equal(localTime(winter, 'Asia/Kathmandu'), '05:27:07');
  assert.equal(localTime(winter, 'Europe/Berlin', true), '1 Jan 2027, 00:42:07');
  assert.equal(localDay(winter, 'Etc/UTC'), '31 Dec 2026');
  assert.equal(localDay(winter, 'Europe/Berlin'), '1 Jan 2027');
});

test('summer time is followed', () => {
  const before = Date.UTC(2026, 2, 29, 0, 59, 59);
  assert.equal(localTime(before, 'Europe/Berlin'), '01:59:59');
  assert.equal(localTime(before + 1000, 'Europe/Berlin'), '03:00:00');
});

test('more zones than are remembered are still told rightly', () => {
  for (let hour = 0; hour < 12; hour += 1) {
    const zone = `Etc/GMT-${hour}`;
    assert.equal(localTime(Date.UTC(2026, 0, 1), zone), `${String(hour).padStart(2, '0')}:00:00`);
    assert.equal(
      localTime(Date.UTC(2026, 0, 1), zone, true),
      `1 Jan 2026, ${String(hour).padStart(2, '0')}:00:00`,
    );
  }
});
