/** WebSocket framing, RFC 6455 §5, for connections whose payload is only counted: binary data is skipped by its length. */

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A message of the other side that this is longer than is not one of a speed test. */
const maxTextBytes = 65_536;
const maxHeaderBytes = 14;

export interface FrameListeners {
  onText?(text: string): void;
  onPing?(payload: Uint8Array): void;
  /** 1005 where the other side gave no code. */
  onClose?(code: number): void;
}

/** The bytes do not follow RFC 6455, or say more than a speed test has to say. */
export class FrameError extends Error {}

/** Reads frames out of a stream of bytes in pieces of any size. */
export class FrameReader {
  readonly #isMasked: boolean;
  readonly #listeners: FrameListeners;
  readonly #header = new Uint8Array(maxHeaderBytes);
  #headerLength = 0;
  #maskAt = 0;
  #rest = 0;
  /** Of a text or control frame; null while the payload is skipped. */
  #kept: Uint8Array | null = null;
  #opcode = 0;
  #text: Uint8Array[] = [];
  #textBytes = 0;
  #isInMessage: 'text' | 'binary' | null = null;
  #isTextFinal = false;
  /** Binary payload, all frames together. */
  payloadBytes = 0;

  /** `isMasked`: the other side is a client, RFC 6455 §5.1. */
  constructor(isMasked: boolean, listeners: FrameListeners) {
    this.#isMasked = isMasked;
    this.#listeners = listeners;
  }

  /** Throws `FrameError`; nothing may be pushed after that. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#rest > 0) at += this.#takePayload(bytes, at);
      else at = this.#takeHeader(bytes, at);
    }
  }

  #takePayload(bytes: Uint8Array, at: number): number {
    const taken = Math.min(this.#rest, bytes.length - at);
    if (this.#kept) this.#kept.set(bytes.subarray(at, at + taken), this.#kept.length - this.#rest);
    else this.payloadBytes += taken;
    this.#rest -= taken;
    if (this.#rest === 0 && this.#kept) this.#endFrame(this.#kept);
    return taken;
  }

  #takeHeader(bytes: Uint8Array, from: number): number {
    let at = from;
    do {
      this.#header[this.#headerLength] = bytes[at] ?? 0;
      this.#headerLength += 1;
      at += 1;
    } while (this.#headerLength < this.#headerNeeds() && at < bytes.length);
    if (this.#headerLength === this.#headerNeeds()) this.#startFrame();
    return at;
  }

  #headerNeeds(): number {
    if (this.#headerLength < 2) return 2;
    const short = (this.#header[1] ?? 0) & 0x7f;
    return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + ((this.#header[1] ?? 0) & 0x80 ? 4 : 0);
  }

  #startFrame(): void {
    const [first = 0, second = 0] = this.#header;
    const view = new DataView(this.#header.buffer);
    const short = second & 0x7f;
    const length = short === 126 ? view.getUint16(2) : short === 127 ? Number(view.getBigUint64(2)) : short;
    this.#maskAt = this.#headerNeeds() - 4;
    this.#headerLength = 0;
    this.#opcode = first & 0x0f;
    const isFinal = (first & 0x80) !== 0;
    if (first & 0x70) throw new FrameError('a frame with reserved bits');
    if (((second & 0x80) !== 0) !== this.#isMasked)
      throw new FrameError(this.#isMasked ? 'a frame that is not masked' : 'a masked frame of a server');
    if (!Number.isSafeInteger(length)) throw new FrameError('a frame of more than 2^53 bytes');
    this.#rest = length;
    this.#kept = this.#isKept(isFinal, length) ? new Uint8Array(length) : null;
    if (length === 0 && this.#kept) this.#endFrame(this.#kept);
  }

  /** Checks the order of frames and tells whether the payload has a meaning. */
  #isKept(isFinal: boolean, length: number): boolean {
    if (this.#opcode >= opcodes.close) {
      if (this.#opcode > opcodes.pong) throw new FrameError(`a frame of the unknown kind ${this.#opcode}`);
      if (!isFinal || length > 125) throw new FrameError('a control frame that is too long or in parts');
      return true;
    }
    if (this.#opcode > opcodes.binary) throw new FrameError(`a frame of the unknown kind ${this.#opcode}`);
    const isNew = this.#opcode !== opcodes.continuation;
    if (isNew === (this.#isInMessage !== null)) throw new FrameError('parts of a message out of order');
    if (isNew) this.#isInMessage = this.#opcode === opcodes.text ? 'text' : 'binary';
    const isText = this.#isInMessage === 'text';
    if (isText && this.#textBytes + length > maxTextBytes)
      throw new FrameError(`a message of more than ${maxTextBytes} bytes`);
    if (isFinal && !isText) this.#isInMessage = null;
    this.#isTextFinal = isFinal;
    return isText;
  }

  #endFrame(payload: Uint8Array): void {
    this.#kept = null;
    if (this.#isMasked) this.#unmask(payload);
    const { onText, onPing, onClose } = this.#listeners;
    if (this.#opcode === opcodes.ping) onPing?.(payload);
    else if (this.#opcode === opcodes.close)
      onClose?.(payload.length >= 2 ? ((payload[0] ?? 0) << 8) | (payload[1] ?? 0) : 1005);
    else if (this.#opcode < opcodes.close) {
      this.#text.push(payload);
      this.#textBytes += payload.length;
      if (!this.#isTextFinal) return;
      const text = Buffer.concat(this.#text).toString('utf8');
      [this.#text, this.#textBytes, this.#isInMessage] = [[], 0, null];
      onText?.(text);
    }
  }

  #unmask(payload: Uint8Array): void {
    for (let at = 0; at < payload.length; at += 1)
      payload[at] = (payload[at] ?? 0) ^ (this.#header[this.#maskAt + (at % 4)] ?? 0);
  }
}

/** One final frame. With a mask the payload must already be masked, or be noise to which that makes no difference. */
export function frameHeader(opcode: number, length: number, mask: Uint8Array | null): Uint8Array {
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const header = new Uint8Array(2 + extended + (mask ? 4 : 0));
  const view = new DataView(header.buffer);
  header[0] = 0x80 | opcode;
  header[1] = (mask ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) view.setUint16(2, length);
  if (extended === 8) view.setBigUint64(2, BigInt(length));
  if (mask) header.set(mask, 2 + extended);
  return header;
}

/** A whole frame with a short payload. */
export function shortFrame(opcode: number, payload: Uint8Array, mask: Uint8Array | null): Uint8Array {
  const header = frameHeader(opcode, payload.length, mask);
  const frame = new Uint8Array(header.length + payload.length);
  frame.set(header);
  frame.set(payload, header.length);
  if (mask)
    for (let at = 0; at < payload.length; at += 1)
      frame[header.length + at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return frame;
}
