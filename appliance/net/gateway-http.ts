import { request } from 'node:http';
import { AppError, messageOf } from '../core/errors.ts';

export interface GatewayRequest {
  /** Connected to whatever the URL says. */
  gateway: string;
  url: URL;
  localAddress: string | null;
  method: 'GET' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** An answer that is longer is refused. */
  maxBytes: number;
  /** For the whole of it. */
  timeoutMs: number;
}

/**
 * One HTTP exchange with the gateway and nobody else; redirects are answers like any other. Throws AppError
 * `ROUTER_SILENT` when nothing usable comes in time, `ROUTER_ANSWER_INVALID` when it is too long.
 */
export async function askGateway(
  { gateway, url, localAddress, method, headers, body, maxBytes, timeoutMs }: GatewayRequest,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await new Promise((resolve, reject) => {
      const sent = request({
        host: gateway,
        port: url.port === '' ? 80 : Number(url.port),
        path: `${url.pathname}${url.search}`,
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
        agent: false,
        signal: AbortSignal.any([signal, timeout]),
        ...(localAddress === null ? {} : { localAddress }),
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size <= maxBytes) return;
          sent.destroy();
          reject(tooLong(gateway, maxBytes));
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      sent.end(body);
    });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof AppError) throw cause;
    const why = timeout.aborted ? `no answer within ${timeoutMs} ms` : messageOf(cause);
    throw new AppError('ROUTER_SILENT', `The router ${gateway} does not tell (${url.pathname}: ${why}).`, {
      cause,
    });
  }
}

function tooLong(gateway: string, maxBytes: number): AppError {
  return new AppError('ROUTER_ANSWER_INVALID', `The router ${gateway} sent more than ${maxBytes} bytes.`);
}
