/**
 * Bytes of sample runs. Slots without a time go into a short list of exceptions; the codes of the others are written
 * as a column of low bytes and a column of high bytes, which deflate shrinks to within a tenth of their entropy.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { codeCount } from '../core/quantise.ts';
import { slot } from '../core/storing.ts';
import type { CodeRun } from './runs.ts';
import { ByteReader, ByteWriter } from './varint.ts';

/** A packet of one minute, or a chunk of one hour, never holds more: 256 series × 1 minute at 20 ms. */
const maxSlots = 1 << 20;
const maxInflatedBytes = 4 * maxSlots;

const format = 1;
const absolute = 0;
const delta = 1;

export interface SeriesRun extends CodeRun {
  series: number;
}

const writer = new ByteWriter();

/** Encodes runs relative to `originMs`; starts keep microseconds. */
export function encodeRuns(runs: readonly SeriesRun[], originMs: number): Uint8Array {
  writer.clear();
  writer.byte(format);
  writer.varint(runs.length);
  const columns: Uint16Array[] = [];
  for (const run of runs) {
    const times = withTimes(run.codes);
    const { mode, base, column } = predicted(times);
    writer.varint(run.series);
    writer.signed(Math.round((run.startMs - originMs) * 1000));
    writer.varint(Math.round(run.intervalMs * 1000));
    writer.varint(run.codes.length);
    writer.varint(run.duplicates);
    writer.varint(run.reordered);
    writer.varint(run.late);
    writer.byte(mode);
    writer.varint(base);
    writeExceptions(run.codes);
    columns.push(column);
  }
  const values = columns.reduce((sum, column) => sum + column.length, 0);
  const bytes = writer.reserve(2 * values);
  let at = 0;
  for (const column of columns) {
    for (const value of column) {
      bytes[at] = value;
      bytes[values + at] = value >> 8;
      at += 1;
    }
  }
  return deflate(writer.view());
}

/** Decodes the runs of one series, or of all. Throws RangeError when the bytes are damaged. */
export function decodeRuns(bytes: Uint8Array, originMs: number, only?: number): SeriesRun[] {
  const plain = inflate(bytes);
  const reader = new ByteReader(plain);
  const version = reader.byte();
  if (version !== format) throw new RangeError(`samples of format ${version}, ${format} is known`);
  const heads: RunHead[] = [];
  const count = reader.varint();
  let values = 0;
  for (let index = 0; index < count; index += 1) {
    const head = readHead(reader);
    head.offset = values;
    values += head.times;
    if (values > maxSlots) throw new RangeError(`more than ${maxSlots} samples`);
    heads.push(head);
  }
  const low = reader.raw(values);
  const high = reader.raw(values);
  const runs: SeriesRun[] = [];
  for (const head of heads) {
    if (only !== undefined && head.series !== only) continue;
    runs.push({
      series: head.series,
      startMs: originMs + head.startUs / 1000,
      intervalMs: head.intervalUs / 1000,
      codes: readCodes(head, low, high),
      duplicates: head.duplicates,
      reordered: head.reordered,
      late: head.late,
    });
  }
  return runs;
}

interface RunHead {
  series: number;
  startUs: number;
  intervalUs: number;
  slots: number;
  duplicates: number;
  reordered: number;
  late: number;
  mode: number;
  base: number;
  /** Pairs of gap and `length * 4 + kind`. */
  exceptions: number[];
  times: number;
  offset: number;
}

/** The codes that are times. Loops, not callbacks: this is a third of the cost of an import. */
function withTimes(codes: Int16Array): Int16Array {
  let count = 0;
  for (const code of codes) if (code >= 0) count += 1;
  if (count === codes.length) return codes;
  const times = new Int16Array(count);
  let at = 0;
  for (const code of codes) {
    if (code < 0) continue;
    times[at] = code;
    at += 1;
  }
  return times;
}

/** The differences are smaller than the values themselves only where a line drifts more than it jitters. */
function predicted(times: Int16Array): { mode: number; base: number; column: Uint16Array } {
  const column = new Uint16Array(times.length);
  let lowest = codeCount;
  let sum = 0;
  for (const code of times) {
    if (code < lowest) lowest = code;
    sum += code;
  }
  if (times.length === 0) return { mode: absolute, base: 0, column };
  const mean = sum / times.length;
  let previous = times[0]!; // not empty
  let spread = 0;
  let steps = 0;
  for (const code of times) {
    spread += Math.abs(code - mean);
    steps += Math.abs(code - previous);
    previous = code;
  }
  if (steps >= spread * 0.9) {
    for (let index = 0; index < column.length; index += 1) column[index] = times[index]! - lowest; // same length
    return { mode: absolute, base: lowest, column };
  }
  const base = times[0]!; // not empty
  previous = base;
  for (let index = 0; index < column.length; index += 1) {
    const step = times[index]! - previous; // same length
    previous = times[index]!;
    column[index] = step >= 0 ? step * 2 : -step * 2 - 1;
  }
  return { mode: delta, base, column };
}

function writeExceptions(codes: Int16Array): void {
  const pairs: number[] = [];
  let index = 0;
  let after = 0;
  while (index < codes.length) {
    const kind = codes[index]!; // within bounds
    if (kind >= 0) {
      index += 1;
      continue;
    }
    const from = index;
    while (codes[index] === kind) index += 1;
    pairs.push(from - after, (index - from) * 4 + (slot.timeout - kind));
    after = index;
  }
  writer.varint(pairs.length / 2);
  for (const value of pairs) writer.varint(value);
}

function readHead(reader: ByteReader): RunHead {
  const head: RunHead = {
    series: reader.varint(),
    startUs: reader.signed(),
    intervalUs: reader.varint(),
    slots: reader.varint(),
    duplicates: reader.varint(),
    reordered: reader.varint(),
    late: reader.varint(),
    mode: reader.byte(),
    base: reader.varint(),
    exceptions: [],
    times: 0,
    offset: 0,
  };
  if (head.slots > maxSlots || head.intervalUs === 0) throw new RangeError('damaged head of a sample run');
  head.times = head.slots;
  for (let left = reader.varint(); left > 0; left -= 1) {
    const gap = reader.varint();
    const packed = reader.varint();
    head.exceptions.push(gap, packed);
    head.times -= packed >> 2;
  }
  if (head.times < 0) throw new RangeError('damaged exceptions of a sample run');
  return head;
}

function readCodes(head: RunHead, low: Uint8Array, high: Uint8Array): Int16Array {
  const codes = new Int16Array(head.slots);
  const { exceptions } = head;
  let from = head.offset;
  let value = head.base;
  let index = 0;
  let next = 0;
  let stop = exceptions.length > 0 ? exceptions[0]! : head.slots; // not empty
  for (;;) {
    if (stop > head.slots) throw new RangeError('damaged exceptions of a sample run');
    if (head.mode === absolute) {
      // The columns are as long as the heads say together, so every index below is within bounds.
      for (; index < stop; index += 1, from += 1) {
        value = head.base + low[from]! + high[from]! * 256;
        if (value >= codeCount) throw new RangeError(`damaged sample code ${value}`);
        codes[index] = value;
      }
    } else {
      for (; index < stop; index += 1, from += 1) {
        const zigzag = low[from]! + high[from]! * 256; // as above
        value += zigzag & 1 ? -((zigzag + 1) >> 1) : zigzag >> 1;
        if (value < 0 || value >= codeCount) throw new RangeError(`damaged sample code ${value}`);
        codes[index] = value;
      }
    }
    if (next >= exceptions.length) break;
    const packed = exceptions[next + 1]!; // pairs
    codes.fill(slot.timeout - (packed & 3), index, index + (packed >> 2));
    index += packed >> 2;
    next += 2;
    stop = next < exceptions.length ? index + exceptions[next]! : head.slots; // within bounds
  }
  return codes;
}

const stored = 0;
const deflated = 1;

/** Run lengths and Huffman codes only: noise has no repeats worth searching, and it takes half the time. */
export function deflate(plain: Uint8Array): Uint8Array {
  const packed = deflateRawSync(plain, { strategy: constants.Z_RLE, level: 6 });
  const isSmaller = packed.length < plain.length;
  const result = new Uint8Array(1 + (isSmaller ? packed.length : plain.length));
  result[0] = isSmaller ? deflated : stored;
  result.set(isSmaller ? packed : plain, 1);
  return result;
}

export function inflate(bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(1);
  if (bytes[0] === stored) return body;
  if (bytes[0] !== deflated) throw new RangeError(`unknown packing ${bytes[0]}`);
  try {
    return inflateRawSync(body, { maxOutputLength: maxInflatedBytes });
  } catch (error) {
    throw new RangeError('damaged compressed data', { cause: error });
  }
}

/** Bytes that a failing card has changed are as good as gone; the rest of the history must stay readable. */
export function readableOr<Value>(otherwise: Value, decode: () => Value): Value {
  try {
    return decode();
  } catch (error) {
    if (error instanceof RangeError) return otherwise;
    throw error;
  }
}
