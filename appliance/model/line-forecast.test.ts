import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scoredHorizons } from '../core/forecasting.ts';
import { hourlyLine } from '../testing/fakes/hourly-line.ts';
import { forecastLine } from './line-forecast.ts';
import { scoreSeries } from './rolling-origin.ts';
import { hourMs, siteHours } from './site-hours.ts';

const site = siteHours('UTC');

test('the next 48 hours come with their score on this line', async () => {
  const line = hourlyLine(11, { days: 42 });
  const forecast = await forecastLine(line, 48, site, null);
  assert.equal(forecast.isReady, true);
  assert.equal(forecast.points.length, 48);
  assert.equal(forecast.points[0]?.atMs, line.startMs + line.values.length * hourMs);
  assert.deepEqual(
    forecast.skill.map(({ horizon }) => horizon),
    [...scoredHorizons],
  );
  for (const { horizon, ratio, coverage80 } of forecast.skill) {
    assert.ok((ratio.naive24 ?? 9) < 0.85, `${horizon} h: ${ratio.naive24}`);
    assert.ok(coverage80 > 0.72 && coverage80 < 0.88, `${horizon} h: ${coverage80}`);
  }
});

test('the score says what the same forecasts would have been worth, and no more', async () => {
  const line = hourlyLine(12, { days: 42 });
  const [alone] = await scoreSeries(line, [24], site, null);
  const { skill } = await forecastLine(line, 24, site, null);
  assert.deepEqual(
    skill.find(({ horizon }) => horizon === 24),
    alone,
  );
});

test('a fresh box says how many hours it still needs', async () => {
  const forecast = await forecastLine(hourlyLine(13, { days: 1, gaps: 0.7 }), 24, site, null);
  assert.equal(forecast.isReady, false);
  assert.deepEqual([forecast.points.length, forecast.skill.length], [0, 0]);
  assert.ok(forecast.measuredHours < forecast.neededHours);
});

test('after a week there is a forecast and not yet a score', async () => {
  const forecast = await forecastLine(hourlyLine(14, { days: 7 }), 24, site, null);
  assert.deepEqual([forecast.isReady, forecast.skill.length], [true, 0]);
});

test('a network that is wrong on this line loses its share, and the forecast hardly suffers', async () => {
  const line = hourlyLine(15, { days: 42 });
  const without = await scoreSeries(line, [1], site, null);
  const wrong = async (rows: readonly Float32Array[]) => rows.map(() => [2, -2, 2]);
  const withIt = await scoreSeries(line, [1], site, wrong);
  assert.ok((withIt[0]?.wql ?? 9) < 1.1 * (without[0]?.wql ?? 0), `${withIt[0]?.wql} and ${without[0]?.wql}`);
  const { networkShare } = await forecastLine(line, 1, site, wrong);
  assert.ok(networkShare !== null && networkShare < 0.05, `${networkShare}`);
});
