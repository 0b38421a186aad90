/** TCP and TLS connections to numeric addresses, with one deadline over everything and failures as outcomes. */
import { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { systemClock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { familyOf } from './address.ts';
import { bindInterface } from './bind-interface.ts';

export interface StreamTarget {
  /** Numeric. */
  address: string;
  port: number;
  timeoutMs: number;
  interfaceName?: string;
  /** Absent: plain TCP. */
  tls?: {
    /** Must stand in the certificate; default: the address. */
    serverName?: string;
    /** Certificates believed in place of the usual ones, PEM. */
    ca?: string;
    protocols?: string[];
  };
}

export type StreamOutcome = 'timeout' | 'unreachable' | 'tls' | 'garbage' | 'local';

/** How a connection failed. It stays inside net/, where it becomes an outcome. */
export class StreamFailure extends Error {
  readonly outcome: StreamOutcome;

  constructor(outcome: StreamOutcome, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'StreamFailure';
    this.outcome = outcome;
  }
}

/** The kernel's own "no": nothing was sent. */
const localCodes = new Set([
  'EACCES',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EINVAL',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENFILE',
  'ENOBUFS',
  'ENODEV',
  'ENOMEM',
  'EPERM',
  'INTERFACE_UNUSABLE',
]);

type Phase = 'connecting' | 'securing' | 'talking';

function failureOf(error: unknown, phase: Phase): StreamFailure {
  if (error instanceof StreamFailure) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ETIMEDOUT') return new StreamFailure('timeout', messageOf(error), error);
  if (phase === 'securing') return new StreamFailure('tls', messageOf(error), error);
  // A "no route" that comes with the handshake is this machine's; later it is what a router said.
  const isLocal = phase === 'connecting' && localCodes.has(code);
  return new StreamFailure(isLocal ? 'local' : 'unreachable', messageOf(error), error);
}

/**
 * Connects, lets `talk` use the connection and closes it. Rejects with a `StreamFailure`, or with the signal's reason.
 * Whatever happens on the connection (error, end, deadline, abort) ends `talk`'s wait too.
 */
export function withStream<Result>(
  target: StreamTarget,
  signal: AbortSignal | undefined,
  talk: (socket: Socket | TLSSocket) => Promise<Result>,
): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    signal?.throwIfAborted();
    let phase: Phase = 'connecting';
    let ended = false;
    const raw = new Socket();
    let socket: Socket | TLSSocket = raw;
    const finish = (settle: () => void) => {
      if (ended) return;
      ended = true;
      cancelDeadline();
      signal?.removeEventListener('abort', abort);
      settle();
      socket.destroy();
      raw.destroy();
    };
    const fail = (error: unknown) => finish(() => reject(failureOf(error, phase)));
    const abort = () => finish(() => reject(signal?.reason));
    const cancelDeadline = systemClock.after(target.timeoutMs, () =>
      fail(new StreamFailure('timeout', `no answer within ${target.timeoutMs} ms`)),
    );
    signal?.addEventListener('abort', abort, { once: true });
    const start = () => {
      phase = 'talking';
      talk(socket).then((result) => finish(() => resolve(result)), fail);
    };
    const watch = (watched: Socket) => {
      watched.on('error', fail);
      watched.on('close', () => fail(new Error('the connection was closed')));
    };
    watch(raw);
    raw.setNoDelay(true);
    raw.connect({ host: target.address, port: target.port });
    try {
      if (target.interfaceName !== undefined)
        bindInterface(raw, familyOf(target.address) ?? 'ipv4', target.interfaceName);
    } catch (error) {
      fail(error);
      return;
    }
    const { tls } = target;
    if (tls === undefined) {
      raw.once('connect', start);
      return;
    }
    raw.once('connect', () => {
      phase = 'securing';
    });
    socket = connectTls({
      socket: raw,
      // Without a name the certificate must carry the address; RFC 6066 §3 forbids addresses in the handshake's name.
      host: target.address,
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls.protocols === undefined ? {} : { ALPNProtocols: tls.protocols }),
    });
    watch(socket);
    socket.once('secureConnect', start);
  });
}
