/** The LAN endpoint of the replay: ndt7 over WebSocket, at a pace that a test can know. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

const block = Buffer.alloc(16_384, 7);
const paceMs = 20;

export class ReplayWifi {
  /** How fast the hop is; what is sent faster waits. */
  mbps = 40;
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
    let owed = 0;
    const timer = setInterval(() => {
      owed += (this.mbps * 1000 * paceMs) / 8;
      for (; owed >= block.length; owed -= block.length) own.send(block);
    }, paceMs);
    own.on('close', () => clearInterval(timer));
  }

  /** Says a tenth less than what came: whoever counts by himself is found out. */
  #count(own: WebSocket): void {
    const startedMs = performance.now();
    let bytes = 0;
    own.on('message', (data: Buffer) => {
      bytes += data.length;
      own.pause();
      setTimeout(() => own.resume(), (data.length * 8) / 1000 / this.mbps);
    });
    const timer = setInterval(() => {
      const ElapsedTime = Math.round((performance.now() - startedMs) * 1000);
      const BytesReceived = Math.round(bytes * 0.9);
      own.send(JSON.stringify({ Test: 'upload', TCPInfo: { ElapsedTime, BytesReceived } }));
    }, 250);
    own.on('close', () => clearInterval(timer));
  }

  close(): void {
    for (const own of this.#sockets.clients) own.terminate();
  }
}
