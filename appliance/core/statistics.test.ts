import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from './histogram.ts';
import { codeCount, codeOf, growth, lowerEdgeUs, timeOf } from './quantise.ts';
import { quantileShares, Summary, statisticsOf } from './statistics.ts';
import { slot } from './storing.ts';

const times = fc.double({ min: 1, max: 5e6, noNaN: true });

test('a code is within half a step of its time, whatever the size', () => {
  fc.assert(
    fc.property(times, (us) => {
      assert.ok(Math.abs(timeOf(codeOf(us)) / us - 1) <= (growth - 1) * 0.5001);
    }),
  );
  assert.ok(Math.abs(timeOf(codeOf(73_000)) - 73_000) < 40, 'the promise: 40 µs at 73 ms');
});

test('slots without a time pass unchanged, and what is no time at all is skipped', () => {
  for (const value of Object.values(slot)) assert.equal(codeOf(value), value);
  for (const value of [Number.NaN, -5, -1.5, Number.NEGATIVE_INFINITY])
    assert.equal(codeOf(value), slot.skipped);
  assert.equal(codeOf(0), 0);
  assert.equal(codeOf(Number.POSITIVE_INFINITY), codeCount - 1);
});

test('the histogram of a day equals the merged histograms of its parts, code by code', () => {
  fc.assert(
    fc.property(fc.array(fc.array(times, { maxLength: 60 }), { maxLength: 20 }), (parts) => {
      const whole = new Histogram();
      const merged = new Histogram();
      for (const part of parts) {
        const one = new Histogram();
        for (const us of part) {
          one.add(codeOf(us));
          whole.add(codeOf(us));
        }
        merged.merge(one);
      }
      const list = (histogram: Histogram) => {
        const pairs: number[][] = [];
        histogram.forEach((code, count) => {
          pairs.push([code, count]);
        });
        return pairs;
      };
      assert.deepEqual(list(merged), list(whole));
      assert.deepEqual(merged.quantiles(quantileShares), whole.quantiles(quantileShares));
    }),
  );
});

test('quantiles are within 0.1 % of the exact ones and in order', () => {
  fc.assert(
    fc.property(fc.array(times, { minLength: 1, maxLength: 500 }), (values) => {
      const histogram = new Histogram();
      for (const us of values) histogram.add(codeOf(us));
      const sorted = [...values].sort((a, b) => a - b);
      const found = histogram.quantiles(quantileShares);
      quantileShares.forEach((share, index) => {
        const rank = share * (sorted.length - 1);
        const low = sorted[Math.floor(rank)] ?? Number.NaN;
        const high = sorted[Math.ceil(rank)] ?? Number.NaN;
        const exact = low + (rank - Math.floor(rank)) * (high - low);
        const value = found[index] ?? Number.NaN;
        assert.ok(Math.abs(value / exact - 1) < 0.0011, `${share}: ${value} instead of ${exact}`);
        if (index > 0) assert.ok(value >= (found[index - 1] ?? 0));
      });
      assert.ok((found[0] ?? 0) >= histogram.minUs && (found.at(-1) ?? 0) <= histogram.maxUs);
    }),
  );
});

test('many equal times have that time as every quantile', () => {
  const all = statisticsOf(
    Array.from({ length: 100 }, () => 20_000),
    1000,
  );
  assert.equal(all.minUs, all.maxUs);
  assert.equal(all.p50Us, all.minUs);
  assert.equal(all.p99Us, all.minUs);
  assert.equal(all.jitterUs, 0);
  assert.equal(all.pdvUs, 0);
});

test('a cleared histogram is empty in every block', () => {
  const histogram = new Histogram();
  for (let code = 0; code < codeCount; code += 97) histogram.add(code, 3);
  histogram.clear();
  histogram.add(500);
  const seen: number[] = [];
  histogram.forEach((code) => {
    seen.push(code);
  });
  assert.deepEqual(seen, [500]);
  assert.ok(lowerEdgeUs(500) < timeOf(500) && timeOf(500) < lowerEdgeUs(501));
});

test('lost slots count, skipped slots do not, and without any reply times are NaN', () => {
  const statistics = statisticsOf([slot.timeout, slot.unreachable, slot.local, slot.skipped], 1000);
  assert.equal(statistics.count, 3);
  assert.equal(statistics.lost, 3);
  assert.ok(
    Number.isNaN(statistics.p50Us) && Number.isNaN(statistics.jitterUs) && Number.isNaN(statistics.minUs),
  );
});

test('jitter follows RFC 3550 §6.4.1 from the first difference on', () => {
  const values = [10_000, 12_000, 11_000, slot.timeout, 15_000];
  const q = (us: number) => timeOf(codeOf(us));
  const j1 = q(12_000) - q(10_000);
  const j2 = j1 + (Math.abs(q(11_000) - q(12_000)) - j1) / 16;
  const j3 = j2 + (Math.abs(q(15_000) - q(11_000)) - j2) / 16;
  assert.ok(Math.abs(statisticsOf(values, 1000).jitterUs - (j1 + j2 + j3) / 3) < 1e-6);
});

test('merged summaries add up', () => {
  const left = new Summary();
  const right = new Summary();
  left.add(codeOf(1000), 1000, Number.NaN);
  right.add(codeOf(2000), 500, 40);
  right.add(slot.timeout, 500, Number.NaN);
  right.late = 1;
  left.merge(right);
  assert.equal(left.count, 3);
  assert.equal(left.lost, 1);
  assert.equal(left.measuredMs, 2000);
  assert.equal(left.statistics().jitterUs, 40);
  assert.equal(left.statistics().late, 1);
});
