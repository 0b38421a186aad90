import { toIso } from '../../../core/clock.ts';
import { type PointRows, type Statistics, statisticColumns } from '../../../core/storing.ts';
import type { LatencyPoint } from './schema.ts';

/** How each number stands in the answer, by its column. A Record, so that the compiler asks for what is missing. */
const wireNames = {
  count: 'count',
  lost: 'lost',
  minUs: 'minMs',
  meanUs: 'meanMs',
  p10Us: 'p10Ms',
  p25Us: 'p25Ms',
  p50Us: 'p50Ms',
  p75Us: 'p75Ms',
  p90Us: 'p90Ms',
  p95Us: 'p95Ms',
  p99Us: 'p99Ms',
  maxUs: 'maxMs',
  jitterUs: 'jitterMs',
  pdvUs: 'pdvMs',
  reordered: 'reordered',
  duplicates: 'duplicates',
  late: 'late',
} as const satisfies Record<keyof Statistics, Exclude<keyof LatencyPoint, 'at'>>;

const keys = statisticColumns.map((column) => ({
  text: Buffer.from(`,"${wireNames[column]}":`),
  isTime: column.endsWith('Us'),
}));
const pointStart = Buffer.from('{"at":"');
const width = 1 + statisticColumns.length;

const dayMs = 86_400_000;
/** Above this, and below zero, a number is left to the language: whole-number arithmetic on 32 bits ends here. */
const largest = 2 ** 31 - 1;
/** The longest number in JSON, -1.2345678901234567e-100. */
const longestNumber = 24;
const longestTime = '+275760-09-13T00:00:00.000Z'.length;
const longestPoint =
  pointStart.length +
  longestTime +
  keys.reduce((sum, { text }) => sum + text.length + longestNumber, 0) +
  '"},'.length;
/** What a point of an Internet line takes, a little more than measured; where it is not enough, the buffer grows. */
const usualPoint = 288;

const digit0 = 0x30;
const quote = 0x22;
const comma = 0x2c;
const dot = 0x2e;
const colon = 0x3a;
const closeBracket = 0x5d;
const closeBrace = 0x7d;
const letterZ = 0x5a;

/**
 * A `LatencySeries` as JSON, digit by digit, byte for byte what JSON.stringify writes: a year of hours by way of
 * objects, their check against the schema and JSON.stringify takes several times as long, half of it for garbage.
 */
export function seriesBytes(target: string, stepMs: number, rows: PointRows): Uint8Array {
  const head = Buffer.from(`{"target":${JSON.stringify(target)},"stepSeconds":${stepMs / 1000},"points":[`);
  let bytes = new Uint8Array(head.length + Math.ceil((rows.length / width) * usualPoint) + longestPoint);
  bytes.set(head);
  let at = head.length;
  let dayStartMs = Number.NaN;
  let dayText: Uint8Array = head;
  for (let offset = 0; offset < rows.length; offset += width) {
    const wholeMs = Math.trunc(rows[offset]!); // whole rows
    // A date and a string once a day, not once a point.
    if (!(wholeMs >= dayStartMs && wholeMs < dayStartMs + dayMs)) {
      dayStartMs = Math.floor(wholeMs / dayMs) * dayMs;
      dayText = Buffer.from(toIso(dayStartMs).slice(0, -'00:00:00.000Z'.length));
    }
    if (bytes.length - at < longestPoint) bytes = grown(bytes);
    at = copy(bytes, at, pointStart);
    at = copy(bytes, at, dayText);
    at = writeTimeOfDay(bytes, at, wholeMs - dayStartMs);
    for (let index = 0; index < keys.length; index += 1) {
      const { text, isTime } = keys[index]!; // within its length
      const value = rows[offset + 1 + index]!; // whole rows
      at = copy(bytes, at, text);
      at = isTime ? writeMilliseconds(bytes, at, value) : writeNumber(bytes, at, value);
    }
    bytes[at] = closeBrace;
    bytes[at + 1] = comma;
    at += 2;
  }
  if (rows.length > 0) at -= 1; // the last comma; room for a point was left, so there is room for the end
  bytes[at] = closeBracket;
  bytes[at + 1] = closeBrace;
  return bytes.subarray(0, at + 2);
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.ceil(bytes.length * 1.5) + longestPoint);
  larger.set(bytes);
  return larger;
}

// Each of these writes at `at` and returns where it ended. Plain functions on local numbers: they run a hundred
// thousand times in one answer, and the first answer has to be quick too.

/** A loop: the pieces are a dozen bytes long, and a call to `set` costs more than that. */
function copy(bytes: Uint8Array, at: number, piece: Uint8Array): number {
  for (let index = 0; index < piece.length; index += 1) bytes[at + index] = piece[index]!; // within its length
  return at + piece.length;
}

/** `HH:MM:SS.mmmZ"`, the quote included. */
function writeTimeOfDay(bytes: Uint8Array, at: number, inDayMs: number): number {
  writeTwoDigits(bytes, at, (inDayMs / 3_600_000) | 0);
  bytes[at + 2] = colon;
  writeTwoDigits(bytes, at + 3, ((inDayMs / 60_000) | 0) % 60);
  bytes[at + 5] = colon;
  writeTwoDigits(bytes, at + 6, ((inDayMs / 1000) | 0) % 60);
  bytes[at + 8] = dot;
  bytes[at + 9] = digit0 + (((inDayMs % 1000) / 100) | 0);
  writeTwoDigits(bytes, at + 10, inDayMs % 100);
  bytes[at + 12] = letterZ;
  bytes[at + 13] = quote;
  return at + 14;
}

function writeTwoDigits(bytes: Uint8Array, at: number, value: number): void {
  const tens = (value / 10) | 0;
  bytes[at] = digit0 + tens;
  bytes[at + 1] = digit0 + value - tens * 10;
}

/** A time in µs as ms with at most three decimals. */
function writeMilliseconds(bytes: Uint8Array, at: number, us: number): number {
  const whole = Math.round(us);
  if (!(whole >= 0 && whole <= largest)) return copy(bytes, at, Buffer.from(JSON.stringify(whole / 1000))); // NaN is null
  const ms = (whole / 1000) | 0;
  const decimals = whole - ms * 1000;
  const end = writeDigits(bytes, at, ms);
  if (decimals === 0) return end;
  const tenths = (decimals / 100) | 0;
  bytes[end] = dot;
  bytes[end + 1] = digit0 + tenths;
  if (decimals === tenths * 100) return end + 2;
  writeTwoDigits(bytes, end + 2, decimals - tenths * 100);
  return bytes[end + 3] === digit0 ? end + 3 : end + 4;
}

function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  if (value >= 0 && value === (value | 0)) return writeDigits(bytes, at, value);
  return copy(bytes, at, Buffer.from(JSON.stringify(value)));
}

/** A whole number from 0 to `largest`. */
function writeDigits(bytes: Uint8Array, at: number, value: number): number {
  let end = at + 1;
  for (let limit = 10; value >= limit; limit *= 10) end += 1;
  let rest = value;
  for (let place = end - 1; place >= at; place -= 1) {
    const next = (rest / 10) | 0;
    bytes[place] = digit0 + rest - next * 10;
    rest = next;
  }
  return end;
}
