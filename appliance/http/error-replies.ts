import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { AppError, messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { setSecurityHeaders } from './headers.ts';

export const ErrorReply = Type.Object(
  {
    error: Type.Object(
      {
        code: Type.String({ description: 'Stable; programs decide by it' }),
        message: Type.String({ description: 'For people; names the thing that failed' }),
        details: Type.Optional(Type.Unknown()),
      },
      { additionalProperties: false },
    ),
  },
  { $id: 'ErrorReply', additionalProperties: false, description: 'Every answer that is not a success' },
);
export type ErrorReply = Static<typeof ErrorReply>;

/** The framework's own refusals, in our words. */
const translated: Readonly<Record<string, { status: number; code: string; message: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'BODY_TOO_LARGE',
    message: 'The body is larger than 64 KB',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'MEDIA_TYPE_UNSUPPORTED',
    message: 'The body must be JSON, with the header Content-Type: application/json',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    status: 400,
    code: 'BODY_INVALID',
    message: 'The body is empty; JSON is expected',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { status: 400, code: 'BODY_INVALID', message: 'The body is not valid JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'BODY_INVALID',
    message: 'The body is not as long as its Content-Length says',
  },
};

/** Turns whatever was thrown into the one error shape; what is not an AppError is logged, once a minute, and told without internals. */
export function installErrorReplies(
  fastify: FastifyInstance,
  log: Log,
  rarely: (key: string) => boolean,
  methodsOf: (path: string) => readonly string[],
): void {
  fastify.setErrorHandler((error, request, reply) => {
    const told = describe(error);
    if (told.status >= 500 && rarely(`${request.routeOptions.url} ${told.code} ${messageOf(error)}`)) {
      log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request failed');
    }
    return sendError(reply, told);
  });
  fastify.setNotFoundHandler((request, reply) => sendError(reply, missing(methodsOf, request, reply)));
}

/** Refuses a request that no route can see, such as a path with broken escapes. */
export function sendFrameworkError(reply: FastifyReply, error: unknown): void {
  setSecurityHeaders(reply);
  sendError(reply, describe(error));
}

/** Answers bytes that are not HTTP, or not in time; there is no request to speak of. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, code, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [
          '431 Request Header Fields Too Large',
          'HEADERS_TOO_LARGE',
          'The request headers are larger than 16 KB',
        ]
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'REQUEST_TIMEOUT', 'The request was not complete in time']
        : ['400 Bad Request', 'REQUEST_INVALID', 'This is not an HTTP request'];
  const body = JSON.stringify({ error: { code, message } } satisfies ErrorReply);
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function sendError(
  reply: FastifyReply,
  told: { status: number; code: string; message: string; details?: unknown },
): FastifyReply {
  const { status, code, message, details } = told;
  const body: ErrorReply = { error: details === undefined ? { code, message } : { code, message, details } };
  reply.removeHeader('content-disposition');
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="ist"'); // RFC 9110 §15.5.2; asks no browser
  const wait = retryAfterOf(details);
  if (wait !== null) reply.header('retry-after', String(wait));
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(body);
}

/** Seconds, where the error's details tell them. */
function retryAfterOf(details: unknown): number | null {
  if (typeof details !== 'object' || details === null || !('retryAfterSeconds' in details)) return null;
  return typeof details.retryAfterSeconds === 'number' ? details.retryAfterSeconds : null;
}

function describe(error: unknown): { status: number; code: string; message: string; details?: unknown } {
  if (error instanceof AppError) {
    return { status: error.status, code: error.code, message: error.message, details: error.details };
  }
  const { code, statusCode } = error as { code?: string; statusCode?: number }; // anything can be thrown
  const known = translated[code ?? ''];
  if (known !== undefined) return known;
  if (error instanceof SyntaxError && statusCode === 400) {
    return {
      status: 400,
      code: 'BODY_INVALID',
      message: `The body is not valid JSON: ${error.message.slice(0, 200)}`,
    };
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, code: 'REQUEST_INVALID', message: 'The request could not be understood' };
  }
  return {
    status: 500,
    code: 'INTERNAL',
    message: 'The service failed to answer this; the reason is in its log',
  };
}

/** Tells "no such path" from "not with this method" (RFC 9110 §15.5.6 wants the methods that do work). */
function missing(
  methodsOf: (path: string) => readonly string[],
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const path = request.url.split('?', 1)[0] ?? request.url;
  const allowed = methodsOf(path);
  if (allowed.length > 0 && !allowed.includes(request.method)) {
    reply.header('allow', allowed.join(', '));
    return {
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
      message: `${request.method} does not work on ${path}; use ${allowed.join(' or ')}`,
    };
  }
  return { status: 404, code: 'NOT_FOUND', message: `There is nothing at ${path.slice(0, 200)}` };
}
