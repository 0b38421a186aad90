/** What an interface, and the router where it tells, carries beside our own load. */
import type { NetworkTools, RouterGauge } from '../../../../core/network.ts';

/** Ethernet, IPv4 and TCP headers for each segment of payload; with IPv6 a little more. */
export const wireShare = 1514 / 1448;
/** Acknowledgements of a load, as a share of it: one of 66 bytes for two segments, or one for each. */
const ackShare = 0.05;
const mostReadingMs = 5;

export interface LineBytes {
  monoMs: number;
  rxBytes: number;
  txBytes: number;
}

/** Null where the interface does not exist. */
export async function readInterface(
  net: Pick<NetworkTools, 'counters'>,
  interfaceName: string,
  monoMs: () => number,
): Promise<LineBytes | null> {
  for (let attempt = 1; ; attempt += 1) {
    const beforeMs = monoMs();
    const found = (await net.counters()).find(({ name }) => name === interfaceName);
    const afterMs = monoMs();
    if (found === undefined) return null;
    // Where the process had to wait in between, time and bytes would not belong together.
    if (afterMs - beforeMs < mostReadingMs || attempt === 3)
      return { monoMs: (beforeMs + afterMs) / 2, rxBytes: found.rxBytes, txBytes: found.txBytes };
  }
}

export async function readRouter(
  gauge: RouterGauge,
  signal: AbortSignal,
  monoMs: () => number,
): Promise<LineBytes | null> {
  try {
    const { rxBytes, txBytes } = await gauge.read(signal);
    return { monoMs: monoMs(), rxBytes, txBytes };
  } catch {
    return null; // a router that does not answer now counts nothing
  }
}

/** Counters of 32 bits wrap. */
const step = (from: number, to: number) => (to >= from ? to - from : to + 2 ** 32 - from);

export function ratesBetween(from: LineBytes, to: LineBytes): { downMbps: number; upMbps: number } {
  const ms = to.monoMs - from.monoMs;
  const mbps = (bytes: number) => (ms > 0 ? (bytes * 8) / 1000 / ms : 0);
  return { downMbps: mbps(step(from.rxBytes, to.rxBytes)), upMbps: mbps(step(from.txBytes, to.txBytes)) };
}

const leastBusyMbps = 1;
const busyShare = 0.03;

/** Above this a line is in use: 3 % of what it can, and 1 Mbit/s at least. */
export const busyLimitMbps = (lastMbps: number | null) =>
  Math.max(leastBusyMbps, (lastMbps ?? 0) * busyShare);

/** Payload of our own connections, repeats included. */
export interface OwnLoad {
  downMbps: number;
  upMbps: number;
}

const leastForeignMbps = 1.5;
/** Segments behind a gap arrive before they are counted, and samples are not taken at the same instant. */
const foreignShare = 0.08;

/** What somebody else seems to use, Mbit/s beyond what we and the errors of counting explain; 0 for nothing. */
export function foreignMbps(line: { downMbps: number; upMbps: number }, own: OwnLoad): number {
  const explainedDown = own.downMbps * (wireShare + foreignShare) + own.upMbps * ackShare + leastForeignMbps;
  const explainedUp = own.upMbps * (wireShare + foreignShare) + own.downMbps * ackShare + leastForeignMbps;
  return Math.max(0, line.downMbps - explainedDown, line.upMbps - explainedUp);
}
