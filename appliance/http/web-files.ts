import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { pageRoute } from './gates.ts';
import { asPage } from './headers.ts';

/** A file's name changes with its content, so it never goes stale. */
const hashedCache = 'public, max-age=31536000, immutable';
/** Kept, but asked about each time; the ETag makes that a 304. */
const checkedCache = 'no-cache';

/** Versions of packages help whoever looks for a hole in one of them: only who may look at the box gets them. */
const packageList = 'packages.json';
/** However else its path is written, and its compressed copies. */
const isPackageList = /(^|\/)packages\.json/i;

const notBuilt = `The dashboard has not been built in this folder yet.

Build it with:    npm run build
The API works:    /health   /api/status   /api/openapi.json
The command line: npx ist status
`;

/**
 * Serves the dashboard: files as they are (the .br or .gz beside them where the client takes it), and index.html for
 * every page path, because the pages are routed in the browser.
 */
export function registerWebFiles(fastify: FastifyInstance, folder: string): void {
  fastify.register(fastifyStatic, {
    root: folder,
    serve: false,
    preCompressed: true,
    cacheControl: false,
    dotfiles: 'deny',
    index: false,
    suppressWarning: true, // the folder may be built later
  });
  fastify.route({
    method: 'GET',
    url: `/${packageList}`,
    config: { scope: 'read' },
    handler: (_request, reply) => sendFile(reply, packageList),
  });
  fastify.route({
    method: 'GET',
    url: pageRoute,
    config: { scope: 'open', isBeforeClaim: true },
    handler: (request, reply) => {
      const path = (request.params as { '*': string })['*']; // named by the pattern above
      if (/^(api|metrics|health)(\/|$)/.test(path) || isPackageList.test(path)) return reply.callNotFound();
      const isFile = /\.[^/]*$/.test(path);
      return isFile ? sendFile(reply, path) : sendPage(reply, folder);
    },
  });
}

function sendFile(reply: FastifyReply, path: string): FastifyReply {
  // The build puts everything with a hash in its name into assets/.
  asPage(reply, path.startsWith('assets/') ? hashedCache : checkedCache);
  return reply.sendFile(path);
}

function sendPage(reply: FastifyReply, folder: string): FastifyReply {
  asPage(reply, checkedCache);
  if (existsSync(join(folder, 'index.html'))) return reply.sendFile('index.html');
  return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt);
}
