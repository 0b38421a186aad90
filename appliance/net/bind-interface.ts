import type { Socket } from 'node:net';
import { AppError, messageOf } from '../core/errors.ts';
import type { Family } from '../core/shapes.ts';
import { loadAddon } from './addon.ts';

/** What Node keeps behind a socket; it has no public way to the descriptor of one that is not connected yet. */
interface Handle {
  fd?: number;
  bind?(address: string, port: number): number;
  bind6?(address: string, port: number, flags: number): number;
}

/**
 * Makes a socket leave by this interface (SO_BINDTODEVICE). Call it in the same turn as `connect` with a numeric
 * address: the descriptor is made here, by binding to any address, and the handshake starts in the next turn. Throws
 * AppError `INTERFACE_UNUSABLE` when that cannot be had: an answer by another line would be an answer about that line.
 */
export function bindInterface(socket: Socket, family: Family, interfaceName: string): void {
  const handle = (socket as unknown as { _handle?: Handle | null })._handle; // not in the types, see above
  const code = family === 'ipv4' ? handle?.bind?.('0.0.0.0', 0) : handle?.bind6?.('::', 0, 0);
  const fd = handle?.fd ?? -1;
  try {
    if (code !== 0 || fd < 0) throw new Error('this runtime does not show the socket before it connects');
    loadAddon().bindToDevice(fd, interfaceName);
  } catch (cause) {
    throw new AppError(
      'INTERFACE_UNUSABLE',
      `A connection cannot be made to leave by ${interfaceName}: ${messageOf(cause)}`,
      { cause },
    );
  }
}
