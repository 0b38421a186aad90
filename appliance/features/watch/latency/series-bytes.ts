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
 * A `LatencySeries` as JSON, digit by digit: a year of hours takes 5 ms, by way of objects, their check against the
 * schema and JSON.stringify it takes 60 ms and as much again of garbage collection.
 */
export function seriesBytes(target: string, stepMs: number, rows: PointRows): Uint8Array {
  const head = Buffer.from(`{"target":${JSON.stringify(target)},"stepSeconds":${stepMs / 1000},"points":[`);
  const writer = new PointWriter(head, (rows.length / width) * usualPoint);
  for (let offset = 0; offset < rows.length; offset += width) {
    writer.point(rows, offset);
  }
  return writer.finish();
}

/** Bytes of points; `#at` is never further than one point and the end from the last place where room was made. */
class PointWriter {
  #buffer: Buffer;
  #at = 0;
  #dayStartMs = Number.NaN;
  #dayText = '';

  constructor(head: Uint8Array, expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(head.length + expectedBytes + longestPoint);
    this.#bytes(head);
  }

  point(rows: PointRows, offset: number): void {
    this.#makeRoom();
    this.#bytes(pointStart);
    this.#time(rows[offset]!); // whole rows
    this.#buffer[this.#at++] = quote;
    for (let index = 0; index < keys.length; index += 1) {
      const { text, isTime } = keys[index]!; // within its length
      const value = rows[offset + 1 + index]!; // whole rows
      this.#bytes(text);
      if (isTime) this.#milliseconds(value);
      else this.#number(value);
    }
    this.#buffer[this.#at++] = closeBrace;
    this.#buffer[this.#at++] = comma;
  }

  finish(): Uint8Array {
    this.#makeRoom();
    if (this.#buffer[this.#at - 1] === comma) this.#at -= 1;
    this.#buffer[this.#at++] = closeBracket;
    this.#buffer[this.#at++] = closeBrace;
    return this.#buffer.subarray(0, this.#at);
  }

  #makeRoom(): void {
    if (this.#buffer.length - this.#at >= longestPoint) return;
    const larger = Buffer.allocUnsafeSlow(Math.ceil(this.#buffer.length * 1.5) + longestPoint);
    larger.set(this.#buffer.subarray(0, this.#at));
    this.#buffer = larger;
  }

  #bytes(bytes: Uint8Array): void {
    // A loop: the pieces are a dozen bytes long, and a call to `set` costs more than that.
    const buffer = this.#buffer;
    const at = this.#at;
    for (let index = 0; index < bytes.length; index += 1) buffer[at + index] = bytes[index]!; // within its length
    this.#at = at + bytes.length;
  }

  /** As `toIso`, which takes a date and a string each time, is called once a day. */
  #time(atMs: number): void {
    const wholeMs = Math.trunc(atMs);
    if (!(wholeMs >= this.#dayStartMs && wholeMs < this.#dayStartMs + dayMs)) {
      this.#dayStartMs = Math.floor(wholeMs / dayMs) * dayMs;
      this.#dayText = toIso(this.#dayStartMs).slice(0, -'00:00:00.000Z'.length);
    }
    const inDayMs = wholeMs - this.#dayStartMs;
    this.#text(this.#dayText);
    this.#twoDigits(Math.floor(inDayMs / 3_600_000));
    this.#buffer[this.#at++] = colon;
    this.#twoDigits(Math.floor(inDayMs / 60_000) % 60);
    this.#buffer[this.#at++] = colon;
    this.#twoDigits(Math.floor(inDayMs / 1000) % 60);
    this.#buffer[this.#at++] = dot;
    this.#buffer[this.#at++] = digit0 + Math.floor((inDayMs % 1000) / 100);
    this.#twoDigits(inDayMs % 100);
    this.#buffer[this.#at++] = letterZ;
  }

  #twoDigits(value: number): void {
    this.#buffer[this.#at++] = digit0 + Math.floor(value / 10);
    this.#buffer[this.#at++] = digit0 + (value % 10);
  }

  /** A time in µs as ms with at most three decimals. */
  #milliseconds(us: number): void {
    const whole = Math.round(us);
    if (!(whole >= 0 && whole <= largest)) {
      this.#text(JSON.stringify(whole / 1000)); // NaN is null
      return;
    }
    const ms = (whole / 1000) | 0;
    const decimals = whole - ms * 1000;
    this.#digits(ms);
    if (decimals === 0) return;
    this.#buffer[this.#at++] = dot;
    this.#buffer[this.#at++] = digit0 + ((decimals / 100) | 0);
    if (decimals % 100 === 0) return;
    this.#buffer[this.#at++] = digit0 + (((decimals % 100) / 10) | 0);
    if (decimals % 10 === 0) return;
    this.#buffer[this.#at++] = digit0 + (decimals % 10);
  }

  #number(value: number): void {
    if (value >= 0 && value === (value | 0)) this.#digits(value);
    else this.#text(JSON.stringify(value));
  }

  /** A whole number from 0 to `largest`. */
  #digits(value: number): void {
    let end = this.#at + 1;
    for (let rest = value; rest >= 10; rest = (rest / 10) | 0) end += 1;
    this.#at = end;
    let rest = value;
    do {
      const next = (rest / 10) | 0;
      end -= 1;
      this.#buffer[end] = digit0 + (rest - next * 10);
      rest = next;
    } while (rest > 0);
  }

  #text(text: string): void {
    this.#at += this.#buffer.write(text, this.#at, 'latin1');
  }
}
