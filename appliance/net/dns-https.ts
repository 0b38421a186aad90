/** DNS over HTTPS, RFC 8484, over a connection that is made already: HTTP/2 where the server speaks it, else HTTP/1.1. */
import { request as requestHttp1 } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { StreamFailure } from './stream-socket.ts';

/** In the handshake's order of preference; some public servers speak HTTP/2 alone. */
export const httpProtocols = ['h2', 'http/1.1'];
const mediaType = 'application/dns-message';
const maxBytes = 65_535;

export interface HttpsQuestion {
  socket: Socket;
  /** Of the handshake: 'h2' or anything else for HTTP/1.1. */
  protocol: string | false | null;
  /** Host and, where it is not 443, port. */
  authority: string;
  path: string;
  query: Uint8Array;
}

/** The DNS message that came back. Rejects with a `StreamFailure` when it is none. */
export function askOverHttps(question: HttpsQuestion): Promise<Uint8Array> {
  return question.protocol === 'h2' ? overHttp2(question) : overHttp1(question);
}

async function overHttp2({ socket, authority, path, query }: HttpsQuestion): Promise<Uint8Array> {
  const session = connectHttp2(`https://${authority}`, { createConnection: () => socket });
  try {
    return await new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(sortOut(error));
      session.on('error', fail);
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': mediaType,
        accept: mediaType,
        'content-length': query.length,
      });
      stream.on('error', fail);
      stream.once('response', (headers) => {
        resolve(readMessage(stream, Number(headers[':status']), headers['content-type']));
      });
      stream.end(query);
    });
  } finally {
    session.destroy();
  }
}

function overHttp1({ socket, authority, path, query }: HttpsQuestion): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const sent = requestHttp1({
      method: 'POST',
      path,
      createConnection: () => socket,
      headers: {
        host: authority,
        'content-type': mediaType,
        accept: mediaType,
        'content-length': query.length,
        connection: 'close',
      },
    });
    sent.on('error', (error) => reject(sortOut(error)));
    sent.once('response', (reply) => {
      resolve(readMessage(reply, reply.statusCode ?? 0, reply.headers['content-type']));
    });
    sent.end(query);
  });
}

/** Bytes that are no HTTP are rubbish; everything else is the connection's own failure. */
function sortOut(error: Error): Error {
  const isRubbish = 'code' in error && /^(HPE_|ERR_HTTP2_)/.test(String(error.code));
  return isRubbish ? new StreamFailure('garbage', error.message, error) : error;
}

async function readMessage(
  body: Readable,
  status: number,
  contentType: string | undefined,
): Promise<Uint8Array> {
  if (status !== 200) throw new StreamFailure('garbage', `the server answered with HTTP status ${status}`);
  if (contentType?.split(';')[0]?.trim().toLowerCase() !== mediaType)
    throw new StreamFailure('garbage', `the server answered with ${contentType ?? 'no content type'}`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const piece = chunk as Buffer; // a stream without an encoding gives buffers
    bytes += piece.length;
    if (bytes > maxBytes) throw new StreamFailure('garbage', `more than ${maxBytes} bytes came back`);
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}
