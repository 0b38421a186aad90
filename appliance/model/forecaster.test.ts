import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hourlyLine } from '../testing/fakes/hourly-line.ts';
import { Finisher } from './finisher.ts';
import { Forecaster } from './forecaster.ts';
import type { Band } from './quantiles.ts';
import { siteHours } from './site-hours.ts';

const site = siteHours('Europe/Berlin');
const horizons = [1, 24];

/** Finished forecasts of every hour at both horizons, each made when the hour had just been observed. */
function forecastsOf(values: ArrayLike<number>): (Band | null)[][] {
  const forecaster = new Forecaster(Date.UTC(2026, 2, 2), site, horizons);
  const finishers = horizons.map(() => new Finisher());
  return Array.from(values, (value, at) => {
    forecaster.observe(value);
    return horizons.map((horizon, which) => {
      const finisher = finishers[which] ?? new Finisher();
      finisher.settle(at, value);
      const draft = forecaster.draft(horizon);
      // A network that says something else each time, from its features alone.
      return draft === null ? null : finisher.finish(at + horizon, draft, draft.features.subarray(0, 3));
    });
  });
}

test('changing the future never changes a forecast', () => {
  const { values } = hourlyLine(3, { days: 20, gaps: 0.1 });
  const before = forecastsOf(values);
  const place = fc.integer({ min: 24, max: values.length - 2 });
  const other = fc.array(
    fc.oneof(fc.double({ min: 0.001, max: 1e6, noNaN: true }), fc.constant(Number.NaN)),
    {
      minLength: 1,
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(place, other, (now, future) => {
      const changed = Float64Array.from(values);
      for (const [at, value] of future.entries())
        if (now + 1 + at < changed.length) changed[now + 1 + at] = value;
      assert.deepEqual(forecastsOf(changed.subarray(0, now + 1)), before.slice(0, now + 1));
      assert.deepEqual(forecastsOf(changed).slice(0, now + 1), before.slice(0, now + 1));
    }),
    { numRuns: 12 },
  );
});

test('quantiles are in order, positive and finite for whatever comes', () => {
  const value = fc.oneof(
    fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    fc.constantFrom(Number.NaN, 0, -5, Number.POSITIVE_INFINITY, 1e-300, 1e300),
  );
  fc.assert(
    fc.property(fc.array(value, { minLength: 30, maxLength: 120 }), (values) => {
      for (const band of forecastsOf(values).flat()) {
        if (band === null) continue;
        assert.ok(band.p10 > 0 && band.p10 <= band.p50 && band.p50 <= band.p90, JSON.stringify(band));
        assert.ok(Number.isFinite(band.p90));
      }
    }),
    { numRuns: 40 },
  );
});

test('below twelve measured hours there is no forecast', () => {
  const { values } = hourlyLine(1, { days: 1 });
  const bands = forecastsOf(values);
  assert.deepEqual(
    bands.map(([next]) => next === null),
    Array.from({ length: 24 }, (_, at) => at < 11),
  );
  assert.ok(
    forecastsOf(new Float64Array(200).fill(Number.NaN))
      .flat()
      .every((band) => band === null),
  );
});

test('a constant series is forecast as it is', () => {
  const last = forecastsOf(new Float64Array(30 * 24).fill(50)).at(-1) ?? [];
  for (const band of last) {
    assert.ok(band !== null && Math.abs(band.p50 - 50) < 0.5, JSON.stringify(band));
    assert.ok(band.p90 - band.p10 < 1, 'the interval is narrow');
  }
});

test('two weeks after a change of plan or unit the forecast has followed it', () => {
  for (const factor of [3, 0.125, 1000]) {
    const { values } = hourlyLine(5, {
      days: 40,
      bend: (value, at) => (at >= 26 * 24 ? value * factor : value),
    });
    const [, tomorrow] = forecastsOf(values).at(-1) ?? [];
    const usual = 86 * factor;
    assert.ok(
      tomorrow && tomorrow.p50 > usual * 0.8 && tomorrow.p50 < usual * 1.2,
      `${factor}: ${tomorrow?.p50}`,
    );
    assert.ok(
      tomorrow.p90 < usual * 2 && tomorrow.p10 > usual * 0.4,
      `${factor}: ${JSON.stringify(tomorrow)}`,
    );
  }
});

test('the evening is forecast lower than the morning, also where four hours in ten are missing', () => {
  const forecaster = new Forecaster(Date.UTC(2026, 2, 2), siteHours('UTC'), [1, 6, 24]);
  for (const value of hourlyLine(7, { gaps: 0.4 }).values) forecaster.observe(value);
  forecaster.draft(24);
  const at = (hour: number) => Math.exp(forecaster.outlook(hour + 1)?.p50 ?? Number.NaN);
  assert.ok(at(20) < 0.93 * at(8), `${at(20)} in the evening, ${at(8)} in the morning`);
});
