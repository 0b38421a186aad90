/** Unsigned LEB128 numbers up to 2^53, and zigzag for signed ones. */

export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.byte((rest & 127) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  signed(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  /** Room of this length at the end, to be filled by the caller. */
  reserve(length: number): Uint8Array {
    if (this.#length + length > this.#bytes.length) this.#grow(length);
    this.#length += length;
    return this.#bytes.subarray(this.#length - length, this.#length);
  }

  /** What was written; valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(need: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + need));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what ByteWriter wrote. Throws RangeError at the end of the bytes. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.offset++];
    if (value === undefined) throw new RangeError(`data ends at byte ${this.#bytes.length}`);
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
      if (scale > Number.MAX_SAFE_INTEGER) throw new RangeError('number too long');
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  raw(length: number): Uint8Array {
    const end = this.offset + length;
    if (!(end <= this.#bytes.length)) throw new RangeError(`data ends at byte ${this.#bytes.length}`);
    const bytes = this.#bytes.subarray(this.offset, end);
    this.offset = end;
    return bytes;
  }
}
