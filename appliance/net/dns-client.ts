import { randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { TLSSocket } from 'node:tls';
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { NameQuestion, NameReply, NameTransport } from '../core/network.ts';
import type { ProbeEngine } from '../core/probing.ts';
import type { Family } from '../core/shapes.ts';
import { familyOf } from './address.ts';
import { askOverHttps, httpProtocols } from './dns-https.ts';
import { buildQuery, isReplyTo, readReply } from './dns-message.ts';
import { askOverStream } from './dns-stream.ts';
import { StreamFailure, withStream } from './stream-socket.ts';

/** RFC 1035 §4.2, RFC 7858 §3.1, RFC 8484 §4.1. */
const ports: Record<NameTransport, number> = { udp: 53, tcp: 53, tls: 853, https: 443 };
/** The engine takes no shorter timeout; an answer that is due sooner is late anyway. */
const leastMs = 10;
/** The engine's refusals that say something about this machine and nothing about the question. */
const engineCodes = new Set(['ENGINE_FULL', 'ENGINE_STOPPED']);

export interface AskOptions {
  /** Certificates believed in place of the usual ones, PEM. */
  ca?: string;
}

/**
 * Asks one name server one question. Whatever a network can do is an outcome. Throws AppError `QUERY_INVALID` or
 * `TARGET_INVALID` for a question that cannot be asked at all, and the signal's reason when that aborts.
 */
export async function ask(
  engine: ProbeEngine,
  question: NameQuestion,
  signal?: AbortSignal,
  options: AskOptions = {},
): Promise<NameReply> {
  signal?.throwIfAborted();
  const family = familyOf(question.address);
  if (family === null) {
    throw new AppError('TARGET_INVALID', `${question.address} is not the numeric address of a name server.`, {
      status: 400,
    });
  }
  const query = buildQuery(question.name, question.type);
  const sentMs = systemClock.monoMs();
  if (question.transport !== 'udp') return await askByStream(question, query, sentMs, signal, options);
  const reply = await askByDatagram(engine, question, family, query, signal);
  if (reply !== 'truncated') return reply;
  // RFC 7766 §5: what does not fit a datagram is asked again over TCP, within the same time.
  const leftMs = question.timeoutMs - (systemClock.monoMs() - sentMs);
  if (leftMs < leastMs) return failed('timeout');
  const again: NameQuestion = { ...question, transport: 'tcp', timeoutMs: leftMs };
  return await askByStream(again, query, sentMs, signal, options);
}

async function askByDatagram(
  engine: ProbeEngine,
  { address, port, type, timeoutMs, interfaceName }: NameQuestion,
  family: Family,
  query: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<NameReply | 'truncated'> {
  try {
    const result = await engine.probeOnce(
      {
        kind: 'dns',
        family,
        address,
        port: port ?? ports.udp,
        timeoutMs: Math.max(leastMs, timeoutMs),
        query,
        ...(interfaceName === undefined ? {} : { interfaceName }),
      },
      signal,
    );
    if (result.outcome === 'timeout' || result.outcome === 'local') return failed(result.outcome);
    if (result.outcome !== 'ok') return failed('unreachable'); // a router's no, or nobody listens there
    if (result.reply === null) return failed('garbage');
    return judge(result.reply, type, result.rttUs);
  } catch (error) {
    if (error instanceof AppError && engineCodes.has(error.code)) return failed('local');
    throw error;
  }
}

async function askByStream(
  question: NameQuestion,
  query: Uint8Array,
  sentMs: number,
  signal: AbortSignal | undefined,
  { ca }: AskOptions,
): Promise<NameReply> {
  const { address, transport, port = ports[transport], serverName, timeoutMs, interfaceName } = question;
  const isHttps = transport === 'https';
  const message = Buffer.from(query);
  // RFC 8484 §4.1: 0, so that caches on the way see one question; elsewhere an answer must carry what was asked with.
  if (!isHttps) message.writeUInt16BE(randomInt(0x1_0000), 0);
  const tls = {
    ...(serverName === undefined ? {} : { serverName }),
    ...(ca === undefined ? {} : { ca }),
    ...(isHttps ? { protocols: httpProtocols } : {}),
  };
  const target = {
    address,
    port,
    timeoutMs,
    ...(interfaceName === undefined ? {} : { interfaceName }),
    ...(transport === 'tcp' ? {} : { tls }),
  };
  try {
    const bytes = await withStream(target, signal, (socket) => {
      if (!isHttps) return askOverStream(socket, message);
      const host = serverName ?? (isIPv6(address) ? `[${address.replace(/%.*/, '')}]` : address);
      return askOverHttps({
        socket,
        protocol: socket instanceof TLSSocket ? socket.alpnProtocol : null,
        authority: port === ports.https ? host : `${host}:${port}`,
        path: question.path ?? '/dns-query',
        query: message,
      });
    });
    const rttUs = (systemClock.monoMs() - sentMs) * 1000;
    if (!isReplyTo(message, bytes)) return failed('garbage');
    const reply = judge(bytes, question.type, rttUs);
    return reply === 'truncated' ? failed('garbage') : reply; // over a connection nothing needs cutting
  } catch (error) {
    if (error instanceof StreamFailure) return failed(error.outcome);
    throw error;
  }
}

function failed(outcome: NameReply['outcome']): NameReply {
  return { outcome, rttUs: Number.NaN, rcode: null, answers: [], ttlSeconds: null };
}

/** What a message says. */
function judge(bytes: Uint8Array, type: NameQuestion['type'], rttUs: number): NameReply | 'truncated' {
  const reply = readReply(bytes);
  if (reply === null) return failed('garbage');
  if (reply.isTruncated) return 'truncated';
  const { rcode } = reply;
  const found = rcode === 0 ? reply.answers.filter((answer) => answer.type === type) : [];
  return {
    outcome: outcomeOf(rcode, found.length),
    rttUs,
    rcode,
    answers: found.map(({ data }) => data),
    ttlSeconds: found.length === 0 ? null : Math.min(...found.map(({ ttlSeconds }) => ttlSeconds)),
    sizeBytes: bytes.length,
  };
}

/** RFC 1035 §4.1.1; every code of failure beside "no such name" and "I will not" is a server that could not. */
function outcomeOf(rcode: number, count: number): NameReply['outcome'] {
  if (rcode === 0) return count === 0 ? 'empty' : 'answer';
  if (rcode === 3) return 'nxdomain';
  return rcode === 5 ? 'refused' : 'servfail';
}
