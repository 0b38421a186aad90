/** A connection that reads into one buffer, plain or over TLS, leaving by the wanted interface. */
import { readFileSync } from 'node:fs';
import { isIP, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { LoadRequest } from '../../core/load.ts';
import { bindInterface } from '../bind-interface.ts';
import { hostOf } from '../exchange.ts';

/** AES in software is a tenth as fast as ChaCha20 on a board without the instructions (measured 13 and 1.7 times slower). */
const chachaCiphers = [
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

let hasAes: boolean | null = null;

function canAes(): boolean {
  try {
    hasAes ??= /^(flags|Features)\b.*\baes\b/m.test(readFileSync('/proc/cpuinfo', 'latin1'));
  } catch {
    hasAes = true; // a sandbox without /proc: let TLS choose
  }
  return hasAes;
}

/** Read into one after the other in the same thread, so one for all connections is enough. */
const readBuffer = Buffer.allocUnsafeSlow(262_144);

/** Connects at once; the callback gets views of a buffer that the next read overwrites. */
export function openLoadSocket(
  request: Pick<LoadRequest, 'url' | 'address' | 'family' | 'interfaceName' | 'ca'>,
  onBytes: (bytes: Uint8Array) => void,
): Socket {
  const url = new URL(request.url);
  const onread = {
    buffer: readBuffer,
    callback: (length: number) => {
      onBytes(readBuffer.subarray(0, length));
      return true;
    },
  };
  const isSecure = url.protocol === 'wss:' || url.protocol === 'https:';
  const port = url.port !== '' ? Number(url.port) : isSecure ? 443 : 80;
  const to = { host: request.address, port, family: request.family === 'ipv6' ? 6 : 4 };
  const socket = isSecure
    ? connectTls({ ...to, ...tlsOptions(url, request.ca), onread } as ConnectionOptions) // `onread` is missing in the types
    : new Socket({ onread }).connect(to);
  socket.setNoDelay(true);
  if (request.interfaceName !== undefined) bindInterface(socket, request.family, request.interfaceName);
  return socket;
}

function tlsOptions(url: URL, ca: string | undefined): ConnectionOptions {
  const name = hostOf(url);
  return {
    servername: isIP(name) === 0 ? name : '', // RFC 6066 §3: an address is no server name
    ALPNProtocols: ['http/1.1'],
    ...(ca === undefined ? {} : { ca }),
    ...(canAes() ? {} : { ciphers: chachaCiphers }),
  };
}
