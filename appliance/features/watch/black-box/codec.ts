/**
 * Bytes of a capture. Times as distances to the one before in tenths of a millisecond; codes as a column of low and a
 * column of high bytes, because those of a calm line are nearly all alike; deflate does the rest.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { AppError } from '../../../core/errors.ts';
import { slot } from '../../../core/storing.ts';
import type { Columns } from './ring.ts';

const format = 1;
const perMs = 10;
/** Lowest code: with it as zero, every code fits in 16 bits without a sign. */
const lowest = slot.skipped;
/** 64 targets with a full ring each come to 2 MB. */
const maxInflatedBytes = 4 * 2 ** 20;

export interface CapturedSeries extends Columns {
  target: string;
}

/** Encodes what was sent at or after `originMonoMs`, each series in the order of sending. */
export function encodeCapture(series: readonly CapturedSeries[], originMonoMs: number): Uint8Array {
  const bytes: number[] = [format];
  writeNumber(bytes, series.length);
  for (const { target, sentMonoMs, codes } of series) {
    const name = new TextEncoder().encode(target);
    writeNumber(bytes, name.length);
    for (const byte of name) bytes.push(byte);
    writeNumber(bytes, sentMonoMs.length);
    let before = 0;
    for (const sent of sentMonoMs) {
      const ticks = Math.max(before, Math.round((sent - originMonoMs) * perMs));
      writeNumber(bytes, ticks - before);
      before = ticks;
    }
    for (const code of codes) bytes.push((code - lowest) & 255);
    for (const code of codes) bytes.push((code - lowest) >> 8);
  }
  return deflateRawSync(Uint8Array.from(bytes));
}

/** The same series with times after the origin. Throws AppError `CAPTURE_UNREADABLE` when the bytes are damaged. */
export function decodeCapture(body: Uint8Array): { target: string; offsetsMs: number[]; codes: number[] }[] {
  try {
    const reader = new Reader(inflateRawSync(body, { maxOutputLength: maxInflatedBytes }));
    const version = reader.byte();
    if (version !== format) throw new RangeError(`format ${version}, ${format} is known`);
    return Array.from({ length: reader.number() }, () => readSeries(reader));
  } catch (cause) {
    throw new AppError('CAPTURE_UNREADABLE', 'What was kept around this event is damaged', { cause });
  }
}

function readSeries(reader: Reader): { target: string; offsetsMs: number[]; codes: number[] } {
  const target = new TextDecoder().decode(reader.bytes(reader.number()));
  const count = reader.number();
  const offsetsMs: number[] = [];
  let ticks = 0;
  for (let index = 0; index < count; index += 1) {
    ticks += reader.number();
    offsetsMs.push(ticks / perMs);
  }
  const low = reader.bytes(count);
  const high = reader.bytes(count);
  return { target, offsetsMs, codes: Array.from(low, (byte, index) => byte + high[index]! * 256 + lowest) }; // same length
}

/** Seven bits a byte, lowest first; the highest bit says that more follow. */
function writeNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new RangeError(`the bytes end at ${this.#at}`);
    this.#at += 1;
    return value;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError('a number is too long');
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError(`the bytes end at ${this.#bytes.length}`);
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
