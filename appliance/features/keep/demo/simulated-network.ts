import { isIP } from 'node:net';
import { type Clock, pause } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type {
  InterfaceCounters,
  Lease,
  NameQuestion,
  NameReply,
  Neighbour,
  NetworkTools,
} from '../../../core/network.ts';
import type { Family } from '../../../core/shapes.ts';
import { slot } from '../../../core/storing.ts';
import { household, isThere, segmentOf } from './household.ts';
import type { LineModel } from './line-model.ts';
import { answerTo, isNameServer } from './simulated-internet.ts';
import { SimulatedPages } from './simulated-pages.ts';
import { SimulatedRouter } from './simulated-router.ts';

/** Round trips until the answer: TCP's handshake (RFC 9293 §3.5), that of TLS 1.3 (RFC 8446 §2), and the question. */
const roundTrips = { udp: 1, tcp: 2, tls: 3, https: 3 } as const;
const ttlSeconds = 300;
/** What this box itself sends and receives: pings, questions, pages. */
const ownBps = { rx: 14_000, tx: 13_000 };
/** The router lends addresses for so long, and the box asks again at half of it (RFC 2131 §4.4.5). */
const leaseMs = 24 * 3_600_000;

/** What the demo takes over from the real tools: walks over the simulated engine, and facts about this machine. */
export type RealTools = Pick<NetworkTools, 'trace' | 'pathMtu' | 'suspendedMs' | 'bootId'>;

/** Network tools over the simulated line: as consistent with it as its probes are, and without any network. */
export function createSimulatedNetwork(
  clock: Clock,
  model: LineModel,
  real: RealTools,
  /** What speed tests have put on the wire so far. */
  load: Readonly<{ rxBytes: number; txBytes: number }> = { rxBytes: 0, txBytes: 0 },
): NetworkTools {
  const offsetMs = clock.wallMs() - clock.monoMs();
  const startedMonoMs = clock.monoMs();
  const router = new SimulatedRouter(clock, model, offsetMs);
  const pages = new SimulatedPages(clock, model, offsetMs);
  return {
    trace: real.trace,
    pathMtu: real.pathMtu,
    suspendedMs: real.suspendedMs,
    bootId: real.bootId,
    ask: (question, signal) => ask(clock, model, question, clock.monoMs() + offsetMs, signal),
    fetchPage: (request, signal) => pages.fetch(request, signal),
    neighbours: async () => neighboursOf((family) => router.isAnswering(family)),
    linkMbps: async () => 1000,
    counters: async () => [countersAfter((clock.monoMs() - startedMonoMs) / 1000, load)],
    wireless: async () => [], // the box hangs on a cable
    leases: async () => [leaseAt(clock.wallMs())],
    findRouterGauge: async ({ gateway }) => (gateway === household.gateway.ipv4 ? router : null),
  };
}

async function ask(
  clock: Clock,
  model: LineModel,
  { address, transport, name, type, timeoutMs }: NameQuestion,
  atMs: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<NameReply> {
  signal.throwIfAborted();
  const rttUs = replyUs(model, address, roundTrips[transport], atMs);
  const isInTime = rttUs >= 0 && rttUs / 1000 <= timeoutMs;
  await pause(clock, isInTime ? rttUs / 1000 : rttUs === slot.unreachable ? 0 : timeoutMs, signal);
  signal.throwIfAborted();
  const nothing = { rttUs: Number.NaN, rcode: null, answers: [], ttlSeconds: null };
  if (!isInTime) return { ...nothing, outcome: rttUs === slot.unreachable ? 'unreachable' : 'timeout' };
  if (!isNameServer(address)) return { ...nothing, outcome: 'unreachable' }; // nobody listens at its port
  const { outcome, answers, rcode } = answerTo(name, type);
  return { outcome, rttUs, rcode, answers, ttlSeconds: answers.length > 0 ? ttlSeconds : null };
}

/** From the first packet to the answer, µs, or what became of the packet that got none. */
function replyUs(model: LineModel, address: string, trips: number, atMs: number): number {
  const family = familyOf(address);
  // The router asks the provider's servers in its turn.
  const server = segmentOf(address) === 'gateway' ? household.resolvers[0] : address;
  if (!isThere(server)) return slot.timeout;
  const target = { family, address: server, segment: segmentOf(server) };
  let totalUs = 0;
  for (let trip = 1; trip <= trips; trip += 1) {
    const kind = trip === trips ? 'dns' : 'tcp';
    const tookUs = model.sample({ ...target, kind }, atMs + totalUs / 1000);
    if (tookUs < 0) return tookUs;
    totalUs += tookUs;
  }
  return totalUs;
}

function familyOf(address: string): Family {
  const kind = isIP(address);
  if (kind !== 0) return kind === 4 ? 'ipv4' : 'ipv6';
  throw new AppError('TARGET_INVALID', `${address} is not the numeric address of a name server.`, {
    status: 400,
  });
}

function neighboursOf(isAnswering: (family: Family) => boolean): Neighbour[] {
  const { interfaceName, gateway, device, macs } = household;
  const routers = (['ipv4', 'ipv6'] as const).map((family): Neighbour => {
    const isKnown = isAnswering(family);
    return {
      family,
      interfaceName,
      address: gateway[family],
      mac: isKnown ? macs.gateway : null,
      state: isKnown ? 'reachable' : 'failed',
      isRouter: family === 'ipv6', // ARP does not say it, neighbour discovery does (RFC 4861 §4.4)
    };
  });
  const storage: Neighbour = {
    family: 'ipv4',
    interfaceName,
    address: device,
    mac: macs.device,
    state: 'reachable',
    isRouter: false,
  };
  return [...routers, storage];
}

function countersAfter(seconds: number, load: { rxBytes: number; txBytes: number }): InterfaceCounters {
  return {
    name: household.interfaceName,
    rxBytes: Math.round((ownBps.rx / 8) * seconds + load.rxBytes),
    txBytes: Math.round((ownBps.tx / 8) * seconds + load.txBytes),
    rxErrors: 0,
    txErrors: 0,
    rxDropped: 0,
    txDropped: 0,
  };
}

function leaseAt(nowMs: number): Lease {
  return {
    interfaceName: household.interfaceName,
    address: household.addresses[0],
    server: household.gateway.ipv4,
    expiresAtMs: Math.floor(nowMs / (leaseMs / 2)) * (leaseMs / 2) + leaseMs,
  };
}
