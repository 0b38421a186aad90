import { type IncomingMessage, request as requestHttp } from 'node:http';
import { isIP, Socket } from 'node:net';
import { type CallLimits, callBounds, type OutsideCall, type OutsideReply } from '../core/calling.ts';
import { systemClock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { familyOf } from './address.ts';
import { type JudgeAddress, judgeAddress, type OwnNetworks, readOwnNetworks } from './address-guard.ts';
import { CallDenied, firstHop, type Hop, headersOf, nextHop } from './call-rules.ts';
import { ExchangeFailure, hostOf, outcomeOf, portOf, type Step, steps, untilAborted } from './exchange.ts';
import { secure } from './page-tls.ts';
import { type Addresses, resolveName } from './resolve.ts';

export interface Guard {
  /** Whether the service that calls has declared this host. */
  isDeclared(host: string): boolean;
  /** Called once for a call that contacted somebody, however it ends. */
  count?(sentBytes: number, receivedBytes: number): void;
  judge?: JudgeAddress;
  ownNetworks?: () => OwnNetworks;
  resolve?: typeof resolveName;
}

export type CallOut = (
  call: OutsideCall,
  limits: CallLimits,
  guard: Guard,
  signal?: AbortSignal,
) => Promise<OutsideReply>;

const maxRedirects = 3;
/** Addresses of one name that are tried; of each family at least one, where the name has both. */
const maxAddresses = 4;
/** After this the next address is tried; the last one has all the time that is left. */
const tryMs = 3000;
const lookUpMs = 5000;
const maxHeaderBytes = 16_384;

/** One call on its way, with all its redirects. */
interface Trip {
  call: OutsideCall;
  limits: CallLimits;
  guard: Guard;
  reply: OutsideReply;
  /** Aborts at the deadline, or when the caller wants no more. */
  signal: AbortSignal;
  step: Step;
  sockets: Socket[];
  /** What `onData` threw. */
  callerError: { cause: unknown } | null;
}

/**
 * One call out: every name is looked up once, its addresses are judged, and one of those that passed is connected to.
 * Redirects go through the same. Whatever a network can do is an outcome. Throws AppError `CALL_INVALID` for what must
 * not be sent, what `onData` throws, and the signal's reason when that aborts.
 */
export const callOut: CallOut = async (call, limits, guard, signal) => {
  const hop = firstHop(call, limits);
  signal?.throwIfAborted();
  const startedMs = systemClock.monoMs();
  const ending = new AbortController();
  const reply = nothingYet(hop.url);
  const trip: Trip = {
    call,
    limits,
    guard,
    reply,
    signal: ending.signal,
    step: 'dns',
    sockets: [],
    callerError: null,
  };
  const abort = () => ending.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const cancelDeadline = systemClock.after(limits.timeoutMs, () =>
    ending.abort(
      new ExchangeFailure('timeout', `not finished within ${limits.timeoutMs} ms, ${steps[trip.step]}`),
    ),
  );
  try {
    await untilAborted(travel(trip, hop), ending.signal);
    reply.outcome = 'ok';
  } catch (error) {
    signal?.throwIfAborted();
    if (trip.callerError) throw trip.callerError.cause;
    reply.outcome = endingOf(error, trip.step);
    reply.message = `${reply.host}: ${messageOf(error)}`;
  } finally {
    cancelDeadline();
    signal?.removeEventListener('abort', abort);
    ending.abort(new ExchangeFailure('local', 'over')); // whatever is still on its way ends too
    for (const socket of trip.sockets) {
      socket.destroy();
      reply.sentBytes += socket.bytesWritten;
      reply.receivedBytes += socket.bytesRead;
    }
    if (reply.address !== null) guard.count?.(reply.sentBytes, reply.receivedBytes);
  }
  reply.tookMs = systemClock.monoMs() - startedMs;
  return reply;
};

/** In place of `callOut` where nobody may be contacted, the demo for example. */
export const callNobody: CallOut = async (call, limits, _guard, signal) => {
  const { url } = firstHop(call, limits);
  signal?.throwIfAborted();
  return {
    ...nothingYet(url),
    outcome: 'unreachable',
    message: `${url.host}: nobody is contacted from here`,
  };
};

function endingOf(error: unknown, step: Step): OutsideReply['outcome'] {
  if (error instanceof CallDenied) return 'denied';
  return error instanceof ExchangeFailure ? error.outcome : outcomeOf(error, step);
}

async function travel(trip: Trip, first: Hop): Promise<void> {
  let hop = first;
  for (let redirects = 0; ; redirects += 1) {
    trip.reply.host = hop.url.host;
    const { socket, response } = await exchange(trip, hop);
    const next = nextHop(hop, response.statusCode ?? 0, response.headers.location);
    if (next === null) {
      await read(trip, response);
      return;
    }
    if (redirects === maxRedirects) throw new CallDenied(`more than ${maxRedirects} redirects`);
    response.on('error', () => undefined); // its end is ours
    socket.destroy();
    hop = next;
  }
}

async function exchange(trip: Trip, hop: Hop): Promise<{ socket: Socket; response: IncomingMessage }> {
  const { url } = hop;
  trip.step = 'dns';
  if (!trip.guard.isDeclared(hostOf(url)))
    throw new CallDenied('not one of the hosts that this service has declared');
  const addresses = await allowedAddresses(trip, hostOf(url));
  trip.step = 'connect';
  let socket = await connect(trip, addresses, portOf(url));
  if (url.protocol === 'https:') {
    trip.step = 'tls';
    const secured = await secure(socket, { host: hostOf(url), ca: trip.call.ca });
    if (secured.problem !== null)
      throw new ExchangeFailure('tls', `the certificate is not believed, ${secured.problem.text}`);
    socket = secured.socket;
  }
  trip.step = 'reply';
  trip.signal.throwIfAborted();
  return { socket, response: await send(hop, socket) };
}

/** The addresses of a host that may be connected to, IPv6 and IPv4 in turn. */
async function allowedAddresses({ call, limits, guard, signal }: Trip, host: string): Promise<string[]> {
  const lookUp = guard.resolve ?? resolveName;
  const found =
    isIP(host) === 0
      ? inTurn(await lookUp(host, { timeoutMs: Math.min(limits.timeoutMs, lookUpMs), signal }))
      : [host];
  signal.throwIfAborted();
  const own = (guard.ownNetworks ?? readOwnNetworks)();
  const judged = found.map((address) => ({ address, ...(guard.judge ?? judgeAddress)(address, own) }));
  const allowed = judged.filter(({ kind }) => kind === 'public' || (kind === 'inside' && call.isInside));
  if (allowed.length > 0) return allowed.slice(0, maxAddresses).map(({ address }) => address);
  const [first] = judged;
  if (first === undefined) throw new ExchangeFailure('dns', 'the name has no address');
  const hint = first.kind === 'inside' ? ', and the call is not meant for the own network' : '';
  throw new CallDenied(`${first.address} is ${first.words}${hint}`);
}

function inTurn({ ipv4, ipv6 }: Addresses): string[] {
  return Array.from({ length: Math.max(ipv4.length, ipv6.length) }, (_, index) => [ipv6[index], ipv4[index]])
    .flat()
    .filter((address) => address !== undefined);
}

async function connect(trip: Trip, addresses: readonly string[], port: number): Promise<Socket> {
  let failure: unknown;
  for (const [index, address] of addresses.entries()) {
    trip.signal.throwIfAborted();
    trip.reply.address = address;
    const isLast = index === addresses.length - 1;
    try {
      return await connectTo(trip, address, port, isLast ? null : tryMs);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function connectTo(
  { sockets }: Trip,
  address: string,
  port: number,
  withinMs: number | null,
): Promise<Socket> {
  return new Promise((fulfil, reject) => {
    const socket = new Socket();
    sockets.push(socket);
    const giveUp = () => socket.destroy(new ExchangeFailure('timeout', `no connection to ${address}`));
    const cancel = withinMs === null ? () => undefined : systemClock.after(withinMs, giveUp);
    socket.on('error', (error) => {
      cancel();
      reject(error);
    });
    socket.once('connect', () => {
      cancel();
      fulfil(socket);
    });
    socket.setNoDelay(true);
    // Numeric, so nothing is looked up a second time.
    socket.connect({ host: address, port, family: familyOf(address) === 'ipv6' ? 6 : 4 });
  });
}

function send(hop: Hop, socket: Socket): Promise<IncomingMessage> {
  return new Promise((fulfil, reject) => {
    const sent = requestHttp({
      method: hop.method,
      path: `${hop.url.pathname}${hop.url.search}`,
      createConnection: () => socket,
      headers: headersOf(hop),
      maxHeaderSize: maxHeaderBytes,
    });
    sent.on('error', reject);
    sent.once('upgrade', () =>
      reject(new ExchangeFailure('garbage', 'the server switched to another protocol')),
    );
    sent.once('response', fulfil);
    sent.end(hop.body ?? undefined);
  });
}

async function read(trip: Trip, response: IncomingMessage): Promise<void> {
  const { limits, reply } = trip;
  const { onData } = trip.call;
  const most = onData ? limits.replyBytes : Math.min(limits.replyBytes, callBounds.heldReplyBytes);
  const pieces: Buffer[] = [];
  let bytes = 0;
  reply.status = response.statusCode ?? null;
  reply.headers = plainHeaders(response);
  // A stream without an encoding gives buffers.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const piece = chunk.subarray(0, most - bytes);
    bytes += piece.length;
    if (onData === undefined) pieces.push(piece);
    else await handOver(onData, piece, trip);
    reply.isCut = piece.length < chunk.length;
    if (reply.isCut) break; // the rest is not fetched
  }
  reply.body = Buffer.concat(pieces);
}

async function handOver(
  onData: NonNullable<OutsideCall['onData']>,
  piece: Uint8Array,
  trip: Trip,
): Promise<void> {
  trip.signal.throwIfAborted();
  try {
    await onData(piece);
  } catch (cause) {
    trip.callerError = { cause };
    throw cause;
  }
}

/** Cookies are nobody's business here. */
function plainHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name === 'set-cookie' ? [] : [[name, String(value)] as const],
    ),
  );
}

function nothingYet(url: URL): OutsideReply {
  return {
    outcome: 'local',
    message: null,
    status: null,
    headers: {},
    body: new Uint8Array(),
    isCut: false,
    host: url.host,
    address: null,
    sentBytes: 0,
    receivedBytes: 0,
    tookMs: 0,
  };
}
