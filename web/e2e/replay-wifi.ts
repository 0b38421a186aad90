/** The LAN endpoint of the replay: ndt7 over WebSocket, at a pace that a test can know. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

const block = Buffer.alloc(16_384, 7);
const paceMs = 20;

export class ReplayWifi {
  /** How fast it sends. */
  mbps = 40;
  /** What it says to have received, whatever was sent. */
  countedMbps = 12;
  /** Refuses, as while another device measures. */
  isBusy = false;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1 << 24 });

  follow(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const way = /^\/ndt\/v7\/(download|upload)$/.exec(request.url ?? '')?.[1];
      if (way === undefined || this.isBusy) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (own) => {
        if (way === 'download') this.#send(own);
        else this.#count(own);
      });
    });
  }

  #send(own: WebSocket): void {
    const startedMs = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const due = ((performance.now() - startedMs) * this.mbps * 1000) / 8;
      for (; sent < due; sent += block.length) own.send(block);
    }, paceMs);
    own.on('close', () => clearInterval(timer));
  }

  /** Takes whatever comes and tells a rate of its own: whoever counts what he has sent is found out. */
  #count(own: WebSocket): void {
    const startedMs = performance.now();
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startedMs;
      const BytesReceived = Math.round((elapsedMs * this.countedMbps * 1000) / 8);
      own.send(
        JSON.stringify({
          Test: 'upload',
          TCPInfo: { ElapsedTime: Math.round(elapsedMs * 1000), BytesReceived },
        }),
      );
    }, 250);
    own.on('close', () => clearInterval(timer));
  }

  close(): void {
    for (const own of this.#sockets.clients) own.terminate();
  }
}
