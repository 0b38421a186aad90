import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AppError, messageOf } from '../core/errors.ts';
import { type HourlySeries, type Metric, metrics } from '../core/forecasting.ts';
import { medianOf } from './quantiles.ts';
import { hourMs } from './site-hours.ts';

const columns: Record<Metric, string> = {
  download: 'download_mbps',
  upload: 'upload_mbps',
  ping: 'ping_ms',
};
/** A year of measurements every 30 s has 80 MB. */
const maxBytes = 256 * 2 ** 20;
const maxFiles = 1000;
const maxHours = 20 * 366 * 24;

/** The files of a folder, or the file itself. Throws AppError when there is none. */
export async function seriesFiles(path: string): Promise<string[]> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (!facts.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.csv(\.gz)?$/.test(name)).sort();
  if (names.length === 0) throw problem(`${path} holds no .csv and no .csv.gz file.`);
  if (names.length > maxFiles)
    throw problem(`${path} holds ${names.length} files; at most ${maxFiles} are read.`);
  return names.map((name) => join(path, name));
}

/** The series of one file, by hour; every kind that it has a column for. */
export async function readSeriesFile(path: string): Promise<HourlySeries[]> {
  const name = basename(path).replace(/\.csv(\.gz)?$/, '');
  return parseSeries(await textOf(path), name, path);
}

async function textOf(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b; // RFC 1952 §2.3.1
    const plain = isPacked ? await promisify(gunzip)(bytes, { maxOutputLength: maxBytes }) : bytes;
    if (plain.length > maxBytes) throw problem(`${path} is larger than ${maxBytes / 2 ** 20} MB.`);
    return plain.toString('utf8');
  } catch (cause) {
    throw cause instanceof AppError ? cause : unreadable(path, cause);
  }
}

/** `source` is what error messages call the text. */
export function parseSeries(text: string, name: string, source: string): HourlySeries[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const header = cellsOf(lines[0] ?? '').map((cell) => cell.trim().toLowerCase());
  const timeAt = header.indexOf('ts_utc');
  const present = metrics.filter((metric) => header.includes(columns[metric]));
  if (timeAt < 0) throw problem(`${source}: the first line names no column ts_utc.`);
  if (present.length === 0)
    throw problem(`${source}: the first line names none of ${Object.values(columns).join(', ')}.`);
  const hours = present.map(() => new Map<number, number[]>());
  const places = present.map((metric) => header.indexOf(columns[metric]));
  for (let row = 1; row < lines.length; row += 1) {
    const line = lines[row] ?? '';
    if (line.trim() === '') continue;
    const cells = cellsOf(line);
    const hour = hourOf(cells[timeAt] ?? '', source, row + 1);
    for (const [which, place] of places.entries()) {
      const value = amountOf(cells[place] ?? '', header[place] ?? '', source, row + 1);
      const byHour = hours[which];
      if (Number.isNaN(value) || byHour === undefined) continue;
      const list = byHour.get(hour);
      if (list) list.push(value);
      else byHour.set(hour, [value]);
    }
  }
  return present.map((metric, which) => hourly(name, metric, hours[which] ?? new Map(), source));
}

/** Quotes as in RFC 4180, without line breaks inside them. */
function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

/** The number of the hour since 1970. A time without a zone is UTC, as the column says. */
function hourOf(cell: string, source: string, row: number): number {
  const text = cell.trim();
  const isBare = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text);
  const atMs = Date.parse(isBare ? `${text.replace(' ', 'T')}Z` : text);
  if (!Number.isNaN(atMs) && /^\d{4}-\d\d-\d\d/.test(text)) return Math.floor(atMs / hourMs);
  throw problem(`${source} line ${row}: "${text}" is no time; write 2026-11-22T12:00:00Z.`);
}

/** Empty, NaN and what is not above zero is no measurement: a failed test is not a rate of 0 Mbit/s. */
function amountOf(cell: string, column: string, source: string, row: number): number {
  const text = cell.trim();
  if (text === '' || /^(nan|null|none|na|n\/a|-|[+-]?inf(inity)?)$/i.test(text)) return Number.NaN;
  const value = Number(text);
  if (Number.isNaN(value)) throw problem(`${source} line ${row}: "${text}" in ${column} is no number.`);
  return value > 0 && Number.isFinite(value) ? value : Number.NaN;
}

function hourly(name: string, metric: Metric, hours: Map<number, number[]>, source: string): HourlySeries {
  let [first, last, samples] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const [hour, list] of hours) {
    first = Math.min(first, hour);
    last = Math.max(last, hour);
    samples += list.length;
  }
  if (samples === 0) return { name, metric, startMs: 0, values: new Float64Array(0), samples };
  const count = last - first + 1;
  if (count > maxHours)
    throw problem(`${source}: its times span ${Math.round(count / 8766)} years; at most 20 are read.`);
  const values = new Float64Array(count).fill(Number.NaN);
  for (const [hour, list] of hours) values[hour - first] = medianOf(list);
  return { name, metric, startMs: first * hourMs, values, samples };
}

function problem(message: string, cause?: unknown): AppError {
  return new AppError('SERIES_INVALID', message, { status: 400, cause });
}

function unreadable(path: string, cause: unknown): AppError {
  return problem(`${path} cannot be read: ${messageOf(cause)}.`, cause);
}
