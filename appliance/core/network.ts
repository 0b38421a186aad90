/** The port to everything of the network that is not a stream of probes. net/ implements it; tests and the demo fake it. */
import type { Family } from './shapes.ts';

export interface TraceOptions {
  family: Family;
  address: string;
  protocol: 'icmp' | 'udp';
  /** Default 30. */
  maxHops?: number;
  /** Default 3. */
  probesPerHop?: number;
  /** Default 1000. */
  timeoutMs?: number;
  /** Stop after this many hops in a row that never answer; default 5. */
  maxSilent?: number;
  /** One flow identity keeps one path through load balancers (Paris traceroute). */
  flow?: number;
  interfaceName?: string;
  signal?: AbortSignal;
  onHop?: (hop: TraceHop) => void;
}

export interface TraceHop {
  ttl: number;
  /** Who answered; more than one when the path changed in between. Empty: silent. */
  addresses: string[];
  /** One per probe, null where nothing came back. */
  rttsUs: (number | null)[];
  /** ICMP code of an answer "unreachable", with who said so in `addresses`. */
  unreachableCode: number | null;
}

export interface Trace {
  hops: TraceHop[];
  isReached: boolean;
  /** Why it ended: the target answered, a router said no, silence, hop limit, or this box could not send. */
  end: 'reached' | 'unreachable' | 'silent' | 'max-hops' | 'local';
}

export interface PathMtuOptions {
  family: Family;
  address: string;
  /** Largest size to try, IP header included; default 1500. */
  maximum?: number;
  timeoutMs?: number;
  /** Tries per size before it counts as lost; default 3, because a line may lose packets for other reasons. */
  tries?: number;
  interfaceName?: string;
  signal?: AbortSignal;
}

export interface PathMtu {
  /** Bytes of the largest IP packet that passes; null when nothing was answered at all. */
  mtu: number | null;
  /**
   * full: the largest size passed. told: a router said "too big" with this size, and it passes. black-hole: larger
   * packets vanish without a word. unanswered: the target does not answer even small packets.
   */
  verdict: 'full' | 'told' | 'black-hole' | 'unanswered';
  /** The router that told. */
  from: string | null;
  probes: number;
}

export type NameTransport = 'udp' | 'tcp' | 'tls' | 'https';

export interface NameQuestion {
  /** Address of the server; for `https` the URL's host is resolved by `address` and never by a name lookup. */
  address: string;
  transport: NameTransport;
  port?: number;
  /** Name in the certificate (`tls`, `https`); default: the address. */
  serverName?: string;
  /** `https` only, RFC 8484; default /dns-query. */
  path?: string;
  name: string;
  type: 'A' | 'AAAA' | 'TXT' | 'PTR';
  timeoutMs: number;
  interfaceName?: string;
}

/** How one question to a name server ended. Nothing here throws for what a network can do. */
export interface NameReply {
  outcome:
    | 'answer'
    | 'nxdomain'
    | 'servfail'
    | 'refused'
    | 'empty'
    | 'timeout'
    | 'unreachable'
    | 'tls'
    | 'garbage'
    | 'local';
  /** From sending (or connecting, with a new connection) to the last byte; NaN without a reply. */
  rttUs: number;
  rcode: number | null;
  /** Data of the answers of the asked type, in the order of the reply. */
  answers: string[];
  /** Smallest lifetime of the answers, seconds; null without any. */
  ttlSeconds: number | null;
  /** Of the message that came back. */
  sizeBytes?: number;
}

export interface PageRequest {
  url: string;
  family: Family;
  /** Connect to this address in place of looking the name up. */
  address?: string;
  timeoutMs: number;
  /** Body bytes read at most; the rest is not fetched. */
  maxBytes: number;
  interfaceName?: string;
}

/** One HTTP(S) GET without following redirects, timed in its parts. Nothing here throws for what a network can do. */
export interface PageReply {
  outcome: 'ok' | 'dns' | 'timeout' | 'unreachable' | 'refused' | 'tls' | 'reset' | 'garbage' | 'local';
  address: string | null;
  status: number | null;
  /** Value of Location; null without one. */
  location: string | null;
  /** `tls` only: whose certificate came, when it is valid for another host or signed by nobody known. */
  foreignCertificate?: string;
  body: Uint8Array;
  /** µs; NaN where the step was not reached. */
  dnsUs: number;
  connectUs: number;
  tlsUs: number;
  firstByteUs: number;
  totalUs: number;
  /** What went wrong, in words; null when ok. */
  message: string | null;
}

/** The reply before anything has come. */
export const emptyPageReply = (): PageReply => ({
  outcome: 'local',
  address: null,
  status: null,
  location: null,
  body: new Uint8Array(),
  dnsUs: Number.NaN,
  connectUs: Number.NaN,
  tlsUs: Number.NaN,
  firstByteUs: Number.NaN,
  totalUs: Number.NaN,
  message: null,
});

/** One entry of the kernel's neighbour tables (ARP, ND). */
export interface Neighbour {
  family: Family;
  interfaceName: string;
  address: string;
  /** Link-layer address; null while it is not known. */
  mac: string | null;
  /** NUD state: `reachable` was confirmed within the last half minute or so, `failed` did not answer when asked. */
  state: 'reachable' | 'stale' | 'delay' | 'probe' | 'incomplete' | 'failed' | 'permanent' | 'none';
  isRouter: boolean;
}

export interface InterfaceCounters {
  name: string;
  rxBytes: number;
  txBytes: number;
  rxErrors: number;
  txErrors: number;
  rxDropped: number;
  txDropped: number;
}

export interface WirelessFacts {
  interfaceName: string;
  /** dBm. */
  signalDbm: number | null;
  linkQuality: number | null;
}

export interface Lease {
  interfaceName: string;
  address: string | null;
  server: string | null;
  /** Epoch ms; null where the client does not say. */
  expiresAtMs: number | null;
}

/** A router that tells what passes through it (UPnP IGD, WANCommonInterfaceConfig). */
export interface RouterGauge {
  /** What it calls itself. */
  name: string;
  /** Bytes since an unknown start; counters of 32 bits wrap. Throws when the router does not answer in time. */
  read(
    signal: AbortSignal,
  ): Promise<{ rxBytes: number; txBytes: number; linkState: string | null; uptimeSeconds: number | null }>;
}

export interface NetworkTools {
  /** Walks the path to a target hop by hop. */
  trace(options: TraceOptions): Promise<Trace>;
  pathMtu(options: PathMtuOptions): Promise<PathMtu>;
  ask(question: NameQuestion, signal?: AbortSignal): Promise<NameReply>;
  fetchPage(request: PageRequest, signal?: AbortSignal): Promise<PageReply>;
  neighbours(): Promise<Neighbour[]>;
  counters(): Promise<InterfaceCounters[]>;
  /** What an interface has agreed on with its other end, Mbit/s; null where it does not say, as over radio. */
  linkMbps(interfaceName: string): Promise<number | null>;
  wireless(): Promise<WirelessFacts[]>;
  leases(): Promise<Lease[]>;
  /** Looks for a router that counts, on the link of this interface; null when none answers. */
  findRouterGauge(
    options: { interfaceName: string | null; gateway: string },
    signal: AbortSignal,
  ): Promise<RouterGauge | null>;
  /** Milliseconds this machine has spent suspended since boot (CLOCK_BOOTTIME − CLOCK_MONOTONIC). */
  suspendedMs(): number;
  /** The kernel's id of this boot; the same for the whole time between two boots. */
  bootId(): string;
}
