/** The port to the probing engine, as features see it. net/ implements it over native/; tests and the demo fake it. */
import type { Family, Method, Outcome } from './shapes.ts';

/** What to probe continuously. Times are relative to CLOCK_MONOTONIC; nothing here resolves names. */
export interface ProbeTarget {
  kind: 'icmp' | 'tcp' | 'dns';
  family: Family;
  /** Numeric address; link-local IPv6 with its zone, `fe80::1%eth0`. */
  address: string;
  /** TCP and DNS only. */
  port?: number;
  /** 20 ms to 1 h. */
  intervalMs: number;
  timeoutMs: number;
  /** ICMP payload bytes. */
  sizeBytes?: number;
  ttl?: number;
  /** Leave by this interface (SO_BINDTODEVICE). */
  interfaceName?: string;
  sourceAddress?: string;
  /** DNS only: the query message; the engine writes a fresh id into its first two bytes for every exchange. */
  query?: Uint8Array;
}

/** How one exchange ended, straight from the engine. The object is reused: copy what must outlive the call. */
export interface Exchange {
  /** As returned by `ProbeEngine.add`. */
  handle: number;
  /** Counts up by one per slot since the target was added; never wraps. */
  seq: number;
  /** CLOCK_MONOTONIC ms when it was (or would have been) sent. */
  sentMonoMs: number;
  /**
   * `late` and `duplicate` amend an exchange that has already been reported; every slot gets exactly one of the
   * others: a slot that nothing was sent in is `skipped`.
   */
  outcome: Outcome | 'late' | 'duplicate';
  /** Round-trip time in µs with ns resolution; NaN where there is none. */
  rttUs: number;
  /** TTL or hop limit of the reply; 0 where unknown. */
  ttl: number;
  /** Kernel error number for `local`. */
  errno: number;
  icmpType: number;
  icmpCode: number;
  /** DNS only: the response code (0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN); absent or 0 elsewhere. */
  rcode?: number;
  /** Who sent the ICMP error; empty otherwise. */
  from: string;
  /** True when this reply overtook an earlier one (RFC 4737). */
  isReordered: boolean;
  /** True when the time comes from the kernel's receive stamp, false when from user space. */
  isKernelStamped: boolean;
}

export interface OneShot {
  kind: 'icmp' | 'udp' | 'tcp' | 'dns';
  family: Family;
  address: string;
  port?: number;
  timeoutMs: number;
  ttl?: number;
  sizeBytes?: number;
  /** Forbid fragmentation and ignore the kernel's cached path MTU (IP_PMTUDISC_PROBE). */
  dontFragment?: boolean;
  interfaceName?: string;
  sourceAddress?: string;
  /** Keeps one flow identity over several probes, so that load balancers keep one path (Paris traceroute). */
  flow?: number;
  query?: Uint8Array;
}

export interface OneShotResult {
  outcome: Outcome | 'too-big' | 'hop';
  rttUs: number;
  ttl: number;
  /** Who answered: the target, or the router that sent the ICMP error. */
  from: string;
  icmpType: number;
  icmpCode: number;
  errno: number;
  /** Next-hop MTU told by an ICMP "too big"; 0 otherwise. */
  mtu: number;
  /** TCP only: the kernel's own estimate for the handshake (TCP_INFO), µs; NaN otherwise. */
  tcpInfoRttUs: number;
  /** DNS only: the reply message. */
  reply: Uint8Array | null;
  isKernelStamped: boolean;
}

/** Names and addresses; net/ implements it over the system's resolver. */
export interface NameResolver {
  /** Addresses of a host in one family; the host itself when it is such an address; empty when there are none. */
  resolve(host: string, family: Family): Promise<string[]>;
  /** A recursive DNS query message (RFC 1035) for `ProbeTarget.query`. */
  encodeQuery(name: string, type: 'A' | 'AAAA'): Uint8Array;
}

export interface EngineStatistics {
  targets: number;
  sent: number;
  received: number;
  timeouts: number;
  errors: number;
  late: number;
  duplicates: number;
  skipped: number;
  inFlight: number;
  /** Results that did not fit the ring because JavaScript did not drain it in time. */
  overruns: number;
  /** Packets that matched nothing of ours. */
  strangers: number;
  cpuMs: number;
  icmp: 'raw' | 'socket' | 'none';
  isRealtime: boolean;
}

export interface ProbeEngine {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Adds a target while running and returns its handle. Throws AppError `TARGET_INVALID` naming what is wrong. */
  add(target: ProbeTarget): number;
  change(handle: number, target: ProbeTarget): void;
  remove(handle: number): void;
  /** Called at least every 100 ms while results wait, in order of completion. */
  onExchanges(listener: (exchanges: Iterable<Readonly<Exchange>>) => void): () => void;
  probeOnce(request: OneShot, signal?: AbortSignal): Promise<OneShotResult>;
  statistics(): EngineStatistics;
  /** The method exchanges with this kind of target are made with now. */
  methodOf(kind: ProbeTarget['kind'], family: Family): Method;
}

/** The link as the kernel sees it now. */
export interface Route {
  family: Family;
  interfaceName: string;
  gateway: string | null;
  metric: number;
}

export interface LinkFacts {
  /** Default routes, best first. */
  defaultRoutes: Route[];
  /** Name servers of resolv.conf (and of systemd-resolved behind its stub), in order. */
  resolvers: string[];
  interfaces: {
    name: string;
    isUp: boolean;
    hasCarrier: boolean;
    addresses: string[];
    /** The addresses with the length of their network, '192.168.1.2/24'; absent where it is not known. */
    networks?: string[];
  }[];
}

export interface LinkWatch {
  read(): Promise<LinkFacts>;
  /** Calls `listener` (debounced) when a link, address or route changed. */
  onChange(listener: () => void): () => void;
  start(): void;
  stop(): void;
}
