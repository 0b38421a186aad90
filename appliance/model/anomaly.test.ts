import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hourlyLine } from '../testing/fakes/hourly-line.ts';
import { AnomalyScorer } from './anomaly.ts';
import { judgeSeries } from './line-anomalies.ts';
import { siteHours } from './site-hours.ts';
import { TailThreshold } from './tail-threshold.ts';
import { Random } from './training/random.ts';

const site = siteHours('UTC');

/** Hours that raised an alarm. */
function alarmsOf(
  values: ArrayLike<number>,
  metric: 'download' | 'ping' = 'download',
  perWeek = 1,
): number[] {
  const scorer = new AnomalyScorer(metric, Date.UTC(2026, 2, 2), site, perWeek);
  return Array.from(values, (value) => scorer.observe(value)?.isAlarm ?? false).flatMap((isAlarm, at) =>
    isAlarm ? [at] : [],
  );
}

const bad = (from: number, hours: number, factor: number) => (value: number, at: number) =>
  at >= from && at < from + hours ? value * factor : value;

test('a day at half the rate is an alarm within three hours', () => {
  const from = 30 * 24 + 9;
  const during = alarmsOf(hourlyLine(1, { bend: bad(from, 24, 0.5) }).values).filter((at) => at >= from);
  assert.ok(
    (during[0] ?? Number.POSITIVE_INFINITY) <= from + 3,
    `first alarm ${(during[0] ?? 0) - from} h in`,
  );
});

test('a slow slide to half the rate is found before it is over', () => {
  const from = 30 * 24;
  const slide = (value: number, at: number) =>
    at >= from && at < from + 48 ? value * (1 - (0.5 * (at - from + 1)) / 48) : value;
  const first = alarmsOf(hourlyLine(2, { bend: slide }).values).find((at) => at >= from);
  assert.ok(first !== undefined && first < from + 40, `${(first ?? 0) - from} h in`);
});

test('long round trips are bad and short ones are not; high rates are not', () => {
  const from = 30 * 24;
  const ping = (factor: number) =>
    alarmsOf(hourlyLine(3, { metric: 'ping', bend: bad(from, 6, factor) }).values, 'ping').some(
      (at) => at >= from && at < from + 6,
    );
  assert.deepEqual([ping(2.2), ping(0.5)], [true, false]);
  const faster = alarmsOf(hourlyLine(3, { bend: bad(from, 6, 2) }).values).filter(
    (at) => at >= from && at < from + 6,
  );
  assert.deepEqual(faster, []);
});

test('calm lines alarm about as often as the knob allows', () => {
  const weeks = 30;
  const counts = [1, 5].map((perWeek) => {
    let alarms = 0;
    for (const seed of [21, 22, 23]) {
      const hours = alarmsOf(hourlyLine(seed, { days: weeks * 7 }).values, 'download', perWeek);
      alarms += hours.filter((at) => !hours.includes(at - 1)).length;
    }
    return alarms / (3 * weeks);
  });
  const [one = 0, five = 0] = counts;
  assert.ok(one > 0.2 && one <= 2, `${one} a week for 1`);
  assert.ok(five > one && five <= 10, `${five} a week for 5`);
});

test('a constant line, one without measurements and a single week raise nothing', () => {
  assert.deepEqual(alarmsOf(new Float64Array(60 * 24).fill(50)), []);
  assert.deepEqual(alarmsOf(new Float64Array(60 * 24).fill(Number.NaN)), []);
  assert.deepEqual(alarmsOf(hourlyLine(5, { days: 7 }).values), []);
});

test('hours that cannot be judged are not in the list, and every score in it is a number', () => {
  const line = hourlyLine(6, { days: 35, gaps: 0.4 });
  const { points, changes } = judgeSeries(line, site, 1);
  const measured = line.values.filter((value) => !Number.isNaN(value)).length;
  assert.ok(points.length > 0.5 * measured && points.length < measured);
  assert.ok(points.every(({ score }) => Number.isFinite(score) && score >= 0));
  assert.deepEqual(changes, []);
});

test('the threshold of an exponential tail is met at rates that were never counted', () => {
  const random = new Random(9);
  const threshold = new TailThreshold(0.25);
  for (let hour = 0; hour < 8 * 168; hour += 1) threshold.push(-Math.log(1 - random.next()));
  const exact = Math.log(168 / 0.25);
  assert.ok(Math.abs(threshold.value - exact) < 0.25 * exact, `${threshold.value}, exactly ${exact}`);
});
