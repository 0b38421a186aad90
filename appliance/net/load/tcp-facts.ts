/** What the kernel knows of one of our connections, and the marks that keep it from waking us for every packet. */

import type { Socket } from 'node:net';
import type { RawTcpFacts } from '../../../native/index.d.ts';
import { loadAddon } from '../addon.ts';

/** A reader is woken for this many ms of data at the rate of the last sample … */
const batchMs = 8;
/** … but never for more: a window must not fill up meanwhile. */
const maxBatchBytes = 131_072;
/** So many ms of data wait in the kernel unsent: a writer that is not woken in time must not leave the line idle. */
const unsentMs = 100;
const unsentBytes = { least: 65_536, first: 262_144, most: 4_194_304 } as const;

/** The descriptor behind a socket of Node, which has no public way to it; -1 without one. */
export function descriptorOf(socket: Socket): number {
  return (socket as unknown as { _handle?: { fd?: number } | null })._handle?.fd ?? -1; // not in the types
}

/** One connection's counters. Reading goes on giving the last values after it has closed. */
export class TcpFacts {
  readonly #socket: Socket;
  #last: RawTcpFacts | null = null;
  #lowWater = 1;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  read(): RawTcpFacts | null {
    const fd = descriptorOf(this.#socket);
    if (fd < 0) return this.#last;
    this.#last = loadAddon().tcpInformation(fd);
    return this.#last;
  }

  /** Called with the rate of each sample. Reading in batches costs a fortieth of reading every packet. */
  readAtRate(bytesPerMs: number): void {
    const wanted = Math.max(1, Math.min(maxBatchBytes, Math.floor(bytesPerMs * batchMs)));
    this.#setLowWater(wanted, (fd) => loadAddon().setReceiveLowWater(fd, wanted));
  }

  sendAtRate(bytesPerMs: number): void {
    const wanted = Math.min(unsentBytes.most, Math.max(unsentBytes.least, Math.floor(bytesPerMs * unsentMs)));
    this.#setLowWater(wanted, (fd) => loadAddon().setUnsentLowWater(fd, wanted));
  }

  /** A connection either sends or receives its load. Small changes are not worth a call. */
  #setLowWater(wanted: number, set: (fd: number) => void): void {
    if (wanted < this.#lowWater * 1.25 && wanted > this.#lowWater * 0.8) return;
    const fd = descriptorOf(this.#socket);
    if (fd < 0) return;
    set(fd);
    this.#lowWater = wanted;
  }

  /** For the side that sends. An algorithm that this kernel does not allow leaves the usual one in place. */
  prepareSending(congestionControl: string | undefined): void {
    const fd = descriptorOf(this.#socket);
    if (fd < 0) return;
    loadAddon().setUnsentLowWater(fd, unsentBytes.first);
    this.#lowWater = unsentBytes.first;
    if (congestionControl === undefined) return;
    try {
      loadAddon().setCongestionControl(fd, congestionControl);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'ENOENT' && code !== 'EPERM') throw error;
    }
  }
}
