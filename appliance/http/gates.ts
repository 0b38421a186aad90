import type { FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';
import type { Scope } from '../core/feature.ts';
import { type OwnNames, parseAuthority } from './own-names.ts';

/** A gate lets a request pass by returning, and refuses it by throwing an AppError with its status. */
export interface Gate {
  name: string;
  check(request: FastifyRequest, facts: GateFacts): void | Promise<void>;
}

export interface GateFacts {
  /** What the route asks for; `open` where no route matched, because nothing can be told there. */
  scope: Scope;
  /** Came over the unix socket, whose file permission has already decided who may call. */
  isLocal: boolean;
}

/** The gates that need no account, in order; further ones are appended to this list by the composition root. */
export function networkGates(names: OwnNames): readonly Gate[] {
  return [hostGate(names), originGate(names)];
}

/** Runs the gates in order; the first that refuses wins. */
export async function passGates(
  gates: readonly Gate[],
  request: FastifyRequest,
  facts: GateFacts,
): Promise<void> {
  for (const gate of gates) await gate.check(request, facts);
}

/** RFC 9110 §15.5.20: 421 when the server is not meant to answer for this authority. */
function hostGate(names: OwnNames): Gate {
  return {
    name: 'host',
    check(request, { isLocal }) {
      if (isLocal) return;
      const host = request.headers.host;
      const authority = host === undefined ? null : parseAuthority(host);
      if (authority !== null && names.has(authority.name)) return;
      throw new AppError(
        'HOST_UNKNOWN',
        `This appliance does not answer to the name ${quote(host)}; open it by its address or host name, or add the name to http.allowedHosts`,
        { status: 421 },
      );
    },
  };
}

/** Other web pages may not call us: there are no CORS answers, and a foreign `Origin` is refused before any work. */
function originGate(names: OwnNames): Gate {
  return {
    name: 'origin',
    check(request, { isLocal }) {
      if (isLocal) return;
      const { origin, host } = request.headers;
      const site = request.headers['sec-fetch-site'];
      if (site !== undefined && site !== 'same-origin' && site !== 'none') {
        throw new AppError(
          'CROSS_SITE',
          `Requests made by other web pages (Sec-Fetch-Site ${quote(site)}) are refused; open the address itself`,
          { status: 403 },
        );
      }
      if (origin === undefined || isSameOrigin(origin, host ?? '', names)) return;
      throw new AppError('ORIGIN_FOREIGN', `Requests made by pages of ${quote(origin)} are refused`, {
        status: 403,
      });
    },
  };
}

/**
 * The port must be ours too: another service on the same machine is another origin, and browsers send no
 * Sec-Fetch-Site to plain-HTTP addresses. A reverse proxy changes the port, so added names match by name.
 */
function isSameOrigin(origin: string, host: string, names: OwnNames): boolean {
  const match = /^https?:\/\/(.+)$/.exec(origin);
  const from = parseAuthority(match?.[1] ?? '');
  if (from === null || !names.has(from.name)) return false;
  return names.isAdded(from.name) || from.port === (parseAuthority(host)?.port ?? '');
}

/** Hostile text in a message: bounded, and without anything but printable ASCII. */
function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  return `"${text.slice(0, 80).replace(/[^\x20-\x7e]/g, '?')}"`;
}
