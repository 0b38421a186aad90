import { createSocket, type SocketOptions } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { type Clock, pause } from '../../../core/clock.ts';

/** What the other end did, on CLOCK_MONOTONIC, which all namespaces of a box share: the truth to compare with. */
export interface PeerTruth {
  /** One entry a query, in order: how long it was held, or null where it was left unanswered. */
  heldMs: (number | null)[];
  /** When pings were ignored. */
  cutMs: { from: number; to: number };
}

export interface PeerPlan {
  address: string;
  port: number;
  holdMs: number;
  /** Every n-th query is left unanswered. */
  dropEvery: number;
  cutAfterMs: number;
  cutForMs: number;
}

type UdpLookup = NonNullable<SocketOptions['lookup']>;

/** The kernel answers pings by itself; this switch is per network namespace. */
const ignorePings = '/proc/sys/net/ipv4/icmp_echo_ignore_all';
/** Timers fire up to a millisecond late; the rest of the hold is waited out awake. */
const awakeMs = 2;

/** Answers DNS queries after an exact time and ignores pings for an exact time; runs in the peer's namespace. */
export async function runPeer(
  plan: PeerPlan,
  clock: Clock,
  signal: AbortSignal,
  onReady: () => void,
): Promise<PeerTruth> {
  const heldMs: (number | null)[] = [];
  // Node looks even an address up before it sends, a turn of the loop later; the answer is known.
  const lookup: UdpLookup = (address, _options, done) => done(null, address, 4);
  const socket = createSocket({ type: 'udp4', lookup });
  socket.on('message', (query, from) => {
    const receivedMs = clock.monoMs();
    const index = heldMs.length;
    heldMs.push(null);
    if (index % plan.dropEvery === plan.dropEvery - 1) return;
    const reply = emptyAnswer(query);
    clock.after(Math.max(0, plan.holdMs - awakeMs), () => {
      while (clock.monoMs() - receivedMs < plan.holdMs);
      heldMs[index] = clock.monoMs() - receivedMs;
      socket.send(reply, from.port, from.address);
    });
  });
  await new Promise<void>((fulfil, reject) => {
    socket.once('error', reject);
    socket.bind(plan.port, plan.address, fulfil);
  });
  onReady();
  await pause(clock, plan.cutAfterMs, signal);
  writeFileSync(ignorePings, '1');
  const from = clock.monoMs();
  await pause(clock, plan.cutForMs, signal);
  writeFileSync(ignorePings, '0');
  const to = clock.monoMs();
  if (!signal.aborted)
    await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  socket.close();
  return { heldMs, cutMs: { from, to } };
}

/** The query with its answer bits set and no records (RFC 1035 §4.1.1): NOERROR, recursion available. */
function emptyAnswer(query: Uint8Array): Uint8Array {
  const reply = Uint8Array.from(query);
  reply[2] = 0x81;
  reply[3] = 0x80;
  return reply;
}
