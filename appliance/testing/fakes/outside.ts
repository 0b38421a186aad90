import { once } from 'node:events';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type OutsideCall, usualLimits } from '../../core/calling.ts';
import { judgeAddress } from '../../net/address-guard.ts';
import { callOut, type Guard } from '../../net/guarded-client.ts';

/** Starts a server on loopback that ends with the test; its port. */
export async function listening(server: Server, t: TestContext): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // clients that leave early are part of these tests
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port; // it listens on a port
}

export const web = (t: TestContext, answer: RequestListener) => listening(createHttp(answer), t);

/** A server that answers the first bytes of each connection as it likes. */
export const raw = (t: TestContext, answer: (socket: Socket) => void) =>
  listening(
    createServer((socket) => {
      socket.once('data', () => answer(socket));
    }),
    t,
  );

/** Loopback stands for the Internet here; everything else is judged as always. */
export const loopbackGuard: Guard = {
  isDeclared: () => true,
  judge: (address, own) =>
    address === '127.0.0.1' ? { kind: 'public', words: 'the test' } : judgeAddress(address, own),
  resolve: async () => ({ ipv4: ['127.0.0.1'], ipv6: [] }),
};

export type CallChange = Omit<Partial<OutsideCall>, 'limits'>;

/** One call to a server of the test, which goes by the name of hooks.test. */
export const callLoopback = (
  port: number,
  change: CallChange = {},
  { limits = {}, ...guard }: Partial<Guard> & { limits?: object } = {},
) =>
  callOut(
    { url: `http://hooks.test:${port}/a?b=c`, ...change },
    { ...usualLimits, timeoutMs: 2000, ...limits },
    { ...loopbackGuard, ...guard },
  );
