import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Below this a packet or two carry it anyway. */
const fromBytes = 8 * 1024;
const pack = promisify(gzip);

/** A year's chart comes out in four pieces instead of thirty, each of which is a trip through the thread pool. */
const chunkSize = 128 * 1024;

/**
 * Packs long answers for clients that take gzip: a day's chart is 350 KB of digits, too much for a phone at the far end
 * of the Wi-Fi. Fastest level and off the main thread. Files of the dashboard are packed at build time instead.
 */
export function packLongAnswers(fastify: FastifyInstance): void {
  fastify.addHook('onSend', async (request, reply, payload) => {
    const isPackable = typeof payload === 'string' || (Buffer.isBuffer(payload) && isJson(reply));
    if (!isPackable || payload.length < fromBytes) return payload;
    reply.header('vary', 'accept-encoding');
    if (!/\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(request.headers['accept-encoding'] ?? '')))
      return payload;
    reply.header('content-encoding', 'gzip');
    reply.removeHeader('content-length');
    return pack(payload, { level: constants.Z_BEST_SPEED, chunkSize });
  });
}

/** Other bytes are files, which are packed already. */
function isJson(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type')).startsWith('application/json');
}
