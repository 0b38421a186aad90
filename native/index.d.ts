/** The raw addon. Only appliance/net/ uses it; see engine.ts there for the words the product speaks. */

/** An opaque reference to one engine; it is stopped when collected. */
export type EngineHandle = { readonly __engine: unique symbol };

export interface RawTarget {
  /** `enum probe_kind` of src/engine.h. */
  kind: number;
  address: string;
  port?: number | undefined;
  intervalMs: number;
  timeoutMs: number;
  /** At least 18: token and checksum filler. */
  sizeBytes?: number | undefined;
  ttl?: number | undefined;
  interfaceName?: string | undefined;
  sourceAddress?: string | undefined;
  query?: Uint8Array | undefined;
  /** ICMP sequence number of the first exchange, for tests of its wrap. */
  firstSequence?: number | undefined;
}

export interface RawShot {
  kind: number;
  address: string;
  port?: number | undefined;
  timeoutMs: number;
  ttl?: number | undefined;
  sizeBytes?: number | undefined;
  dontFragment?: boolean | undefined;
  interfaceName?: string | undefined;
  sourceAddress?: string | undefined;
  /** 0..65535. */
  flow?: number | undefined;
  query?: Uint8Array | undefined;
}

export interface RawShotResult {
  id: number;
  outcome: number;
  rttUs: number;
  tcpInfoRttUs: number;
  ttl: number;
  from: string;
  icmpType: number;
  icmpCode: number;
  errno: number;
  mtu: number;
  isKernelStamped: boolean;
  reply?: Uint8Array;
}

export interface RawStatus {
  targets: number;
  sent: number;
  received: number;
  timeouts: number;
  errors: number;
  late: number;
  duplicates: number;
  skipped: number;
  inFlight: number;
  overruns: number;
  strangers: number;
  /** Times the thread woke up. */
  wakes: number;
  cpuMs: number;
  /** 1 raw, 2 ping socket, 3 none. */
  icmp4: number;
  icmp6: number;
  isRealtime: boolean;
  hasTransmitStamps: boolean;
}

/** One entry of a neighbour table. */
export interface RawNeighbour {
  family: 4 | 6;
  interfaceName: string;
  /** Without zone. */
  address: string;
  /** Empty while it is not known. */
  mac: string;
  /** NUD_* of linux/neighbour.h. */
  state: number;
  /** NTF_* of the same. */
  flags: number;
}

/** Counters since the connection was made. */
export interface RawTcpFacts {
  rttUs: number;
  rttVariationUs: number;
  minRttUs: number;
  /** Segments. */
  congestionWindow: number;
  segmentBytes: number;
  retransmits: number;
  /** Segments in flight, and of these what the other side has behind a gap. */
  unacknowledged: number;
  sacked: number;
  bytesAcked: number;
  /** In order: what stands behind a gap is not in it. */
  bytesReceived: number;
  bytesSent: number;
  /** All that arrived, out of order and twice as well. */
  dataSegmentsIn: number;
  receiveSegmentBytes: number;
  /** Bytes a second of the last flight. */
  deliveryRate: number;
  /** How long there was something to send, and how long the receiver's window or our own buffer held it back. */
  busyUs: number;
  receiverLimitedUs: number;
  bufferLimitedUs: number;
  congestionControl: string;
}

export interface Addon {
  /** Opens the sockets; `onWake` is called when results wait (at most every 100 ms) or one-shots ended. */
  open(
    options: { icmp: number; realtime: boolean; transmitStamps: boolean; ringRecords: number },
    onWake: () => void,
  ): EngineHandle;
  start(engine: EngineHandle): void;
  /** Ends the thread and closes everything. What stands in the ring can still be read. */
  stop(engine: EngineHandle): void;
  /** Head and tail (uint32) at 0 and 4, then 64-byte records from 64 on; layout in src/ring.h. */
  ring(engine: EngineHandle): ArrayBuffer;
  status(engine: EngineHandle): RawStatus;
  add(engine: EngineHandle, target: RawTarget): number;
  change(engine: EngineHandle, handle: number, target: RawTarget): void;
  remove(engine: EngineHandle, handle: number): void;
  /** Returns an id; the result comes out of `take`. Throws ENOSPC while 256 are outstanding. */
  shoot(engine: EngineHandle, shot: RawShot): number;
  cancel(engine: EngineHandle, id: number): void;
  take(engine: EngineHandle): RawShotResult[];
  /** Whether the engine keeps the event loop alive; false at first. */
  keepAlive(engine: EngineHandle, isKept: boolean): void;

  /** One datagram to $NOTIFY_SOCKET, sd_notify(3). */
  notifyService(socketPath: string, state: string): void;
  /** adjtimex(2). */
  clockState(): { isSynchronised: boolean; maxErrorUs: number };
  /** TCP_CONGESTION. These take the descriptor of a socket and throw an Error whose `code` is the errno's name. */
  setCongestionControl(fd: number, name: string): void;
  /** SO_BINDTODEVICE. */
  bindToDevice(fd: number, name: string): void;
  /** SO_RCVLOWAT: a reader is woken for this many bytes, or the end of the stream. */
  setReceiveLowWater(fd: number, bytes: number): void;
  /** TCP_NOTSENT_LOWAT: a writer is woken while less than this waits in the buffer. */
  setUnsentLowWater(fd: number, bytes: number): void;
  /** A second descriptor of the same socket; whoever asks closes it. */
  duplicateSocket(fd: number): number;
  /** TCP_INFO; what the kernel does not know is zero. */
  tcpInformation(fd: number): RawTcpFacts;
  /** Bits: 1 link, 2 address, 4 route. Returns the function that ends it. Does not keep the process alive. */
  watchLinks(onNews: (kinds: number) => void): () => void;
  /** ARP and neighbour discovery as they stand now, at most 2048 entries. */
  neighbours(): RawNeighbour[];
}
