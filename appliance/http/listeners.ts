import { lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect, type ListenOptions } from 'node:net';
import { AppError, messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';

/** Listens on TCP and returns the port; `::` falls back to IPv4 where the machine has no IPv6. */
export async function listenTcp(server: Server, host: string, port: number, log: Log): Promise<number> {
  try {
    await listen(server, { host, port }, log);
  } catch (error) {
    if (host !== '::' || !isNoIpv6(error)) throw explainTcp(error, host, port);
    log.info({ port }, 'this machine has no IPv6; listening on IPv4 only');
    try {
      await listen(server, { host: '0.0.0.0', port }, log);
    } catch (again) {
      throw explainTcp(again, '0.0.0.0', port);
    }
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Listens on a unix socket that only our own user may open. A file left behind by a crash is replaced. */
export async function listenUnix(server: Server, path: string, log: Log): Promise<void> {
  await clearStale(path);
  // The file must never exist with wider rights, not even for a moment. Node binds within the call.
  const before = process.umask(0o177);
  const listening = listen(server, { path }, log);
  process.umask(before);
  try {
    await listening;
  } catch (error) {
    throw new AppError('SOCKET_FAILED', `Cannot listen on the local socket ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function listen(server: Server, options: ListenOptions, log: Log): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => reject(error);
    server.once('error', onError);
    server.listen(options, () => {
      server.off('error', onError);
      // Out of descriptors, for example; without a listener it would end the process.
      server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'));
      resolve();
    });
  });
}

/** Removes a dead socket file; anything else at that path, and a living socket, is somebody's and stays. */
async function clearStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new AppError(
      'SOCKET_FAILED',
      `${path} exists and is not a socket; move it away or choose another data folder`,
    );
  }
  if (await isAnswering(path)) {
    throw new AppError('ALREADY_RUNNING', `Another instance already listens on ${path}; stop it first`);
  }
  rmSync(path);
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.setTimeout(1_000, () => finish(true)); // a full backlog is a living owner as well
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    const finish = (isAlive: boolean) => {
      socket.destroy();
      resolve(isAlive);
    };
  });
}

function isNoIpv6(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | null)?.code ?? ''); // Node's own errors carry one
}

function explainTcp(error: unknown, host: string, port: number): AppError {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const options = { cause: error, details: { host, port } };
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new AppError(
        'PORT_IN_USE',
        `Port ${port} on ${host} is already used by another program; stop it, or choose another port with http.port or IST_PORT`,
        options,
      );
    case 'EACCES':
    case 'EPERM':
      return new AppError(
        'PORT_FORBIDDEN',
        `No permission to listen on ${where}; ports below 1024 need CAP_NET_BIND_SERVICE, or choose a port from 1024 up with http.port or IST_PORT`,
        options,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
    case 'EAFNOSUPPORT':
      return new AppError(
        'HOST_NOT_LOCAL',
        `${host} is not an address of this machine (port ${port}); set http.host or IST_HOST to one of its addresses, "0.0.0.0" or "::"`,
        options,
      );
    default:
      return new AppError('LISTEN_FAILED', `Cannot listen on ${where}: ${messageOf(error)}`, options);
  }
}
