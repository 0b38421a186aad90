import { readFile } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { Backoff, steadyMs } from './backoff.ts';
import { Connection } from './connection.ts';
import type { Send } from './outbox.ts';
import { isLasting, type LinkProblem } from './problem.ts';
import { type BrokerPlace, brokerOf, type MqttSettings } from './settings.ts';

/** A connection may last for months. */
const countEveryMs = 10 * 60_000;

/** Where an address is, as the guard of net/ judges it. */
export interface Located {
  address: string;
  /** `outside`: somebody else's network, which needs consent; `nowhere`: no host can be there. */
  place: 'box' | 'inside' | 'outside' | 'nowhere';
}

/** What the link needs of the rest of the box. */
export interface LinkWorld {
  clock: Clock;
  log: Log;
  random(): number;
  /** Every address of a host; empty when there is none. */
  locate(host: string): Promise<Located[]>;
  /** The owner lets a broker outside the house know of it. */
  mayGoOutside(): boolean;
  /** What went to and from a broker outside the house. */
  countOutside(sentBytes: number, receivedBytes: number): void;
}

export interface LinkSession {
  clientId: string;
  will: { topic: string; payload: string };
  onOpen(): void;
  onMessage(topic: string, payload: Uint8Array, isRetained: boolean): void;
  /** Was open, and is not any more. */
  onClose(): void;
  /** Another state or problem. */
  onChange(): void;
}

export type LinkState = 'off' | 'connecting' | 'connected' | 'waiting' | 'refused';

/** Keeps one connection to the configured broker for as long as it is wanted, and says how it stands. */
export class Link {
  readonly #world: LinkWorld;
  readonly #session: LinkSession;
  readonly #backoff: Backoff;
  #settings: MqttSettings | null = null;
  #connection: Connection | null = null;
  /** Counts up by one per attempt, so that what comes late is told from what is now. */
  #attempt = 0;
  #openedMonoMs: number | null = null;
  #isOutside = false;
  #cancel: () => void = () => undefined;
  #cancelCount: () => void = () => undefined;
  #loggedCode: string | null = null;
  state: LinkState = 'off';
  problem: LinkProblem | null = null;
  sinceMonoMs: number | null = null;
  connections = 0;

  constructor(world: LinkWorld, session: LinkSession) {
    this.#world = world;
    this.#session = session;
    this.#backoff = new Backoff(world.random);
  }

  get broker(): BrokerPlace | null {
    const url = this.#settings?.url ?? null;
    return url === null ? null : brokerOf(url);
  }

  /** Connects as it is configured now; null ends it. */
  async use(settings: MqttSettings | null): Promise<void> {
    await this.stop();
    this.#settings = settings;
    this.#backoff.reset();
    this.problem = null;
    this.#loggedCode = null;
    if (settings?.url == null) this.#become('off');
    else await this.#try();
  }

  /** Goodbye, so that no last will is published. */
  async stop(): Promise<void> {
    this.#attempt += 1;
    this.#cancel();
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) return;
    const wasOpen = this.#openedMonoMs !== null;
    this.#openedMonoMs = null;
    if (wasOpen) this.#session.onClose();
    await connection.close();
    if (this.#isOutside) this.#count(connection);
  }

  readonly send: Send = (topic, payload, isRetained, done) => {
    if (this.#connection) this.#connection.send(topic, payload, isRetained, done);
    else done(new Error('not connected'));
  };

  async subscribe(filters: readonly string[]): Promise<string[]> {
    return (await this.#connection?.subscribe(filters)) ?? [];
  }

  /** The connection is good for nothing, whatever it says. */
  drop(problem: LinkProblem): void {
    this.#connection?.abort(problem);
  }

  /** The owner has changed what is allowed: what waits is tried at once, what may be no more ends. */
  reconsider(): void {
    if (this.state === 'waiting' || this.state === 'refused') void this.#try();
    else if (this.#isOutside && !this.#world.mayGoOutside())
      this.drop(problem('consent', 'consent.mqttBroker is off: the broker outside the house is left.'));
  }

  async #try(): Promise<void> {
    this.#cancel();
    this.#attempt += 1;
    const attempt = this.#attempt;
    const settings = this.#settings;
    if (settings?.url == null) return;
    const broker = brokerOf(settings.url);
    this.#become('connecting');
    const found = await this.#prepare(settings, broker, attempt);
    if (attempt !== this.#attempt) return;
    if ('code' in found) {
      this.#failed(found);
      return;
    }
    const { tls, located } = found;
    const connection = new Connection({
      ...broker,
      clock: this.#world.clock,
      address: located.address,
      tls,
      clientId: this.#session.clientId,
      user: settings.user,
      password: settings.password?.reveal() ?? null,
      will: this.#session.will,
      onOpen: () => {
        if (connection !== this.#connection) return;
        this.#opened(broker);
      },
      onMessage: this.#session.onMessage,
      onEnd: (problem) => {
        if (located.place === 'outside') this.#count(connection);
        if (connection !== this.#connection) return;
        this.#connection = null;
        this.#cancelCount();
        this.#ended(problem);
      },
    });
    this.#connection = connection;
    this.#isOutside = located.place === 'outside';
    if (this.#isOutside)
      this.#cancelCount = this.#world.clock.every(countEveryMs, () => this.#count(connection));
    try {
      await connection.open();
    } catch (error) {
      connection.abort({ code: 'closed', message: messageOf(error) });
    }
  }

  async #prepare(settings: MqttSettings, { host, isEncrypted }: BrokerPlace, attempt: number) {
    const addresses = await this.#world.locate(host).catch((): Located[] => []);
    if (addresses.length === 0) return problem('name', `The name ${host} has no address now.`);
    const usable = addresses.filter(({ place }) => place !== 'nowhere');
    const located = usable[attempt % usable.length]; // with several, the next one's turn
    if (!located)
      return problem('unreachable', `${host} stands for ${addresses[0]?.address}, where no host can be.`);
    if (located.place === 'outside' && !this.#world.mayGoOutside())
      return problem(
        'consent',
        `${host} (${located.address}) is outside the house: switch consent.mqttBroker on to let it know of this line.`,
      );
    if (!isEncrypted) return { tls: null, located };
    try {
      const [ca, cert, key] = await Promise.all(
        [settings.ca, settings.cert, settings.key].map(async (file) =>
          file === null ? null : await readFile(file, 'utf8'),
        ),
      );
      return { tls: { ca: ca ?? null, cert: cert ?? null, key: key ?? null }, located };
    } catch (error) {
      return problem(
        'files',
        `A file of mqtt.ca, mqtt.cert or mqtt.key cannot be read: ${messageOf(error)}.`,
      );
    }
  }

  #opened({ host, port, isEncrypted }: BrokerPlace): void {
    this.connections += 1;
    this.problem = null;
    this.#loggedCode = null;
    this.#openedMonoMs = this.#world.clock.monoMs();
    this.#become('connected');
    this.#world.log.info({ host, port, isEncrypted }, 'connected to the broker');
    this.#session.onOpen();
  }

  #ended(found: LinkProblem): void {
    const openedMonoMs = this.#openedMonoMs;
    this.#openedMonoMs = null;
    if (openedMonoMs !== null) {
      // One that comes and goes is no better than one that does not come.
      if (this.#world.clock.monoMs() - openedMonoMs >= steadyMs) this.#backoff.reset();
      this.#session.onClose();
    }
    this.#failed(found);
  }

  #failed(found: LinkProblem): void {
    this.problem = found;
    const lasting = isLasting(found);
    const waitMs = this.#backoff.next(lasting);
    if (this.#loggedCode !== found.code)
      this.#world.log.warn({ problem: found.code }, `no connection to the broker: ${found.message}`);
    this.#loggedCode = found.code;
    this.#become(lasting ? 'refused' : 'waiting');
    this.#cancel = this.#world.clock.after(waitMs, () => void this.#try());
  }

  /** For the owner's list of what leaves the house. */
  #count(connection: Connection): void {
    if (connection !== this.#connection) this.#cancelCount();
    const { sentBytes, receivedBytes } = connection.takeBytes();
    if (sentBytes + receivedBytes > 0) this.#world.countOutside(sentBytes, receivedBytes);
  }

  #become(state: LinkState): void {
    if (this.state !== state) this.sinceMonoMs = this.#world.clock.monoMs();
    this.state = state;
    this.#session.onChange();
  }
}

function problem(code: LinkProblem['code'], message: string): LinkProblem {
  return { code, message };
}
