/** The head of an HTTP/1.1 response, RFC 9112 §4, out of a stream of bytes in pieces of any size. */

const maxHeadBytes = 16_384;

export interface ResponseHead {
  status: number;
  /** Names in lower case; the last one wins. */
  headers: Readonly<Record<string, string>>;
}

/** The bytes are no HTTP response, or one that nobody in earnest sends. */
export class HeadError extends Error {}

export class HeadReader {
  #bytes: Uint8Array = new Uint8Array(0);

  /** The head, as soon as it is whole, and what came behind it. Throws `HeadError`. */
  push(bytes: Uint8Array): { head: ResponseHead; rest: Uint8Array } | null {
    const before = this.#bytes.length;
    this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(0, maxHeadBytes)]);
    const end = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length).indexOf(
      '\r\n\r\n',
    );
    if (end < 0) {
      if (this.#bytes.length > maxHeadBytes) throw new HeadError('an answer whose head has no end');
      if (before < 5 && this.#bytes.length >= 5 && !this.#startsAsHttp())
        throw new HeadError('no HTTP answer');
      return null;
    }
    const head = parseHead(Buffer.from(this.#bytes.subarray(0, end)).toString('latin1'));
    return { head, rest: bytes.subarray(end + 4 - before) };
  }

  #startsAsHttp(): boolean {
    return Buffer.from(this.#bytes.subarray(0, 5)).toString('latin1') === 'HTTP/';
  }
}

export function parseHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, status] = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(first) ?? [];
  if (status === undefined) throw new HeadError('no HTTP answer');
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new HeadError('an answer with a broken header');
    headers[name.toLowerCase()] = value;
  }
  return { status: Number(status), headers };
}
