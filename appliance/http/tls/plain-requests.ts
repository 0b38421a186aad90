import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { isSecure } from '../gates.ts';
import { setSecurityHeaders } from '../headers.ts';
import { type OwnNames, parseAuthority } from '../own-names.ts';

export interface PlainRequestOptions {
  isTlsOn: () => boolean;
  isLocal: (request: FastifyRequest) => boolean;
  names: OwnNames;
}

/**
 * Where TLS is on, a plain request is not served: whoever only looks is led on, anything that carries more is refused,
 * so that nobody goes on sending it in the clear without noticing. Stands before all other gates.
 */
export function leadToTls(fastify: FastifyInstance, { isTlsOn, isLocal, names }: PlainRequestOptions): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (!isTlsOn() || isSecure(request) || isLocal(request)) return;
    if (request.routeOptions.config.isAlsoPlain === true) return;
    const { host = '', authorization } = request.headers;
    const authority = parseAuthority(host);
    // Somebody else's name: the gate that comes next refuses it, and nobody is led anywhere by it.
    if (authority === null || !names.has(authority.name)) return;
    setSecurityHeaders(reply);
    const url = `https://${host}${request.url}`;
    const isLook = request.method === 'GET' || request.method === 'HEAD';
    if (isLook && authorization === undefined) {
      // Not 301 or 308: browsers would remember it when TLS has long been switched off again.
      return reply
        .code(307)
        .header('location', url)
        .type('text/plain; charset=utf-8')
        .send(`This appliance speaks HTTPS: ${url}\n`);
    }
    reply.header('upgrade', 'TLS/1.2, HTTP/1.1').header('connection', 'Upgrade'); // RFC 9110 §15.5.22
    throw new AppError('TLS_REQUIRED', `This appliance speaks HTTPS; nothing was done. Use ${url}`, {
      status: 426,
      details: { url },
    });
  });
}
