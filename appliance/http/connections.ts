import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps at most `limit` connections. When they are used up, the oldest one that has not yet sent a whole request makes
 * room: a flood of silent sockets then cannot lock anybody out, which refusing the newest would.
 */
export function limitConnections(server: Server, limit: number): void {
  const silent = new Set<Socket>();
  const open = new Set<Socket>();
  const spoke = ({ socket }: IncomingMessage) => silent.delete(socket);
  server.on('request', spoke);
  server.on('upgrade', spoke);
  server.on('connection', (socket) => {
    if (open.size >= limit) {
      const [oldest] = silent;
      (oldest ?? socket).destroy();
      if (oldest === undefined) return;
      open.delete(oldest);
      silent.delete(oldest);
    }
    open.add(socket);
    silent.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      silent.delete(socket);
    });
  });
}
