/** The other end of a speed test: sends noise, or counts what comes, and tells the client what it sees. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { systemClock } from '../../core/clock.ts';
import type { ServedLoad, ServeRequest } from '../../core/load.ts';
import { FrameReader, opcodes, shortFrame } from './frames.ts';
import { framedBlock, noiseBlock } from './payload.ts';
import { writeRemoteCount } from './remote-count.ts';
import { TcpFacts } from './tcp-facts.ts';

/** The protocol asks for four messages a second. */
const countMs = 250;
const rateMs = 50;
const stallMs = 5000;
/** RFC 6455 §7.1.1: the client closes; one that does not is not waited for. */
const closeMs = 1000;

export class ServerStream {
  readonly #socket: Socket;
  readonly #request: ServeRequest;
  readonly #onDone: (served: ServedLoad) => void;
  readonly #facts: TcpFacts;
  readonly #startedMs = systemClock.monoMs();
  readonly #timers: NodeJS.Timeout[] = [];
  #base = { received: 0, acked: 0 };
  #lastBytes = 0;
  #lastMs = this.#startedMs;
  #grewMs = this.#startedMs;
  #reader: FrameReader | null = null;
  #isClosing = false;
  #isDone = false;

  /** The request was read by somebody else, and `head` behind it; the answer is ours. */
  constructor(socket: Socket, head: Uint8Array, request: ServeRequest, onDone: (served: ServedLoad) => void) {
    this.#socket = socket;
    this.#request = request;
    this.#onDone = onDone;
    this.#facts = new TcpFacts(socket);
    const facts = this.#facts.read();
    this.#base = { received: (facts?.bytesReceived ?? 0) - head.length, acked: facts?.bytesAcked ?? 0 };
    socket.setNoDelay(true);
    socket.on('error', () => this.stop());
    socket.on('close', () => this.stop());
    socket.on('end', () => this.stop());
    this.#timers.push(setInterval(() => this.#watch(), rateMs));
    if (request.direction === 'down') this.#facts.prepareSending(request.congestionControl);
    if (request.protocol === 'ndt7') this.#serveFrames(head);
    else this.#serveBody();
  }

  stop(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    for (const timer of this.#timers) clearInterval(timer);
    const facts = this.#facts.read();
    const bytes = this.#bytes(facts);
    this.#socket.destroy();
    this.#onDone({ bytes, elapsedMs: systemClock.monoMs() - this.#startedMs });
  }

  #bytes(facts: ReturnType<TcpFacts['read']>): number {
    if (facts === null) return 0;
    return this.#request.direction === 'up'
      ? facts.bytesReceived - this.#base.received
      : facts.bytesAcked - this.#base.acked;
  }

  /** Follows the rate, and ends what is over: the time, the bytes, or a client that is gone without a word. */
  #watch(): void {
    const nowMs = systemClock.monoMs();
    const bytes = this.#bytes(this.#facts.read());
    const bytesPerMs = (bytes - this.#lastBytes) / (nowMs - this.#lastMs);
    if (this.#request.direction === 'up') this.#facts.readAtRate(bytesPerMs);
    else this.#facts.sendAtRate(bytesPerMs);
    if (bytes > this.#lastBytes) this.#grewMs = nowMs;
    [this.#lastBytes, this.#lastMs] = [bytes, nowMs];
    if (nowMs - this.#grewMs > stallMs) this.stop();
    else if (nowMs - this.#startedMs > this.#request.maxMs || bytes > this.#request.maxBytes) this.#close();
  }

  #serveFrames(head: Uint8Array): void {
    const reader = new FrameReader(true, {
      onPing: (payload) => void this.#socket.write(shortFrame(opcodes.pong, payload, null)),
      onClose: () => this.#answerClose(),
    });
    this.#reader = reader;
    const push = (bytes: Uint8Array) => {
      try {
        reader.push(bytes);
      } catch {
        this.stop(); // whoever sends nonsense is not told more than that
      }
    };
    this.#socket.on('data', push);
    // RFC 6455 §4.2.2
    const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
    const accept = createHash('sha1').update(`${this.#request.webSocketKey}${guid}`).digest('base64');
    this.#socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: net.measurementlab.ndt.v7\r\n\r\n`,
    );
    if (head.length > 0) push(head);
    this.#timers.push(setInterval(() => this.#tellCount(), countMs));
    if (this.#request.direction === 'down') this.#pump(framedBlock('server'));
  }

  #serveBody(): void {
    const { maxBytes } = this.#request;
    const length = Number.isFinite(maxBytes) ? `Content-Length: ${maxBytes}\r\n` : '';
    this.#socket.on('data', () => undefined);
    this.#socket.write(
      `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n${length}Cache-Control: no-store\r\nConnection: close\r\n\r\n`,
    );
    this.#pump(noiseBlock(), maxBytes);
  }

  #pump(block: Uint8Array, limit = Number.POSITIVE_INFINITY): void {
    let rest = limit;
    const more = () => {
      while (!this.#isDone && !this.#isClosing) {
        if (rest <= 0) {
          this.#isClosing = true;
          this.#socket.end();
          return;
        }
        const part = rest < block.length ? block.subarray(0, rest) : block;
        rest -= part.length;
        if (!this.#socket.write(part)) return;
      }
    };
    this.#socket.on('drain', more);
    more();
  }

  #tellCount(): void {
    const facts = this.#facts.read();
    if (facts === null || this.#isClosing) return;
    const message = writeRemoteCount(this.#request.direction === 'down' ? 'download' : 'upload', {
      elapsedUs: (systemClock.monoMs() - this.#startedMs) * 1000,
      appBytes: this.#request.direction === 'up' ? (this.#reader?.payloadBytes ?? 0) : this.#bytes(facts),
      tcpBytes: this.#bytes(facts),
      retransmits: facts.retransmits,
      rttUs: facts.rttUs,
      minRttUs: facts.minRttUs,
      congestionControl: facts.congestionControl,
      client: `${this.#socket.remoteAddress}:${this.#socket.remotePort}`,
      server: `${this.#socket.localAddress}:${this.#socket.localPort}`,
    });
    this.#socket.write(shortFrame(opcodes.text, Buffer.from(message), null));
  }

  #answerClose(): void {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#socket.write(shortFrame(opcodes.close, Uint8Array.of(0x03, 0xe8), null)); // 1000
    }
    this.#socket.end(() => this.stop());
  }

  /** We end it; what is still under way arrives before the word that ends it. */
  #close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (this.#request.protocol === 'ndt7')
      this.#socket.write(shortFrame(opcodes.close, Uint8Array.of(0x03, 0xe8), null));
    else this.#socket.end();
    this.#timers.push(setTimeout(() => this.stop(), closeMs));
  }
}
