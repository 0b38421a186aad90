import type { FastifyInstance } from 'fastify';
import { AppError } from '../core/errors.ts';

/** Hands bodies of bytes, unread and of any length, to the routes that take them; all others refuse such a body. */
export function takeStreams(app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/octet-stream',
    { bodyLimit: Number.MAX_SAFE_INTEGER },
    (request, payload, done) => {
      if (request.routeOptions.config.takesStream) return done(null, payload);
      done(
        new AppError(
          'MEDIA_TYPE_UNSUPPORTED',
          'The body must be JSON, with the header Content-Type: application/json',
          { status: 415 },
        ),
      );
    },
  );
}
