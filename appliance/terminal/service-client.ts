import { existsSync } from 'node:fs';
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { join, resolve } from 'node:path';
import { AppError, messageOf } from '../core/errors.ts';
import type { ServiceClient } from '../core/feature.ts';
import { readEvents } from './event-stream.ts';
import { stripControls, stripDeep } from './text.ts';

export interface ClientOptions {
  /** `--data` or IST_DATA; without it ./data and /var/lib/ist are looked at. */
  dataFolder?: string | undefined;
  /** Speak to a service elsewhere instead of the local socket. */
  url?: string | undefined;
  /** Access key for `url`; the local socket needs none, its file permission decides. */
  key?: string | undefined;
  /** Ends every request that is under way. */
  signal?: AbortSignal | undefined;
}

const socketName = 'ist.sock';
/** The socket is accepted by the kernel even when the process behind it hangs, so silence needs a limit. */
const answerTimeoutMs = 30_000;
/** A command may wait for a measurement that it asked for. */
const sendTimeoutMs = 600_000;
/** The live stream says something at least every 15 s, if only a comment. */
const streamSilenceMs = 40_000;
const maximumAnswerBytes = 64 * 1024 * 1024;

/** The first data folder that holds a socket, else the first that exists, else ./data. */
export function findDataFolder(wanted: string | undefined): string {
  if (wanted !== undefined && wanted !== '') return resolve(wanted);
  const places = [resolve('data'), '/var/lib/ist'];
  return (
    places.find((place) => existsSync(join(place, socketName))) ??
    places.find((place) => existsSync(place)) ??
    resolve('data')
  );
}

export function createServiceClient(options: ClientOptions): ServiceClient {
  const dataFolder = findDataFolder(options.dataFolder);
  const base = options.url === undefined ? null : parseUrl(options.url);
  const socketPath = join(dataFolder, socketName);
  const where = base === null ? socketPath : base.origin;

  async function exchange(
    method: string,
    path: string,
    {
      body,
      accept,
      timeoutMs,
      signal,
    }: { body?: unknown; accept: string; timeoutMs: number; signal?: AbortSignal },
  ): Promise<IncomingMessage> {
    const signals = [options.signal, signal].filter((each) => each !== undefined);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const request: RequestOptions = {
      method,
      path,
      agent: false,
      signal: AbortSignal.any(signals),
      headers: {
        accept,
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
      },
    };
    const isTls = base?.protocol === 'https:';
    const open = isTls ? (await import('node:https')).request : requestHttp;
    const target = base === null ? { socketPath, host: 'localhost' } : addressOf(base, path);
    return new Promise((fulfil, reject) => {
      const outgoing = open({ ...request, ...target }, fulfil);
      outgoing.setTimeout(timeoutMs, () => outgoing.destroy(silence(timeoutMs)));
      outgoing.on('error', (error) =>
        reject(signals.some((each) => each.aborted) ? error : unreachable(error)),
      );
      outgoing.end(text);
    });
  }

  function unreachable(error: Error & { code?: string }): AppError {
    return new AppError('SERVICE_UNREACHABLE', explain(error, where, base !== null), {
      status: 503,
      cause: error,
    });
  }

  async function readBytes(answer: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of answer) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maximumAnswerBytes) throw new Error('the answer is larger than 64 MB');
      }
    } catch (error) {
      throw unreachable(error instanceof Error ? error : new Error(messageOf(error)));
    }
    const bytes = Buffer.concat(chunks);
    const status = answer.statusCode ?? 0;
    if (status < 200 || status > 299) throw errorOf(bytes.toString(), status, answer.headers.location);
    return bytes;
  }

  const readText = async (answer: IncomingMessage) => (await readBytes(answer)).toString();

  const json = async <Result>(method: string, path: string, timeoutMs: number, body?: unknown) => {
    const text = await readText(
      await exchange(method, path, { body, accept: 'application/json', timeoutMs }),
    );
    return (text === '' ? undefined : stripDeep(parseJson(text, where))) as Result; // the service's schema vouches for it
  };

  return {
    dataFolder,
    get: (path) => json('GET', path, answerTimeoutMs),
    send: (method, path, body) => json(method, path, sendTimeoutMs, body),
    async text(path) {
      return stripControls(
        await readText(await exchange('GET', path, { accept: '*/*', timeoutMs: answerTimeoutMs })),
      );
    },
    bytes: async (path) =>
      readBytes(await exchange('GET', path, { accept: '*/*', timeoutMs: sendTimeoutMs })),
    async *stream(path, signal) {
      const answer = await exchange('GET', path, {
        accept: 'text/event-stream',
        timeoutMs: streamSilenceMs,
        signal,
      });
      if (answer.statusCode !== 200) await readText(answer);
      answer.setEncoding('utf8');
      try {
        for await (const { id, event, data } of readEvents(answer)) {
          yield { id, event, data: stripDeep(parseJson(data, where)) };
        }
      } catch (error) {
        // A connection that breaks is the end of the stream; the caller decides whether to come back.
        if (error instanceof AppError) throw error;
      } finally {
        answer.destroy();
      }
    },
  };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new AppError('USAGE', `--url ${text} is not an http or https address.`, { status: 400 });
  }
  return url;
}

function addressOf(base: URL, path: string): RequestOptions {
  return {
    host: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port || (base.protocol === 'https:' ? 443 : 80),
    path: base.pathname.replace(/\/$/, '') + path,
  };
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('SERVICE_ANSWER', `${where} answered something that is not JSON: is it ist?`, {
      cause,
    });
  }
}

/** Turns the service's `{error: {code, message, details}}` back into an error. */
function errorOf(text: string, status: number, location: string | undefined): AppError {
  let error: { code?: unknown; message?: unknown; details?: unknown } = {};
  try {
    error = JSON.parse(text).error ?? {};
  } catch {
    // Not our shape, for example a proxy's page: the status alone tells what happened.
  }
  const code = typeof error.code === 'string' ? error.code : 'SERVICE_ERROR';
  const fallback = location === undefined ? `HTTP status ${status}` : `HTTP status ${status} to ${location}`;
  const message = typeof error.message === 'string' ? error.message : `The service answered ${fallback}.`;
  return new AppError(code, stripControls(message), { status, details: stripDeep(error.details) });
}

function silence(timeoutMs: number): Error & { code?: string } {
  return Object.assign(new Error('no answer'), { code: 'IST_SILENT', timeoutMs });
}

/** What happened and what to do, by the kernel's error code. */
function explain(error: Error & { code?: string }, where: string, isRemote: boolean): string {
  const start = 'Start it with `systemctl start ist` (installed) or `npm start` (checkout).';
  switch (error.code) {
    case 'ENOENT':
      return isRemote
        ? `${where} cannot be reached: ${error.message}.`
        : `The service is not running: there is no socket ${where}. ${start} If its data is elsewhere, say --data FOLDER.`;
    case 'ECONNREFUSED':
      return isRemote
        ? `Nothing listens at ${where}. Is the service running there, and is the port right?`
        : `The service is not running: nobody listens on ${where}. ${start}`;
    case 'EACCES':
    case 'EPERM':
      return `You may not open ${where}. Run this as root or as the user of the service, or join its group.`;
    case 'IST_SILENT':
      return `The service at ${where} took the question and did not answer in time. See \`journalctl -u ist\`.`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `The service at ${where} ended the connection; it may be restarting. Try again.`;
    default:
      return `The service at ${where} cannot be reached: ${error.message || error.code || 'unknown error'}.`;
  }
}
