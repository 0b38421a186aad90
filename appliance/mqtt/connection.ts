import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { MqttClient } from 'mqtt';
import type { Clock } from '../core/clock.ts';
import type { Send } from './outbox.ts';
import { type LinkProblem, problemOf } from './problem.ts';

/** A dead peer is noticed after one and a half of it, and the broker tells others after as long that we are gone. */
const keepaliveSeconds = 20;
const connectTimeoutMs = 15_000;
/** A broker that does not take the goodbye is left all the same. */
const goodbyeMs = 1000;
/** Of one message to us; our commands are a tenth of a percent of it. */
const maxInboundBytes = 1 << 20;

export interface ConnectionOptions {
  clock: Clock;
  address: string;
  host: string;
  port: number;
  /** Null: in the clear. PEM. */
  tls: { ca: string | null; cert: string | null; key: string | null } | null;
  clientId: string;
  user: string | null;
  password: string | null;
  will: { topic: string; payload: string };
  onOpen(): void;
  onMessage(topic: string, payload: Uint8Array, isRetained: boolean): void;
  /** Once, whatever happened before. */
  onEnd(problem: LinkProblem): void;
}

/**
 * One connection, from its first packet to its end. The client library's own reconnecting and storing stay unused: it
 * queues what cannot be sent without bound, and a new client has nothing of the old one.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #client: MqttClient | null = null;
  #socket: Socket | null = null;
  #isEnded = false;
  /** Received since the last whole packet. */
  #partBytes = 0;
  #counted = { sentBytes: 0, receivedBytes: 0 };

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** The library is loaded by who uses it: it takes 20 ms and 2 MB. */
  async open(): Promise<void> {
    const { default: mqtt } = await import('mqtt');
    if (this.#isEnded) return;
    const { clientId, user, password, will, onOpen, onMessage } = this.#options;
    const client = new mqtt.MqttClient(() => this.#dial(), {
      protocolVersion: 4, // every broker speaks it, and what version 5 adds is confirmed by our own echo
      clean: true,
      keepalive: keepaliveSeconds,
      reschedulePings: false, // writing into a dead connection must not put off asking whether it is alive
      reconnectPeriod: 0,
      connectTimeout: connectTimeoutMs,
      resubscribe: false,
      queueQoSZero: false,
      clientId,
      ...(user !== null && { username: user }),
      ...(password !== null && { password }),
      will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
    });
    this.#client = client;
    client.on('connect', () => {
      if (!this.#isEnded) onOpen();
    });
    client.on('message', (topic, payload, { retain }) => {
      if (!this.#isEnded) onMessage(topic, payload, retain);
    });
    client.on('packetreceive', () => {
      this.#partBytes = 0;
    });
    client.on('error', (error) => this.#end(error));
    client.on('close', () => this.#end(new Error('the connection was closed')));
  }

  readonly send: Send = (topic, payload, isRetained, done) => {
    const client = this.#client;
    if (client === null || this.#isEnded || !client.connected) {
      done(new Error('not connected'));
      return;
    }
    client.publish(topic, payload, { qos: 1, retain: isRetained }, (error) => done(error ?? null));
  };

  /** What went over it since this was asked last. */
  takeBytes(): { sentBytes: number; receivedBytes: number } {
    const now = { sentBytes: this.#socket?.bytesWritten ?? 0, receivedBytes: this.#socket?.bytesRead ?? 0 };
    const before = this.#counted;
    this.#counted = now;
    return {
      sentBytes: now.sentBytes - before.sentBytes,
      receivedBytes: now.receivedBytes - before.receivedBytes,
    };
  }

  /** Gives the filters that the broker refuses. */
  async subscribe(filters: readonly string[]): Promise<string[]> {
    const client = this.#client;
    if (client === null || this.#isEnded) return [];
    return await new Promise((done) => {
      client.subscribe([...filters], { qos: 1 }, (_error, granted) => {
        // An answer 0x80 to one filter is an error to the library and still names every other (MQTT 3.1.1 §3.9.3).
        const refused = (granted ?? []).filter(({ qos }) => qos === 128).map(({ topic }) => topic);
        done(refused);
      });
    });
  }

  /** Says goodbye; the broker then does not publish the last will. */
  async close(): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const client = this.#client;
    if (client !== null)
      await new Promise<void>((done) => {
        client.on('error', () => done());
        client.end(false, () => done());
        this.#options.clock.after(goodbyeMs, done);
      });
    this.#release();
  }

  /** Cuts it off. */
  abort(problem: LinkProblem): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#release();
    this.#options.onEnd(problem);
  }

  #end(error: unknown): void {
    const { host, port } = this.#options;
    this.abort(problemOf(error, `${host}:${port}`));
  }

  #release(): void {
    const client = this.#client;
    this.#socket?.destroy();
    if (client === null) return;
    client.end(true);
    client.removeAllListeners();
    client.on('error', () => undefined); // what comes late is of no interest to anybody
    this.#client = null;
  }

  #dial(): Socket {
    const { address, host, port, tls } = this.#options;
    const shared = { host: address, port, keepAlive: true, keepAliveInitialDelay: keepaliveSeconds * 1000 };
    const socket = tls
      ? connectTls({
          ...shared,
          ...(isIP(host) === 0 && { servername: host }),
          ...(tls.ca !== null && { ca: tls.ca }),
          ...(tls.cert !== null && { cert: tls.cert }),
          ...(tls.key !== null && { key: tls.key }),
          minVersion: 'TLSv1.2',
        })
      : connectTcp(shared);
    this.#socket = socket;
    socket.on('data', (piece: Buffer) => {
      this.#partBytes += piece.length;
      if (this.#partBytes <= maxInboundBytes) return;
      const message = `${host}:${port} sends a message of more than ${maxInboundBytes} bytes.`;
      this.abort({ code: 'too-large', message });
    });
    return socket;
  }
}
