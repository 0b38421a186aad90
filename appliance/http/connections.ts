import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps at most `limit` connections, by their peer: what speaks over TLS is another object than what was accepted. When
 * they are used up, the oldest one that has not yet sent a whole request makes room: a flood of silent sockets then cannot
 * lock anybody out, which refusing the newest would.
 */
export function limitConnections(server: Server, limit: number): void {
  const silent = new Map<string, Socket>();
  const open = new Set<Socket>();
  const spoke = ({ socket }: IncomingMessage) => silent.delete(peerOf(socket));
  server.on('request', spoke);
  server.on('upgrade', spoke);
  server.on('connection', (socket) => {
    if (open.size >= limit) {
      const [oldest] = silent;
      (oldest?.[1] ?? socket).destroy();
      if (oldest === undefined) return;
      open.delete(oldest[1]);
      silent.delete(oldest[0]);
    }
    const peer = peerOf(socket);
    open.add(socket);
    silent.set(peer, socket);
    socket.once('close', () => {
      open.delete(socket);
      if (silent.get(peer) === socket) silent.delete(peer);
    });
  });
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
