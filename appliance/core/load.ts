/** The port to the load generator: bytes up and down a line, counted where they arrive. net/load implements it. */
import type { Socket } from 'node:net';
import type { Family } from './shapes.ts';

/** How the other side is spoken to: ndt7 over WebSocket, or a plain HTTP body. */
export type LoadProtocol = 'ndt7' | 'http';

export interface LoadRequest {
  direction: 'down' | 'up';
  protocol: LoadProtocol;
  /** ws(s) or http(s), without a password in it. */
  url: string;
  /** Numeric; the name has been looked up, and judged, by the caller. */
  address: string;
  family: Family;
  /** Otherwise an address that is not public is refused: a name can point anywhere. */
  mayBeInside: boolean;
  /** Leave by this interface (SO_BINDTODEVICE). */
  interfaceName?: string;
  /** Certificates believed in place of the usual ones, PEM. */
  ca?: string;
  headers?: Readonly<Record<string, string>>;
  /** Of the sockets that we send on; kept as the system has it when absent. */
  congestionControl?: 'reno' | 'cubic' | 'bbr';
  /** Streams at the start; more can be added. */
  streams: number;
  /** Whatever happens, it ends after this many ms … */
  maxMs: number;
  /** … and at most a little after this many bytes of payload. */
  maxBytes: number;
  /** No byte for this long ends it as `stalled`. Default 5000. */
  stallMs?: number;
}

/** Everything is summed over all streams and counts up from the start. */
export interface LoadSample {
  /** CLOCK_MONOTONIC ms. */
  monoMs: number;
  /** TCP payload that the receiver has: taken in by our kernel, or acknowledged to it. */
  bytes: number;
  /** What our sockets have put on the line or taken from it, repeats and heads included. */
  ownBytes: number;
  /** Streams that carry load now. */
  streams: number;
  /** Smoothed round-trip time of the load's own connections, µs, mean over the streams; NaN where the kernel has none. */
  rttUs: number;
  /** Segments that we sent again. */
  retransmits: number;
  /** Share of this sample's time in which the receiver's window, or our own buffer, held the sender back, 0..1. */
  heldBackRatio: number;
  /** Share of the time in which the generator itself had no rest, 0..1: near one it is the limit. */
  generatorBusyRatio: number;
}

/** What the other side counted, by its own clock, of one stream. */
export interface RemoteCount {
  stream: number;
  elapsedUs: number;
  bytes: number;
  /** Segments that it sent again; null where it does not say. */
  retransmits: number | null;
  congestionControl: string | null;
  rttUs: number | null;
}

export type LoadOutcome =
  | 'ok'
  | 'timeout'
  | 'unreachable'
  | 'refused'
  | 'reset'
  | 'stalled'
  | 'short'
  | 'tls'
  | 'garbage'
  | 'no-capacity'
  | 'rate-limited'
  | 'local';

export interface LoadReport {
  /** ok: it ran until it was told to stop, or until a bound; anything else is how the first stream failed. */
  outcome: LoadOutcome;
  message: string | null;
  /** Ended by: the caller, a bound, the other side after it had sent for a while, or a failure. */
  end: 'stopped' | 'time' | 'bytes' | 'server' | 'failed';
  /** HTTP status of a refusal. */
  status: number | null;
  bytes: number;
  /** Version and cipher; null in plain. */
  tls: string | null;
  /** Handshake of the first stream: TCP, then TLS, then the answer to the request; ms. NaN where not reached. */
  connectMs: number;
  tlsMs: number;
  firstByteMs: number;
  /** Highest congestion control seen to hold on our sockets; null where it could not be set. */
  congestionControl: string | null;
}

export interface LoadRun {
  /** Opens further connections; at most 16 in all. */
  addStreams(count: number): void;
  /** Ends the load at once; `done` tells the rest. */
  stop(): void;
  /** Never rejects. */
  done: Promise<LoadReport>;
}

export interface LoadListeners {
  /** Every 50 ms from the first byte on. */
  onSample?(sample: Readonly<LoadSample>): void;
  onRemote?(count: Readonly<RemoteCount>): void;
}

/** A connection that somebody made to us, to measure the way to this box. */
export interface ServeRequest {
  protocol: LoadProtocol;
  /** As the client sees it. */
  direction: 'down' | 'up';
  /** `ndt7`: Sec-WebSocket-Key of the request. */
  webSocketKey?: string;
  congestionControl?: 'reno' | 'cubic' | 'bbr';
  maxMs: number;
  /** `http` downwards: exactly so many are sent. */
  maxBytes: number;
}

export interface ServedLoad {
  /** TCP payload that went through. */
  bytes: number;
  elapsedMs: number;
}

export interface ServeRun {
  stop(): void;
  /** Never rejects. */
  done: Promise<ServedLoad>;
}

export interface LoadGenerator {
  /** Starts at once. Throws AppError `LOAD_INVALID` for what cannot be asked. */
  start(request: LoadRequest, listeners: LoadListeners): LoadRun;
  /** Takes a connection over whose request has been read, with what was read behind it, and answers it. */
  serve(socket: Socket, head: Uint8Array, request: ServeRequest): ServeRun;
  /** Ends everything under way. */
  stop(): Promise<void>;
}
