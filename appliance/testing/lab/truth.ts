import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** What happened on the wire to one request of the client. Times are the kernel's stamps at the client's cable. */
export interface TrueExchange {
  /** ICMP echo id, or the source port. */
  id: number;
  /** ICMP sequence number as it stood in the packet, or the destination port. */
  seq: number;
  /** CLOCK_REALTIME ms when the request left the client. */
  sentAtMs: number;
  /** From the request leaving the client to the first reply reaching it; NaN when none did. */
  rttUs: number;
  /** Replies that reached the client. */
  replies: number;
  /** Why nothing came back, when the request itself was lost on the client's cable; `pass` otherwise. */
  verdict: string;
}

export interface Truth {
  exchanges: TrueExchange[];
  sent: number;
  /** Requests that no reply came back for within `timeoutMs`. */
  lost: number;
  meanUs: number;
  medianUs: number;
}

export interface TruthQuery {
  /** The address that was probed. */
  target: string;
  /** Only requests that left at or after this moment, CLOCK_REALTIME ms. */
  fromMs?: number;
  toMs?: number;
  /** Only this echo id or source port. */
  id?: number;
  /** A later reply counts as lost. */
  timeoutMs?: number;
}

interface Packet {
  direction: string;
  verdict: string;
  /** CLOCK_REALTIME since the log began: a double holds that to the nanosecond, the epoch only to 256 ns. */
  arrivedNs: number;
  delayNs: number;
  protocol: number;
  source: string;
  destination: string;
  id: number;
  seq: number;
  icmpType: number;
}

const echoRequest = new Set([8, 128]);
const echoReply = new Set([0, 129]);

/** Reads linksim's log and joins requests and replies by id and sequence number. */
export async function readTruth(log: string, query: TruthQuery): Promise<Truth> {
  const exchanges: TrueExchange[] = [];
  const { startNs, lines } = await openLog(log);
  // The last request of each id and seq: a 16-bit sequence number comes again after 65,536 probes.
  const open = new Map<number, { exchange: TrueExchange; arrivedNs: number }>();
  for await (const packet of packets(lines, startNs, query.target)) {
    if (query.id !== undefined && packet.id !== query.id) continue;
    const key = packet.id * 65_536 + packet.seq;
    if (packet.direction === 'lan.ab' && packet.destination === query.target) {
      if (packet.protocol !== 17 && !echoRequest.has(packet.icmpType)) continue;
      const before = open.get(key);
      if (before?.arrivedNs === packet.arrivedNs) continue; // the second copy that linksim itself made
      const exchange = toExchange(packet, startNs);
      open.set(key, { exchange, arrivedNs: packet.arrivedNs });
      if (isWithin(exchange, query)) exchanges.push(exchange);
    } else if (packet.direction === 'lan.ba' && packet.source === query.target && packet.verdict === 'pass') {
      if (packet.protocol !== 17 && !echoReply.has(packet.icmpType)) continue;
      const request = open.get(packet.protocol === 17 ? packet.seq * 65_536 + packet.id : key);
      if (!request) continue;
      const rttUs = (packet.arrivedNs + packet.delayNs - request.arrivedNs) / 1e3;
      request.exchange.replies += 1;
      if (!(request.exchange.rttUs <= rttUs)) request.exchange.rttUs = rttUs;
    }
  }
  return summarise(exchanges, (query.timeoutMs ?? Number.POSITIVE_INFINITY) * 1e3);
}

/** Counts per probed address, without keeping every exchange: for long logs of many targets. */
export async function readCounts(
  log: string,
  query: Omit<TruthQuery, 'target' | 'id'>,
): Promise<Map<string, Pick<Truth, 'sent' | 'lost'>>> {
  const counts = new Map<string, { sent: number; lost: number }>();
  const { startNs, lines } = await openLog(log);
  const startMs = Number(startNs / 1000n) / 1e3;
  const timeoutNs = (query.timeoutMs ?? Number.POSITIVE_INFINITY) * 1e6;
  // Keyed by address, id and seq; an answered probe leaves, a lost one is overwritten when its number comes again.
  const open = new Map<string, number>();
  for await (const packet of packets(lines, startNs, null)) {
    const isRequest = packet.direction === 'lan.ab' && echoRequest.has(packet.icmpType);
    const isReply =
      packet.direction === 'lan.ba' && echoReply.has(packet.icmpType) && packet.verdict === 'pass';
    const address = isRequest ? packet.destination : packet.source;
    const key = `${address} ${packet.id} ${packet.seq}`;
    if (isRequest) {
      const sentMs = startMs + packet.arrivedNs / 1e6;
      if (open.get(key) === packet.arrivedNs) continue; // linksim's second copy
      if (sentMs < (query.fromMs ?? 0) || sentMs >= (query.toMs ?? Infinity)) continue;
      const count = counts.get(address) ?? { sent: 0, lost: 0 };
      counts.set(address, { sent: count.sent + 1, lost: count.lost + 1 });
      open.set(key, packet.arrivedNs);
    } else if (isReply) {
      const requestNs = open.get(key);
      const count = counts.get(address);
      if (requestNs === undefined || !count || packet.arrivedNs + packet.delayNs - requestNs > timeoutNs)
        continue;
      count.lost -= 1;
      open.delete(key);
    }
  }
  return counts;
}

function summarise(exchanges: TrueExchange[], timeoutUs: number): Truth {
  exchanges.sort((a, b) => a.sentAtMs - b.sentAtMs);
  const rtts = exchanges.map((exchange) => exchange.rttUs).filter((rtt) => rtt <= timeoutUs);
  const sorted = Float64Array.from(rtts).sort();
  return {
    exchanges,
    sent: exchanges.length,
    lost: exchanges.length - rtts.length,
    meanUs: rtts.reduce((sum, rtt) => sum + rtt, 0) / rtts.length,
    medianUs: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
  };
}

function isWithin(exchange: TrueExchange, query: TruthQuery): boolean {
  return exchange.sentAtMs >= (query.fromMs ?? 0) && exchange.sentAtMs < (query.toMs ?? Infinity);
}

function toExchange(packet: Packet, startNs: bigint): TrueExchange {
  return {
    id: packet.id,
    seq: packet.seq,
    sentAtMs: Number(startNs / 1000n) / 1e3 + packet.arrivedNs / 1e6,
    rttUs: Number.NaN,
    replies: 0,
    verdict: packet.verdict,
  };
}

async function openLog(log: string): Promise<{ startNs: bigint; lines: AsyncIterator<string> }> {
  const lines = createInterface({ input: createReadStream(log), crlfDelay: Number.POSITIVE_INFINITY })[
    Symbol.asyncIterator
  ]();
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const start = /^# start_real_ns=(\d+)/.exec(line.value)?.[1];
    if (start) return { startNs: BigInt(start), lines };
  }
  throw new Error(`${log}: no start time, so not a log of linksim`);
}

/** The packets of the client's cable, from or to `address` or all. */
async function* packets(
  lines: AsyncIterator<string>,
  startNs: bigint,
  address: string | null,
): AsyncGenerator<Packet> {
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    if (!line.value.startsWith('pkt,') || (address !== null && !line.value.includes(address))) continue;
    const [
      ,
      ,
      direction = '',
      verdict = '',
      ,
      real = '0',
      ,
      sent,
      protocol,
      source = '',
      destination = '',
      ...rest
    ] = line.value.split(',');
    if (!direction.startsWith('lan.')) continue;
    if (address !== null && source !== address && destination !== address) continue;
    yield {
      direction,
      verdict,
      arrivedNs: Number(BigInt(real) - startNs),
      delayNs: Number(sent),
      protocol: Number(protocol),
      source,
      destination,
      id: Number(rest[0]),
      seq: Number(rest[1]),
      icmpType: Number(rest[2]),
    };
  }
}
