import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { Aedes } from 'aedes';
import { messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { MqttSettings } from './settings.ts';

/** A household has a handful; what a box of 512 MB can carry decides. */
const maxClients = 64;
const maxTopics = 5000;
const maxPayloadBytes = 64 * 1024;
const heartbeatMs = 60_000;

/** What an `Aedes` refusal needs (MQTT 3.1.1 §3.2.2.3). */
const badCredentials = 4;

/** A broker inside the box, for a house that has no other. Everything in it is in RAM, and all of it has a bound. */
export class OwnBroker {
  readonly #log: Log;
  #broker: Aedes | null = null;
  #server: Server | null = null;
  readonly #sockets = new Set<Socket>();
  readonly #retained = new Set<string>();
  problem: string | null = null;
  port = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  get clients(): number {
    return this.#broker?.connectedClients ?? 0;
  }

  /** Listens; what keeps it from that is a state, shown as `problem`. */
  async start({ user, password, broker }: MqttSettings): Promise<void> {
    this.port = broker.port;
    if (user === null || password === null) {
      this.problem =
        'The broker of this box needs mqtt.user and mqtt.password, or everybody could read and write.';
      this.#log.warn({}, this.problem);
      return;
    }
    const { Aedes } = await import('aedes');
    const expected = Buffer.from(`${user}\0${password.reveal()}`);
    this.#broker = await Aedes.createBroker({
      heartbeatInterval: heartbeatMs,
      maxTopicLevels: 16,
      preConnect: (_client, packet, done) => {
        packet.clean = true; // nothing is queued for whoever is away
        done(null, this.#sockets.size <= maxClients);
      },
      authenticate: (_client, name, word, done) => {
        const given = Buffer.from(`${name ?? ''}\0${word?.toString() ?? ''}`);
        if (given.length === expected.length && timingSafeEqual(given, expected)) done(null, true);
        else
          done(Object.assign(new Error('wrong user name or password'), { returnCode: badCredentials }), null);
      },
      authorizePublish: (_client, packet, done) => done(this.#judge(packet)),
    });
    await this.#listen(broker);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const [server, broker] = [this.#server, this.#broker];
    this.#server = null;
    this.#broker = null;
    this.problem = null;
    this.#retained.clear();
    if (server?.listening) await new Promise((done) => server.close(done));
    if (broker) await new Promise<void>((done) => broker.close(() => done()));
  }

  #judge({
    topic,
    payload,
    retain,
  }: {
    topic: string;
    payload: string | Buffer;
    retain: boolean;
  }): Error | null {
    if (payload.length > maxPayloadBytes) return new Error('the message is too large');
    if (!retain) return null;
    if (payload.length === 0) this.#retained.delete(topic);
    else if (this.#retained.size >= maxTopics && !this.#retained.has(topic))
      return new Error('too many topics');
    else this.#retained.add(topic);
    return null;
  }

  async #listen({ host, port }: MqttSettings['broker']): Promise<void> {
    const broker = this.#broker;
    const server = createServer((socket) => {
      if (this.#sockets.size >= maxClients || broker === null) {
        socket.destroy();
        return;
      }
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined); // a client that breaks off is its own affair
      broker.handle(socket);
    });
    this.#server = server;
    await new Promise<void>((done) => {
      server.on('error', (error) => {
        this.problem = `The broker of this box cannot listen at ${host}, port ${port}: ${messageOf(error)}`;
        this.#log.warn({ port }, this.problem);
        done();
      });
      server.listen(port, host, () => {
        const address = server.address();
        if (typeof address === 'object' && address !== null) this.port = address.port;
        this.#log.info({ port: this.port }, 'the broker of this box listens');
        done();
      });
    });
  }
}
