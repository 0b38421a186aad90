/** What may be sent where: the request as the caller wants it, and every redirect after it. Pure. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type CallLimits, callBounds, type OutsideCall, usualLimits } from '../core/calling.ts';
import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';

/** One request of a call. */
export interface Hop {
  url: URL;
  method: NonNullable<OutsideCall['method']>;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: Buffer | null;
}

/** Ends a call because of where it led; it never leaves net/. */
export class CallDenied extends Error {}

const maxUrl = 2048;
const maxHeaders = 32;
const maxHeaderBytes = 8192;
/** Decide about the connection or the length of the body, which is ours. */
const ownHeaders = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** All others may carry secrets: not only Authorization and Cookie do. */
const harmlessHeaders = new Set(['accept', 'accept-language', 'user-agent']);
/** An answer that unpacks to a thousand times its size must not be possible. */
const usualHeaders = { 'user-agent': 'ist', accept: '*/*', 'accept-encoding': 'identity' };

function invalid(message: string): AppError {
  return new AppError('CALL_INVALID', message, { status: 400 });
}

/** Throws AppError `CALL_INVALID` for what cannot or must not be sent; the message never repeats path or values. */
export function firstHop(call: OutsideCall, { requestBytes }: CallLimits): Hop {
  const url = readUrl(call.url);
  const body = call.body === undefined ? null : Buffer.from(call.body);
  const method = call.method ?? (body === null ? 'GET' : 'POST');
  if (body !== null && (method === 'GET' || method === 'HEAD'))
    throw invalid(`A ${method} to ${url.host} cannot carry a body.`);
  if (body !== null && body.length > requestBytes)
    throw invalid(`The body for ${url.host} has ${body.length} bytes; ${requestBytes} are allowed.`);
  return { url, method, headers: readHeaders(call.headers ?? {}, url.host), body };
}

const reveal = (value: string | Secret) => (value instanceof Secret ? value.reveal() : value);

function readUrl(given: OutsideCall['url']): URL {
  const text = reveal(given);
  const url = text.length <= maxUrl && URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw invalid(`A call out needs an http or https address of at most ${maxUrl} characters.`);
  if (url.username !== '' || url.password !== '')
    throw invalid(`The address of ${url.host} carries a user name or password; give them as a header.`);
  return url;
}

function readHeaders(given: NonNullable<OutsideCall['headers']>, host: string): Hop['headers'] {
  const entries = Object.entries(given).map(([name, value]) => [name.toLowerCase(), reveal(value)] as const);
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (entries.length > maxHeaders || bytes > maxHeaderBytes)
    throw invalid(`More than ${maxHeaders} headers, or ${maxHeaderBytes} bytes of them, for ${host}.`);
  for (const [name, value] of entries) {
    if (ownHeaders.has(name)) throw invalid(`The header "${name}" for ${host} is not the caller's.`);
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      const shown = name.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
      throw invalid(`The header "${shown}" for ${host} has a character that cannot be sent.`);
    }
  }
  return { ...usualHeaders, ...Object.fromEntries(entries) };
}

/** The length goes with every request that may have a body, so that nothing is sent in chunks. */
export function headersOf({ url, method, headers, body }: Hop): Record<string, string> {
  const hasLength = body !== null || method === 'POST' || method === 'PUT' || method === 'PATCH';
  const length = hasLength ? { 'content-length': String(body?.length ?? 0) } : {};
  return { host: url.host, ...headers, ...length };
}

/** Where a reply sends on to; null for one that is final. Throws `CallDenied` when that is nowhere to go. */
export function nextHop(hop: Hop, status: number, location: string | undefined): Hop | null {
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return null;
  if (location.length > maxUrl || !URL.canParse(location, hop.url.href))
    throw new CallDenied(`${hop.url.host} sends on to something that is no address`);
  const url = new URL(location, hop.url);
  if (url.protocol !== 'https:' && (url.protocol !== 'http:' || hop.url.protocol === 'https:'))
    throw new CallDenied(`${hop.url.host} sends on from ${hop.url.protocol} to ${url.protocol}`);
  if (url.username !== '' || url.password !== '')
    throw new CallDenied(`${hop.url.host} sends on with a password in the address`);
  const isSame = url.origin === hop.url.origin;
  const isReading = hop.method === 'GET' || hop.method === 'HEAD';
  const kept = Object.entries(hop.headers).filter(([name]) => isSame || harmlessHeaders.has(name));
  const headers = { ...usualHeaders, ...Object.fromEntries(kept) };
  if (isReading) return { ...hop, url, headers };
  if (status === 307 || status === 308) {
    // RFC 9110 §15.4.8: the same request again. What was meant for one host is not given to another.
    if (!isSame) throw new CallDenied(`${hop.url.host} sends what it was given on to ${url.host}`);
    return { ...hop, url, headers };
  }
  const bare = Object.entries(headers).filter(([name]) => !name.startsWith('content-'));
  return { url, method: 'GET', headers: Object.fromEntries(bare), body: null };
}

/** Whether a host is one of those that a service has declared; '*.example.com' takes in every name below. */
export function isHostOf(host: string, declared: readonly string[]): boolean {
  const bare = host.toLowerCase().replace(/\.$/, '');
  return declared.some((entry) => {
    const name = entry.toLowerCase();
    return name.startsWith('*.') ? bare.endsWith(name.slice(1)) : bare === name;
  });
}

/** The limits of one call: what the service declares, made tighter by the caller. */
export function limitsOf(declared: Partial<CallLimits> = {}, wanted: Partial<CallLimits> = {}): CallLimits {
  const of = (key: keyof CallLimits) => {
    const most = declared[key] ?? usualLimits[key];
    return Math.max(1, Math.min(most, wanted[key] ?? most));
  };
  return { timeoutMs: of('timeoutMs'), requestBytes: of('requestBytes'), replyBytes: of('replyBytes') };
}

/** What a service may not declare; null when its limits are fine. */
export function limitProblem(limits: Partial<CallLimits>): string | null {
  const { timeoutMs = 1, requestBytes = 1, replyBytes = 1 } = limits;
  const isIn = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
  if (!isIn(timeoutMs, callBounds.timeoutMs)) return `timeoutMs may be 1 to ${callBounds.timeoutMs}`;
  if (!isIn(requestBytes, callBounds.requestBytes))
    return `requestBytes may be 1 to ${callBounds.requestBytes}`;
  return isIn(replyBytes, callBounds.passedReplyBytes)
    ? null
    : `replyBytes may be 1 to ${callBounds.passedReplyBytes}`;
}
