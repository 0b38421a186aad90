import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { toIso } from '../../../core/clock.ts';
import { statisticColumns } from '../../../core/storing.ts';
import { LatencySeries } from './schema.ts';
import { seriesBytes } from './series-bytes.ts';

const width = 1 + statisticColumns.length;
const inMs = (us: number) => (Number.isNaN(us) ? null : Math.round(us) / 1000);

/** The answer by way of objects, with the names written out once more. */
function expected(target: string, stepMs: number, rows: Float64Array): LatencySeries {
  const points = Array.from({ length: rows.length / width }, (_, row) => {
    const number = (column: (typeof statisticColumns)[number]) =>
      rows[row * width + 1 + statisticColumns.indexOf(column)] ?? Number.NaN;
    return {
      at: toIso(rows[row * width] ?? Number.NaN),
      count: number('count'),
      lost: number('lost'),
      minMs: inMs(number('minUs')),
      meanMs: inMs(number('meanUs')),
      p10Ms: inMs(number('p10Us')),
      p25Ms: inMs(number('p25Us')),
      p50Ms: inMs(number('p50Us')),
      p75Ms: inMs(number('p75Us')),
      p90Ms: inMs(number('p90Us')),
      p95Ms: inMs(number('p95Us')),
      p99Ms: inMs(number('p99Us')),
      maxMs: inMs(number('maxUs')),
      jitterMs: inMs(number('jitterUs')),
      pdvMs: inMs(number('pdvUs')),
      reordered: number('reordered'),
      duplicates: number('duplicates'),
      late: number('late'),
    };
  });
  return { target, stepSeconds: stepMs / 1000, points };
}

function rowsOf(times: readonly number[], number: (index: number) => number): Float64Array {
  const isTime = (column: number) => statisticColumns[column]?.endsWith('Us');
  return Float64Array.from(
    times.flatMap((atMs, row) => [
      atMs,
      ...statisticColumns.map((_, column) => {
        const value = number(row * statisticColumns.length + column);
        return isTime(column) ? value : Math.trunc(Number.isNaN(value) ? 0 : value);
      }),
    ]),
  );
}

function check(rows: Float64Array, target = 'a1-ipv4', stepMs = 60_000): void {
  const text = Buffer.from(seriesBytes(target, stepMs, rows)).toString();
  const answer = expected(target, stepMs, rows);
  assert.equal(text, JSON.stringify(answer));
  assert.ok(Value.Check(LatencySeries, JSON.parse(text)));
}

test('a series is written as JSON.stringify writes it, whatever its numbers are', () => {
  const hard = [0, -0, 0.4, 0.5, 1, 9, 10, 99.5, 100, 120, 999.499, 999.5, 1000, 1001, 1010, 1100, 12_345.6];
  const odd = [Number.NaN, -0.2, -1, -1500.7, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 4.3e9, 1e15, 123_456_789.2];
  const values = [...hard, ...odd];
  const times = values.map((_, row) => Date.UTC(2026, 1, 28, 23, 58) + row * 60_000);
  check(rowsOf(times, (index) => values[(index * 7) % values.length] ?? 0));
  check(rowsOf([], () => 0));
  check(
    rowsOf([0], () => 1),
    'a "quoted"\n name – é',
    1500,
  );
});

test('every µs up to a second and times of every size are written exactly', () => {
  const count = 20_000;
  const times = Array.from({ length: count }, (_, row) => row * 47_123_457 + (row % 1000));
  check(rowsOf(times, (index) => (index * 3.0001) % 1_000_001));
});

test('times before 1970 and between milliseconds are those of toIso', () => {
  check(rowsOf([-1, -86_400_000, -86_400_000.5, -86_400_001, 1.75, 86_399_999.5], () => 5));
});

test('numbers of the greatest length make the buffer grow and nothing is cut off', () => {
  check(
    rowsOf(
      Array.from({ length: 500 }, (_, row) => row * 60_000),
      (index) => 1.234567890123456e15 + index,
    ),
  );
});
