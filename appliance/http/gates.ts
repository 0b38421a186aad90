import type { FastifyRequest } from 'fastify';
import { localCaller, nobody } from '../core/access.ts';
import { AppError } from '../core/errors.ts';
import type { AccessGate, Caller, GateRequest } from '../core/feature.ts';
import { type OwnNames, parseAuthority } from './own-names.ts';

/** Under which the pages of the dashboard and their files are served, and nothing else. */
export const pageRoute = '/*';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the gates, before anything else sees the request. */
    caller: Caller;
  }
}

/** The gates that need no account. They come first: what does not mean this box is refused before any other work. */
export function networkGates(names: OwnNames): readonly AccessGate[] {
  return [hostGate(names), originGate(names)];
}

/** Runs the gates in order; the first that refuses wins. */
export async function passGates(gates: readonly AccessGate[], request: GateRequest): Promise<Caller> {
  let caller = request.isLocal ? localCaller : nobody;
  for (const gate of gates) caller = await gate.check(request, caller);
  return caller;
}

/** What the gates may know of a request. */
export function toGateRequest(request: FastifyRequest, isLocal: boolean): GateRequest {
  const { url, config } = request.routeOptions;
  const isFound = config.scope !== undefined;
  return {
    method: request.method,
    route: isFound ? (url ?? null) : null,
    // Where no route matched nothing can be told but that, and not even that before the claim.
    scope: config.scope ?? 'open',
    isBeforeClaim: config.isBeforeClaim ?? false,
    asksPassword: config.asksPassword ?? false,
    headers: request.headers,
    address: isLocal ? '' : plainAddress(request.raw.socket.remoteAddress ?? ''),
    isLocal,
    isSecure: isSecure(request),
  };
}

export function isSecure(request: FastifyRequest): boolean {
  return 'encrypted' in request.raw.socket && request.raw.socket.encrypted === true;
}

/** One spelling for an address: IPv4 as such where the socket speaks both families, and without a zone. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}

/** RFC 9110 §15.5.20: 421 when the server is not meant to answer for this authority. */
function hostGate(names: OwnNames): AccessGate {
  return {
    name: 'host',
    check({ isLocal, headers: { host } }, caller) {
      if (isLocal) return caller;
      const authority = typeof host === 'string' ? parseAuthority(host) : null;
      if (authority !== null && names.has(authority.name)) return caller;
      throw new AppError(
        'HOST_UNKNOWN',
        `This appliance does not answer to the name ${quote(host)}; open it by its address or host name, or add the name to http.allowedHosts`,
        { status: 421 },
      );
    },
  };
}

/** Other web pages may not call us: there are no CORS answers, and a foreign `Origin` is refused before any work. */
function originGate(names: OwnNames): AccessGate {
  return {
    name: 'origin',
    check(request, caller) {
      if (request.isLocal) return caller;
      const { origin, host, 'sec-fetch-site': site } = request.headers;
      if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isPageVisit(request)) {
        throw new AppError(
          'CROSS_SITE',
          `Requests made by other web pages (Sec-Fetch-Site ${quote(site)}) are refused; open the address itself`,
          { status: 403 },
        );
      }
      if (origin === undefined || isSameOrigin(String(origin), String(host), request.isSecure, names)) {
        return caller;
      }
      throw new AppError('ORIGIN_FOREIGN', `Requests made by pages of ${quote(origin)} are refused`, {
        status: 403,
      });
    },
  };
}

/** Somebody follows a link in a mail or on another page to one of our pages, in a window of its own and not in a frame. */
function isPageVisit({ method, route, headers }: GateRequest): boolean {
  const isVisit = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return method === 'GET' && route === pageRoute && isVisit;
}

/**
 * The port must be ours too: another service on the same machine is another origin, and browsers send no
 * Sec-Fetch-Site to plain-HTTP addresses. A reverse proxy changes the port, so added names match by name.
 */
function isSameOrigin(origin: string, host: string, isSecure: boolean, names: OwnNames): boolean {
  const [, secure, authority = ''] = /^http(s?):\/\/(.+)$/.exec(origin) ?? [];
  const from = parseAuthority(authority);
  if (from === null || !names.has(from.name)) return false;
  // What came in plain may have been changed on its way, also where it names our own port.
  if (isSecure && secure !== 's') return false;
  return names.isAdded(from.name) || from.port === (parseAuthority(host)?.port ?? '');
}

/** Hostile text in a message: bounded, and without anything but printable ASCII. */
function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  return `"${text.slice(0, 80).replace(/[^\x20-\x7e]/g, '?')}"`;
}
