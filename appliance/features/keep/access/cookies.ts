import type { GateRequest } from '../../../core/feature.ts';
import { sessionLimits } from './sessions.ts';

/** 32 bytes as base64url. */
const tokenShape = /^[\w-]{43}$/;

/** The prefix binds the cookie to this host and to TLS (draft-ietf-httpbis-rfc6265bis §4.1.3.2), which plain HTTP cannot set. */
function nameOf(isSecure: boolean): string {
  return isSecure ? '__Host-ist_session' : 'ist_session';
}

/**
 * The token of the session cookie. A name that stands twice with different values is not believed: cookies know no
 * ports, so another service of the same machine may have set one of them.
 */
export function readSessionCookie({
  headers,
  isSecure,
}: Pick<GateRequest, 'headers' | 'isSecure'>): string | null {
  const name = nameOf(isSecure);
  const found = new Set<string>();
  for (const pair of String(headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) found.add(pair.slice(at + 1).trim());
  }
  const [token = ''] = found;
  return found.size === 1 && tokenShape.test(token) ? token : null;
}

export function sessionCookie(token: string, isSecure: boolean): string {
  return cookie(token, Math.floor(sessionLimits.absoluteMs / 1000), isSecure);
}

export function noSessionCookie(isSecure: boolean): string {
  return cookie('', 0, isSecure);
}

function cookie(value: string, seconds: number, isSecure: boolean): string {
  const secure = isSecure ? '; Secure' : '';
  return `${nameOf(isSecure)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
}

/** The access key of a request: `Authorization: Bearer …` or `X-Api-Key: …`. */
export function readKey(headers: GateRequest['headers']): string | null {
  const bearer = /^Bearer +(\S{1,200})$/i.exec(String(headers.authorization ?? ''))?.[1];
  const own = headers['x-api-key'];
  return bearer ?? (typeof own === 'string' && own.length <= 200 && own !== '' ? own : null);
}
