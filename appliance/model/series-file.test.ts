import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AppError } from '../core/errors.ts';
import { parseSeries, readSeriesFile, seriesFiles } from './series-file.ts';

const header = 'ts_utc,download_mbps,upload_mbps,ping_ms';

function parse(...rows: string[]) {
  return parseSeries([header, ...rows].join('\n'), 'home', 'home.csv');
}

function refused(text: string, pattern: RegExp) {
  assert.throws(
    () => parseSeries(text, 'home', 'home.csv'),
    (error) => error instanceof AppError && error.code === 'SERIES_INVALID' && pattern.test(error.message),
  );
}

test('an hour has the median of its measurements, and hours without one are missing', () => {
  const [download, upload, ping] = parse(
    '2026-03-01T10:05:00Z,50,5,12',
    '2026-03-01T10:25:00Z,90,,14',
    '2026-03-01T10:45:00Z,80,7,900',
    '2026-03-01T12:00:00Z,70,6,13',
  );
  assert.deepEqual([...(download?.values ?? [])], [80, Number.NaN, 70]);
  assert.deepEqual([...(upload?.values ?? [])], [6, Number.NaN, 6]);
  assert.deepEqual([...(ping?.values ?? [])], [14, Number.NaN, 13]);
  assert.equal(download?.startMs, Date.parse('2026-03-01T10:00:00Z'));
  assert.equal(download?.samples, 4);
});

test('what failed is no measurement: empty, zero, negative, NaN and infinite', () => {
  const [download] = parse(
    ...['', '0', '-1', 'NaN', 'inf', 'null', '5'].map((value, at) => `2026-03-01T1${at}:00:00Z,${value},,`),
  );
  assert.equal(download?.samples, 1);
  assert.deepEqual([...(download?.values ?? [])], [5]);
});

test('a column without any value is a series without measurements', () => {
  const [, , ping] = parse('2026-03-01T10:00:00Z,5,5,', '2026-03-01T11:00:00Z,5,5,');
  assert.deepEqual([ping?.samples, ping?.values.length], [0, 0]);
});

test('rows may stand in any order, quoted, with an offset or without a zone', () => {
  const [download] = parse(
    '2026-03-01 13:00:00,3,,',
    '"2026-03-01T12:00:00+01:00","1",,',
    '2026-03-01T12:59:59.999Z,2,,',
  );
  assert.deepEqual([...(download?.values ?? [])], [1, 2, 3]);
});

test('a text that is no number or no time is refused with its line', () => {
  refused(`${header}\n2026-03-01T10:00:00Z,fast,,`, /home\.csv line 2: "fast" in download_mbps is no number/);
  refused(`${header}\n\nyesterday,1,,`, /home\.csv line 3: "yesterday" is no time/);
  refused('when,download_mbps\n', /names no column ts_utc/);
  refused('ts_utc,speed\n', /none of download_mbps, upload_mbps, ping_ms/);
  refused(`${header}\n1970-01-01T00:00:00Z,1,,\n2026-01-01T00:00:00Z,1,,`, /span 56 years; at most 20/);
});

test('a folder gives its .csv and .csv.gz files; nothing there is an error that names the place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ist-series-'));
  try {
    await assert.rejects(seriesFiles(folder), /holds no \.csv and no \.csv\.gz file/);
    await assert.rejects(seriesFiles(join(folder, 'no')), /cannot be read/);
    await writeFile(join(folder, 'b.csv.gz'), gzipSync(`${header}\n2026-03-01T10:00:00Z,5,6,7\n`));
    await writeFile(join(folder, 'a.csv'), `\uFEFF${header}\r\n2026-03-01T10:00:00Z,8,9,10\r\n`);
    await writeFile(join(folder, 'notes.txt'), 'not this one');
    const files = await seriesFiles(folder);
    assert.deepEqual(files, [join(folder, 'a.csv'), join(folder, 'b.csv.gz')]);
    const [first, second] = await Promise.all(files.map(readSeriesFile));
    assert.deepEqual(
      [first, second].map((all) => all?.map(({ name, values }) => [name, values[0]])),
      [
        [
          ['a', 8],
          ['a', 9],
          ['a', 10],
        ],
        [
          ['b', 5],
          ['b', 6],
          ['b', 7],
        ],
      ],
    );
    await writeFile(join(folder, 'broken.csv.gz'), gzipSync('x'.repeat(1000)).subarray(0, 20));
    await assert.rejects(readSeriesFile(join(folder, 'broken.csv.gz')), /broken\.csv\.gz cannot be read/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
