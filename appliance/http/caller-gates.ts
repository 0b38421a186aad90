/** The gates that come after it is known who calls. */
import { AppError } from '../core/errors.ts';
import type { AccessGate, Caller, GateRequest, Scope } from '../core/feature.ts';
import type { RateLimit } from './rate-limit.ts';

/** Every route is closed to whoever does not carry its scope, also where no gate could tell who calls. */
export const scopeGate: AccessGate = {
  name: 'scope',
  check({ scope }, caller) {
    if (caller.scopes.includes(scope)) return caller;
    if (caller.kind === 'nobody') {
      throw new AppError(
        'SIGN_IN_NEEDED',
        'Sign in, or send an access key as "Authorization: Bearer ist_…"',
        {
          status: 401,
        },
      );
    }
    throw new AppError('SCOPE_MISSING', `${sayCaller(caller)} may not do this: ${needed(scope)}`, {
      status: 403,
      details: { scope },
    });
  },
};

/** Our pages send it with every request: a page of somebody else cannot, because no answer of ours ever allows it to. */
export const pageHeader = 'x-ist-page';

/**
 * A browser adds the cookie by itself, whoever made it ask. What does more than show what everybody with a session sees
 * must say that our own page asks, whatever its method; a change must also be JSON, which a form cannot send.
 */
export const forgeryGate: AccessGate = {
  name: 'forgery',
  check(request, caller) {
    if (caller.kind !== 'session') return caller;
    if (isSafe(request.method)) {
      if (request.scope === 'open' || request.scope === 'read' || isOfOurPage(request.headers)) return caller;
      throw new AppError(
        'ORIGIN_MISSING',
        'With a session cookie only the pages of this appliance may ask for this; programs use an access key',
        { status: 403 },
      );
    }
    if (request.headers.origin === undefined) {
      throw new AppError('ORIGIN_MISSING', 'A change made with a session cookie must carry its Origin', {
        status: 403,
      });
    }
    if (isJsonOrEmpty(request.headers)) return caller;
    throw new AppError('BODY_NOT_JSON', 'A change made with a session cookie must be sent as JSON', {
      status: 403,
    });
  },
};

/** Per key or session, else per address; the unix socket is not limited. */
export function rateGate(limit: RateLimit): AccessGate {
  return {
    name: 'rate',
    check(request, caller) {
      if (request.isLocal) return caller;
      const waitSeconds = limit.take(caller.keyId ?? caller.sessionId ?? request.address);
      if (waitSeconds === 0) return caller;
      throw new AppError('TOO_MANY_REQUESTS', `Too many requests; try again in ${waitSeconds} s`, {
        status: 429,
        details: { retryAfterSeconds: waitSeconds },
      });
    },
  };
}

// RFC 9110 §9.2.1
function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/**
 * A foreign Origin was refused before. Browsers send no Origin with a GET to the own site, and Sec-Fetch-Site only to
 * addresses that they trust, so over plain HTTP the header of our pages decides.
 */
function isOfOurPage(headers: GateRequest['headers']): boolean {
  return (
    headers.origin !== undefined ||
    headers['sec-fetch-site'] === 'same-origin' ||
    headers[pageHeader] !== undefined
  );
}

function isJsonOrEmpty(headers: GateRequest['headers']): boolean {
  const type = headers['content-type'];
  if (type !== undefined) return /^application\/json\s*(;|$)/i.test(String(type));
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}

function sayCaller(caller: Caller): string {
  return caller.kind === 'key' ? `The key "${caller.name}"` : caller.name;
}

function needed(scope: Scope): string {
  if (scope === 'owner') return 'only the owner in person may, not a key';
  if (scope === 'account') return 'only a person who is signed in may, not a key';
  return `it needs the scope "${scope}"`;
}
