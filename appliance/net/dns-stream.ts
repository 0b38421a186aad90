import type { Socket } from 'node:net';
import { StreamFailure } from './stream-socket.ts';

/** A header alone is 12 bytes, RFC 1035 §4.1.1. */
const leastBytes = 12;

/** One question over a connection: each message follows its length in two bytes (RFC 7766 §8). */
export function askOverStream(socket: Socket, query: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]); // at most 64 KiB: the length says when it ends
      if (received.length < 2) return;
      const length = received.readUInt16BE(0);
      if (length < leastBytes) {
        reject(new StreamFailure('garbage', `a message of ${length} bytes is no DNS message`));
      } else if (received.length >= 2 + length) {
        resolve(received.subarray(2, 2 + length));
      }
    });
    socket.once('end', () => {
      const outcome = received.length > 0 ? 'garbage' : 'unreachable';
      reject(new StreamFailure(outcome, 'the server closed the connection before it had answered'));
    });
    // Length and message in one segment: some servers do not wait for the second (RFC 7766 §8).
    const message = Buffer.alloc(2 + query.length);
    message.writeUInt16BE(query.length, 0);
    message.set(query, 2);
    socket.write(message);
  });
}
