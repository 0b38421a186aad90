/** One connection that carries load: it asks, checks the answer, then counts or sends until it is told to stop. */
import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { RawTcpFacts } from '../../../native/index.d.ts';
import { systemClock } from '../../core/clock.ts';
import type { LoadRequest, RemoteCount } from '../../core/load.ts';
import { BodyReader } from './body-reader.ts';
import { FrameReader, opcodes, shortFrame } from './frames.ts';
import { type ConnectionStep, failureOf, LoadFailure, refusalOf } from './load-failure.ts';
import { openLoadSocket } from './load-socket.ts';
import { framedBlock, noiseBlock } from './payload.ts';
import { parseRemoteCount } from './remote-count.ts';
import { HeadReader, type ResponseHead } from './response-head.ts';
import { TcpFacts } from './tcp-facts.ts';

export const subprotocol = 'net.measurementlab.ndt.v7';
/** From the first packet to the answer. */
const answerWithinMs = 5000;
/** A body that a server of files or of LibreSpeed takes; then the next one follows on the same connection. */
const postBytes = 20 * 2 ** 20;
/** An object that is shorter than this measures its own start and nothing else. */
const minObjectBytes = 2 ** 20;

export interface ClientStreamListeners {
  /** Load begins. */
  onLoad(): void;
  onRemote(count: Omit<RemoteCount, 'stream'>): void;
  /** Null: the other side ended it in order. Not called after `stop`. */
  onEnd(failure: LoadFailure | null): void;
}

export class ClientStream {
  readonly #request: LoadRequest;
  readonly #listeners: ClientStreamListeners;
  readonly #startedMs = systemClock.monoMs();
  #socket: Socket;
  #facts: TcpFacts;
  #step: ConnectionStep = 'connecting';
  #take: (bytes: Uint8Array) => void;
  #isEnded = false;
  #cancelDeadline: () => void;
  #base = 0;
  /** Of the answer, and what TLS had taken before it was asked for. */
  #headBytes = 0;
  /** Payload and retransmits of connections that this stream has used up before. */
  #before = 0;
  #lastBytes = 0;
  #key = '';
  connectMs = Number.NaN;
  tlsMs = Number.NaN;
  firstByteMs = Number.NaN;
  tls: string | null = null;

  constructor(request: LoadRequest, listeners: ClientStreamListeners) {
    this.#request = request;
    this.#listeners = listeners;
    this.#take = this.#readHead();
    this.#cancelDeadline = systemClock.after(answerWithinMs, () =>
      this.#fail(new LoadFailure('timeout', `no answer within ${answerWithinMs} ms`)),
    );
    this.#socket = this.#connect();
    this.#facts = new TcpFacts(this.#socket);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get isLoading(): boolean {
    return this.#step === 'loading' && !this.#isEnded;
  }

  /** Payload at the receiver, since the load of this stream began. */
  bytes(facts: RawTcpFacts | null): number {
    if (this.#step !== 'loading' || facts === null) return this.#before;
    this.#lastBytes = Math.max(this.#lastBytes, this.#before + this.#counted(facts) - this.#base);
    return this.#lastBytes;
  }

  facts(): RawTcpFacts | null {
    return this.#facts.read();
  }

  followRate(bytesPerMs: number): void {
    if (!this.isLoading) return;
    if (this.#request.direction === 'down') this.#facts.readAtRate(bytesPerMs);
    else this.#facts.sendAtRate(bytesPerMs);
  }

  /** Ends at once, without the bytes that wait to be sent. */
  stop(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelDeadline();
    this.#facts.read();
    if (this.#socket instanceof TLSSocket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #connect(): Socket {
    const socket = openLoadSocket(this.#request, (bytes) => this.#guard(() => this.#take(bytes)));
    const ask = () => this.#guard(() => this.#ask());
    socket.once('connect', () => {
      this.connectMs = systemClock.monoMs() - this.#startedMs;
      if (this.#step === 'connecting') this.#step = socket instanceof TLSSocket ? 'securing' : 'asking';
      if (!(socket instanceof TLSSocket)) ask();
    });
    socket.once('secureConnect', () => {
      this.tlsMs = systemClock.monoMs() - this.#startedMs - this.connectMs;
      if (socket instanceof TLSSocket) this.tls = `${socket.getProtocol()} ${socket.getCipher().name}`;
      ask();
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
    return socket;
  }

  #guard(work: () => void): void {
    if (this.#isEnded) return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isEnded) return;
    const failure = failureOf(error, this.#step);
    this.stop();
    this.#listeners.onEnd(failure);
  }

  /** The other side has nothing more to say. */
  #end(): void {
    if (this.#isEnded) return;
    this.#fail(
      this.#step === 'securing'
        ? new LoadFailure('tls', 'the server ended the connection while agreeing on TLS')
        : new LoadFailure('short', 'the server ended the connection'),
    );
  }

  #endInOrder(): void {
    if (this.#isEnded) return;
    this.stop();
    this.#listeners.onEnd(null);
  }

  #ask(): void {
    this.#step = this.#step === 'loading' ? 'loading' : 'asking';
    const { protocol, direction } = this.#request;
    this.#headBytes = this.#facts.read()?.bytesReceived ?? 0;
    if (direction === 'up') this.#facts.prepareSending(this.#request.congestionControl);
    if (protocol === 'ndt7') this.#askForUpgrade();
    else if (direction === 'down') this.#askForObject();
    else this.#post();
  }

  #head(lines: readonly string[], first: string): string {
    const url = new URL(this.#request.url);
    const extra = Object.entries(this.#request.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
    const all = [`${first} ${url.pathname}${url.search} HTTP/1.1`, `Host: ${url.host}`, ...lines, ...extra];
    return `${all.join('\r\n')}\r\n\r\n`;
  }

  #askForUpgrade(): void {
    this.#key = randomBytes(16).toString('base64');
    const lines = [
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${this.#key}`,
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Protocol: ${subprotocol}`,
    ];
    this.#socket.write(this.#head(lines, 'GET'));
  }

  #askForObject(): void {
    this.#socket.write(
      this.#head(['Accept-Encoding: identity', 'Cache-Control: no-store', 'Connection: close'], 'GET'),
    );
  }

  #readHead(): (bytes: Uint8Array) => void {
    const reader = new HeadReader();
    return (bytes) => {
      const read = reader.push(bytes);
      this.#headBytes += bytes.length - (read?.rest.length ?? 0);
      if (read === null) return;
      this.#cancelDeadline();
      if (Number.isNaN(this.firstByteMs))
        this.firstByteMs = systemClock.monoMs() - this.#startedMs - this.connectMs - (this.tlsMs || 0);
      this.#take = this.#accept(read.head);
      this.#load();
      if (read.rest.length > 0) this.#take(read.rest);
    };
  }

  /** Checks the answer and gives what reads on. */
  #accept(head: ResponseHead): (bytes: Uint8Array) => void {
    return this.#request.protocol === 'ndt7' ? this.#acceptUpgrade(head) : this.#acceptObject(head);
  }

  #acceptUpgrade({ status, headers }: ResponseHead): (bytes: Uint8Array) => void {
    if (status !== 101) throw refusalOf(status, headers.location);
    // RFC 6455 §4.2.2
    const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
    const accept = createHash('sha1').update(`${this.#key}${guid}`).digest('base64');
    if (headers['sec-websocket-accept'] !== accept || headers['sec-websocket-protocol'] !== subprotocol)
      throw new LoadFailure('garbage', 'the server speaks another protocol than ndt7');
    const reader = new FrameReader(false, {
      onText: (text) => {
        const count = parseRemoteCount(text, this.#request.direction);
        if (count) this.#listeners.onRemote(count);
      },
      onPing: (payload) => this.#socket.write(shortFrame(opcodes.pong, payload, randomBytes(4))),
      onClose: (code) => this.#closed(code),
    });
    return (bytes) => reader.push(bytes);
  }

  /** RFC 6455 §7.4.1: 1000 and "no code" are an end in order. */
  #closed(code: number): void {
    if (code === 1000 || code === 1005) this.#endInOrder();
    else
      this.#fail(new LoadFailure(code === 1013 ? 'no-capacity' : 'short', `the server ended with ${code}`));
  }

  #acceptObject(head: ResponseHead): (bytes: Uint8Array) => void {
    const { status, headers } = head;
    if (status !== 200 && status !== 206) throw refusalOf(status, headers.location);
    if (/^text\/html\b/i.test(headers['content-type'] ?? ''))
      throw new LoadFailure('garbage', 'the server sent a page in place of data', status);
    if (!/^(identity)?$/i.test(headers['content-encoding'] ?? ''))
      throw new LoadFailure('garbage', `the server packs its data (${headers['content-encoding']})`, status);
    const body = new BodyReader(head);
    return (bytes) => {
      body.push(bytes);
      if (body.isOver) this.#again(body.payloadBytes);
    };
  }

  /** The object was read to its end: once more. */
  #again(payloadBytes: number): void {
    if (payloadBytes < minObjectBytes)
      throw new LoadFailure('short', `the object has only ${payloadBytes} bytes; name a larger one`);
    this.#reconnect();
  }

  /** Goes on with a connection of its own: what one cannot carry, the next one does. */
  #reconnect(): void {
    const old = this.#socket;
    this.#before = this.bytes(this.#facts.read());
    this.#base = 0;
    old.removeAllListeners();
    old.on('error', () => undefined);
    old.destroy();
    this.#take = this.#readHead();
    this.#socket = this.#connect();
    this.#facts = new TcpFacts(this.#socket);
  }

  #load(): void {
    const facts = this.#facts.read();
    // Downwards the kernel may have taken more than was read: only what came before the body is left out.
    this.#base =
      this.#request.direction === 'down' ? this.#headBytes : facts === null ? 0 : this.#counted(facts);
    const isFirst = this.#step !== 'loading';
    this.#step = 'loading';
    if (isFirst) this.#listeners.onLoad();
    if (this.#request.direction === 'up' && this.#request.protocol === 'ndt7')
      this.#pump(framedBlock('client'));
  }

  #counted(facts: RawTcpFacts): number {
    if (this.#request.direction === 'down') return facts.bytesReceived;
    // What stands behind a gap has arrived too; without it every loss would look like a pause.
    return facts.bytesAcked + facts.sacked * facts.segmentBytes;
  }

  /** Sends the same block until the end; the kernel says when there is room. */
  #pump(block: Uint8Array): void {
    const more = () => {
      while (!this.#isEnded && this.#socket.write(block));
    };
    this.#socket.on('drain', more);
    more();
  }

  /** One POST after the other on the same connection, each read to its answer. */
  #post(): void {
    const isFirst = this.#step !== 'loading';
    const block = noiseBlock();
    let rest = postBytes;
    const head = this.#head(
      ['Content-Type: application/octet-stream', `Content-Length: ${postBytes}`, 'Accept-Encoding: identity'],
      'POST',
    );
    const more = () => {
      while (!this.#isEnded && rest > 0) {
        const part = block.subarray(0, Math.min(rest, block.length));
        rest -= part.length;
        if (!this.#socket.write(part)) return;
      }
    };
    this.#socket.removeAllListeners('drain');
    this.#socket.on('drain', more);
    this.#socket.write(head);
    this.#take = this.#readPostAnswer(() => rest === 0);
    if (isFirst) {
      this.#cancelDeadline();
      this.#load();
    }
    more();
  }

  #readPostAnswer(isSent: () => boolean): (bytes: Uint8Array) => void {
    const reader = new HeadReader();
    let body: BodyReader | null = null;
    let goOn = () => this.#post();
    return (bytes) => {
      const read = body ? { rest: bytes } : reader.push(bytes);
      if (read === null) return;
      if ('head' in read) {
        const { status, headers } = read.head;
        if (status < 200 || status > 299 || (status === 204 && !isSent()))
          throw refusalOf(status, headers.location);
        if (!isSent()) throw new LoadFailure('short', 'the server answered before it had everything');
        if (/\bclose\b/i.test(headers.connection ?? '')) goOn = () => this.#reconnect();
        if (status === 204) return goOn();
        body = new BodyReader(read.head);
      }
      body?.push(read.rest);
      if (body?.isOver || body?.endsWithConnection) goOn();
    };
  }
}
