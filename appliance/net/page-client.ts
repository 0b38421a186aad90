import { request as requestHttp } from 'node:http';
import { isIP, Socket } from 'node:net';
import { systemClock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import { emptyPageReply, type PageReply, type PageRequest } from '../core/network.ts';
import { familyOf } from './address.ts';
import { bindInterface } from './bind-interface.ts';
import { ExchangeFailure, hostOf, outcomeOf, portOf, type Step, steps, untilAborted } from './exchange.ts';
import { secure } from './page-tls.ts';
import { resolveName } from './resolve.ts';

export interface PageOptions {
  /** Certificates believed in place of the usual ones, PEM. */
  ca?: string;
  resolve?: typeof resolveName;
}

/** One fetch on its way. */
interface Trip {
  request: PageRequest;
  url: URL;
  options: PageOptions;
  reply: PageReply;
  /** Aborts at the deadline, or when the caller wants no more. */
  signal: AbortSignal;
  step: Step;
  sockets: Socket[];
}

const maxHeaderBytes = 16_384;
const maxLocation = 2048;
const headers = { 'user-agent': 'ist', accept: '*/*', 'accept-encoding': 'identity' };

/**
 * One GET over a connection of its own. Whatever a network can do is an outcome. Throws AppError `PAGE_URL_INVALID` for
 * what cannot be asked at all, and the signal's reason when that aborts.
 */
export async function fetchPage(
  request: PageRequest,
  signal?: AbortSignal,
  options: PageOptions = {},
): Promise<PageReply> {
  const url = parseUrl(request.url);
  signal?.throwIfAborted();
  const startedMs = systemClock.monoMs();
  const ending = new AbortController();
  const reply = emptyPageReply();
  const trip: Trip = { request, url, options, reply, signal: ending.signal, step: 'dns', sockets: [] };
  const abort = () => ending.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const cancelDeadline = systemClock.after(request.timeoutMs, () =>
    ending.abort(
      new ExchangeFailure('timeout', `no page within ${request.timeoutMs} ms, ${steps[trip.step]}`),
    ),
  );
  try {
    await untilAborted(travel(trip), ending.signal);
    reply.outcome = 'ok';
  } catch (error) {
    signal?.throwIfAborted();
    reply.outcome = error instanceof ExchangeFailure ? error.outcome : outcomeOf(error, trip.step);
    reply.message = messageOf(error);
  } finally {
    cancelDeadline();
    signal?.removeEventListener('abort', abort);
    ending.abort(new ExchangeFailure('local', 'over')); // whatever is still on its way ends too
    for (const socket of trip.sockets) socket.destroy();
  }
  reply.totalUs = usSince(startedMs);
  return reply;
}

async function travel(trip: Trip): Promise<void> {
  const { reply, url } = trip;
  reply.address = await resolve(trip);
  trip.signal.throwIfAborted();
  trip.step = 'connect';
  const connectingMs = systemClock.monoMs();
  let socket = await connect(trip, reply.address);
  reply.connectUs = usSince(connectingMs);
  if (url.protocol === 'https:') {
    trip.step = 'tls';
    const securingMs = systemClock.monoMs();
    socket = await encrypt(trip, socket);
    reply.tlsUs = usSince(securingMs);
  }
  trip.step = 'reply';
  await ask(trip, socket);
}

async function resolve({ request, url, reply, options, signal }: Trip): Promise<string> {
  const { family, timeoutMs } = request;
  const host = hostOf(url);
  const literal = request.address ?? (isIP(host) === 0 ? null : host);
  if (literal !== null) {
    if (familyOf(literal) === family) return literal;
    throw new ExchangeFailure('dns', `${literal} is not an ${family} address`);
  }
  const startedMs = systemClock.monoMs();
  const lookUp = options.resolve ?? resolveName;
  const [address] = (await lookUp(host, { timeoutMs, family, signal }))[family];
  reply.dnsUs = usSince(startedMs);
  if (address === undefined) throw new ExchangeFailure('dns', `${host} has no ${family} address`);
  return address;
}

function connect({ request, url, sockets }: Trip, address: string): Promise<Socket> {
  return new Promise((fulfil, reject) => {
    const socket = new Socket();
    sockets.push(socket);
    socket.on('error', reject);
    socket.once('connect', () => fulfil(socket));
    socket.setNoDelay(true);
    socket.connect({ host: address, port: portOf(url) }); // numeric, so nothing is looked up
    if (request.interfaceName !== undefined) bindInterface(socket, request.family, request.interfaceName);
  });
}

async function encrypt({ url, options, reply, sockets }: Trip, raw: Socket): Promise<Socket> {
  const { socket, problem } = await secure(raw, { host: hostOf(url), ca: options.ca });
  sockets.unshift(socket);
  if (problem === null) return socket;
  if (problem.isForeign) reply.foreignCertificate = problem.text;
  throw new ExchangeFailure('tls', `the certificate is not believed, ${problem.text}`);
}

function ask({ request, url, reply }: Trip, socket: Socket): Promise<void> {
  return new Promise((fulfil, reject) => {
    const startedMs = systemClock.monoMs();
    const sent = requestHttp({
      path: `${url.pathname}${url.search}`,
      createConnection: () => socket,
      headers: { host: url.host, ...headers },
      maxHeaderSize: maxHeaderBytes,
    });
    sent.on('error', reject);
    sent.once('upgrade', () =>
      reject(new ExchangeFailure('garbage', 'the server switched to another protocol')),
    );
    sent.once('response', (response) => {
      reply.firstByteUs = usSince(startedMs);
      reply.status = response.statusCode ?? null;
      reply.location = response.headers.location?.slice(0, maxLocation) ?? null;
      const chunks: Buffer[] = [];
      let bytes = 0;
      const finish = () => {
        reply.body = Buffer.concat(chunks).subarray(0, request.maxBytes);
        fulfil();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes >= request.maxBytes) finish(); // the rest is not fetched
      });
      response.once('end', finish);
      response.on('error', reject);
    });
    sent.end();
  });
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw new AppError('PAGE_URL_INVALID', `${text} is not an http or https address without a password.`, {
    status: 400,
  });
}

const usSince = (startedMs: number) => (systemClock.monoMs() - startedMs) * 1000;
