import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import type { Metric } from '../../core/feature.ts';
import type { TlsIdentity } from '../../core/identity.ts';

/** RFC 8446 §5.1: what opens with this byte is a TLS handshake; no HTTP request does. */
const handshakeRecord = 0x16;

export const doorLimits = {
  /** For the first byte, and again for the handshake. */
  greetingMs: 10_000,
  /** What went on in plain when TLS was switched on may end its answer. */
  lastWordsMs: 2_000,
};

/** `silent`: has not shown yet which of the two it speaks. */
type Speech = 'silent' | 'plain' | 'tls';

/**
 * Lets one port speak HTTP and HTTPS: a link with the wrong scheme leads on instead of into an error page. While there
 * is no identity, connections go straight to the HTTP server. What is decrypted does too, so that its limits, timeouts,
 * upgrades and its way to stop are the same for both.
 */
export class TlsDoor {
  readonly #clock: Clock;
  readonly #serve: (socket: Socket) => void;
  /** As many as the HTTP server lets in. */
  readonly #open = new Map<Socket, Speech>();
  #tls: TlsServer | null = null;
  #identity: TlsIdentity | null = null;
  #failedHandshakes = 0;

  /** Stands before everything that listens for connections of this server. */
  constructor(server: Server, clock: Clock) {
    this.#clock = clock;
    const listeners = server.listeners('connection');
    this.#serve = (socket) => {
      for (const listener of listeners) Reflect.apply(listener, server, [socket]);
    };
    server.removeAllListeners('connection');
    server.on('connection', (socket) => this.#meet(socket));
  }

  get isOn(): boolean {
    return this.#identity !== null;
  }

  /** The certificate is the owner's, who wants browsers to insist on it. */
  get isOwn(): boolean {
    return this.#identity?.isOwn ?? false;
  }

  metrics(): readonly Metric[] {
    return [
      {
        name: 'http_tls_handshake_failures_total',
        help: 'Connections that began with TLS and could not agree, clients that do not trust the certificate among them',
        type: 'counter',
        collect: () => [{ value: this.#failedHandshakes }],
      },
    ];
  }

  /** In force for the next handshake; connections that are open stay, unless they are plain and TLS begins. */
  setIdentity(identity: TlsIdentity | null): void {
    const begins = this.#identity === null && identity !== null;
    if (identity !== null) this.#load(identity);
    this.#identity = identity;
    if (!begins) return;
    const plain = this.#those('plain');
    this.#clock.after(doorLimits.lastWordsMs, () => {
      for (const socket of plain) socket.destroy();
    });
  }

  /** Sends away whoever has not spoken yet. */
  closeSilent(): void {
    for (const socket of this.#those('silent')) socket.destroy();
  }

  closeAll(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  #load({ certificate, key }: TlsIdentity): void {
    if (this.#tls) {
      this.#tls.setSecureContext({ cert: certificate, key });
      return;
    }
    const tls = createServer({
      cert: certificate,
      key,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: doorLimits.greetingMs,
    });
    tls.on('secureConnection', (socket: TLSSocket) => this.#serve(socket));
    // Scanners, and browsers that do not trust the certificate yet: a number, not a line in the log each.
    tls.on('tlsClientError', (_error, socket) => {
      this.#failedHandshakes += 1;
      socket.destroy();
    });
    this.#tls = tls;
  }

  #meet(socket: Socket): void {
    this.#open.set(socket, 'plain');
    socket.once('close', () => this.#open.delete(socket));
    if (this.#tls === null || this.#identity === null) {
      this.#serve(socket);
      return;
    }
    this.#open.set(socket, 'silent');
    socket.on('error', () => socket.destroy());
    socket.setTimeout(doorLimits.greetingMs);
    const giveUp = () => socket.destroy();
    socket.once('timeout', giveUp);
    socket.once('readable', () => {
      socket.setTimeout(0);
      socket.off('timeout', giveUp);
      const first: Buffer | null = socket.read(1);
      if (first === null) {
        socket.destroy(); // it ended, or was reset, before it said anything
        return;
      }
      socket.unshift(first);
      const isTls = first[0] === handshakeRecord && this.#tls !== null;
      this.#open.set(socket, isTls ? 'tls' : 'plain');
      if (isTls) {
        socket.allowHalfOpen = false; // as in an HTTPS server; a client that just goes away would stay half open
        this.#tls?.emit('connection', socket);
      } else this.#serve(socket);
    });
  }

  #those(speech: Speech): Socket[] {
    return [...this.#open].filter(([, spoken]) => spoken === speech).map(([socket]) => socket);
  }
}
