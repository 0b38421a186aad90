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

/**
 * A browser adds the cookie by itself, whoever made it ask: what changes something must say that it comes from our own
 * page, and must be JSON, which a form cannot send.
 */
export const forgeryGate: AccessGate = {
  name: 'forgery',
  check(request, caller) {
    if (caller.kind !== 'session' || isSafe(request.method)) return caller;
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
