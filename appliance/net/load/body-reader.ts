/** Where the body of an HTTP/1.1 response ends, RFC 9112 §6.3, without keeping any of it. */
import type { ResponseHead } from './response-head.ts';

/** The body is not framed as its head says. */
export class BodyError extends Error {}

const maxSizeLine = 64;

/** Skips a body by its length; what is behind it belongs to nobody. */
export class BodyReader {
  /** Bytes that are still to come of the body or of this chunk; infinite: until the connection closes. */
  #rest: number;
  readonly #isChunked: boolean;
  #line = '';
  #state: 'size' | 'data' | 'end-of-data' | 'trailer' | 'over';
  payloadBytes = 0;

  constructor({ headers }: ResponseHead) {
    const coding = headers['transfer-encoding'];
    this.#isChunked = coding !== undefined && /\bchunked$/i.test(coding);
    const length = headers['content-length'];
    if (!this.#isChunked && length !== undefined && !/^\d{1,15}$/.test(length))
      throw new BodyError('a length that is no number');
    this.#rest = this.#isChunked ? 0 : length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    this.#state = this.#isChunked ? 'size' : this.#rest === 0 ? 'over' : 'data';
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** True where the end of the connection is the end of the body. */
  get endsWithConnection(): boolean {
    return this.#rest === Number.POSITIVE_INFINITY;
  }

  /** Throws `BodyError`. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && this.#state !== 'over') {
      if (this.#state === 'data') at += this.#skip(bytes.length - at);
      else at = this.#readLine(bytes, at);
    }
  }

  #skip(available: number): number {
    const taken = Math.min(this.#rest, available);
    this.#rest -= taken;
    this.payloadBytes += taken;
    if (this.#rest === 0) this.#state = this.#isChunked ? 'end-of-data' : 'over';
    return taken;
  }

  /** Lines of the chunked coding, RFC 9112 §7.1; there are no others. */
  #readLine(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && bytes[at] !== 0x0a) {
      if (bytes[at] !== 0x0d) this.#line += String.fromCharCode(bytes[at] ?? 0);
      if (this.#line.length > maxSizeLine) throw new BodyError('a chunk without a size');
      at += 1;
    }
    if (at === bytes.length) return at;
    const line = this.#line;
    this.#line = '';
    if (this.#state === 'size') this.#startChunk(line);
    else if (this.#state === 'trailer') this.#state = line === '' ? 'over' : 'trailer';
    else if (line === '') this.#state = 'size';
    else throw new BodyError('a chunk longer than its size');
    return at + 1;
  }

  #startChunk(line: string): void {
    const [, digits] = /^([0-9a-f]{1,12})(?:;.*)?$/i.exec(line) ?? [];
    if (digits === undefined) throw new BodyError('a chunk without a size');
    this.#rest = Number.parseInt(digits, 16);
    this.#state = this.#rest === 0 ? 'trailer' : 'data';
  }
}
