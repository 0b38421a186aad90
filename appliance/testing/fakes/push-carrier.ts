/** A browser and the service of its maker, on loopback: takes messages as RFC 8030 says and reads them as RFC 8291 says. */
import { createDecipheriv, createECDH, createHmac, createPublicKey, randomBytes, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { TestContext } from 'node:test';
import { type CallOut, callOut } from '../../net/guarded-client.ts';
import { loopbackGuard, web } from './outside.ts';

export class FakeBrowser {
  readonly exchange = createECDH('prime256v1');
  readonly auth = randomBytes(16);

  constructor() {
    this.exchange.generateKeys();
  }

  get keys() {
    return {
      p256dh: this.exchange.getPublicKey('base64url'),
      auth: this.auth.toString('base64url'),
    };
  }
}

/** Written from the standards with other primitives than the service uses. Throws for what is not meant for the browser. */
export function decryptMessage(body: Buffer, { exchange, auth }: FakeBrowser): Buffer {
  const salt = body.subarray(0, 16);
  const recordBytes = body.readUInt32BE(16);
  const theirs = body.subarray(21, 21 + body.readUInt8(20));
  const sealed = body.subarray(21 + theirs.length);
  if (sealed.length > recordBytes) throw new RangeError('more than one record');
  const mac = (key: Buffer, ...parts: (Buffer | string)[]) =>
    parts.reduce((hash, part) => hash.update(part), createHmac('sha256', key)).digest();
  const shared = mac(auth, exchange.computeSecret(theirs));
  const material = mac(shared, 'WebPush: info\0', exchange.getPublicKey(), theirs, Buffer.of(1));
  const seed = mac(salt, material);
  const key = mac(seed, 'Content-Encoding: aes128gcm\0', Buffer.of(1)).subarray(0, 16);
  const nonce = mac(seed, 'Content-Encoding: nonce\0', Buffer.of(1)).subarray(0, 12);
  const opener = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([opener.update(sealed.subarray(0, -16)), opener.final()]);
  const end = plain.findLastIndex((byte) => byte !== 0);
  if (plain[end] !== 2) throw new RangeError('not the last record');
  return plain.subarray(0, end);
}

export interface Received {
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Whether a token (RFC 8292) is good for this carrier now; gives the key that it was signed with. */
export function senderOf({ headers }: Received, carrier: string, nowMs: number): string {
  const [, token = '', key = ''] =
    /^vapid t=([\w.-]+), k=([\w-]{87})$/.exec(headers.authorization ?? '') ?? [];
  const [head = '', claims = '', signature = ''] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  const part = (from: number) => point.subarray(from, from + 32).toString('base64url');
  const format = { key: { kty: 'EC', crv: 'P-256', x: part(1), y: part(33) }, format: 'jwk' } as const;
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: createPublicKey(format), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const leftSeconds = exp - nowMs / 1000;
  if (!isSigned || aud !== carrier || !/^mailto:/.test(sub) || leftSeconds <= 0 || leftSeconds > 86_400)
    throw new Error(`not signed for ${carrier}: ${JSON.stringify({ isSigned, aud, exp, sub })}`);
  return key;
}

/** All names of carriers lead here; `answer` decides what is said. */
export async function pushCarrier(t: TestContext, answer: () => number | 'silence' = () => 201) {
  const received: Received[] = [];
  const refused: string[] = [];
  const port = await web(t, (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const said = answer();
      if (said === 'silence') return void request.socket.destroy();
      received.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces) });
      response.writeHead(said).end();
    });
  });
  /** The guarded client as it is, but for the port and for TLS, which tests of its own are about. */
  const call: CallOut = (outside, limits, guard, signal) => {
    const url = new URL(typeof outside.url === 'string' ? outside.url : outside.url.reveal());
    if (url.protocol !== 'https:') refused.push(url.href);
    url.protocol = 'http:';
    url.port = String(port);
    const own = { ...guard, judge: loopbackGuard.judge, resolve: loopbackGuard.resolve } as typeof guard; // both are there
    return callOut({ ...outside, url: url.href }, limits, own, signal);
  };
  return { received, refused, call };
}
