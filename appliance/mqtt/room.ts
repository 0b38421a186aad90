import type { BridgePort, BridgeStatus } from '../core/bridge.ts';
import type { Bus } from '../core/bus.ts';
import { type Clock, toIso } from '../core/clock.ts';
import type { CommandEntity, FeatureEntities } from '../core/entities.ts';
import type { ConfigPort } from '../core/feature.ts';
import type { Log } from '../core/log.ts';
import type { Timeline } from '../core/timeline.ts';
import { CommandDesk } from './command-desk.ts';
import { type BoxFacts, discoveryDocument, type Offered } from './discovery.ts';
import { DiscoveryDesk } from './discovery-desk.ts';
import { Link, type LinkWorld } from './link.ts';
import { Outbox } from './outbox.ts';
import { OwnBroker } from './own-broker.ts';
import { Publisher } from './publisher.ts';
import { bridgeSentence } from './sentence.ts';
import type { MqttSettings } from './settings.ts';
import { type Topics, topicsOf } from './topics.ts';

/** What a broker has retained arrives at once after subscribing; a slow one has this long. */
const settleMs = 2000;
/** Home Assistant has just started and is busy with every other device too. */
const birthFromMs = 1000;
const birthToMs = 10_000;
/** What we published must come back by then, or the broker does not let it through. */
const echoMs = 15_000;

export interface RoomOptions extends Omit<LinkWorld, 'log' | 'clock'> {
  config: ConfigPort;
  bus: Bus;
  clock: Clock;
  timeline: Timeline;
  log: Log;
  /** The demo speaks to nobody. */
  isDemo: boolean;
}

/** Everything of one serial and one set of topic names. */
interface Desk {
  topics: Topics;
  outbox: Outbox;
  publisher: Publisher;
  discovery: DiscoveryDesk;
  commands: CommandDesk;
  link: Link;
  /** Filters that the broker refuses, and topics whose echo did not come. */
  refused: string[];
  echoes: Set<string>;
  isEnding: boolean;
  undo: (() => void)[];
  cancel: (() => void)[];
}

/** The household's message broker: what the box knows goes there, and what it may be asked comes from there. */
export class MqttRoom implements BridgePort {
  readonly #options: RoomOptions;
  readonly #listeners = new Set<() => void>();
  readonly #broker: OwnBroker;
  #features: readonly FeatureEntities[] = [];
  #box: () => BoxFacts | null = () => null;
  #desk: Desk | null = null;
  #undo: (() => void)[] = [];
  #work: Promise<void> = Promise.resolve();
  #eventsLost = 0;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#broker = new OwnBroker(options.log);
  }

  /** To be called once everything that can be shown runs. `box` is asked at each change. */
  async start(features: readonly FeatureEntities[], box: () => BoxFacts | null): Promise<void> {
    this.#features = features;
    this.#box = box;
    const { config } = this.#options;
    this.#undo = [config.onChange((current, previous) => this.#follow(current, previous))];
    await this.#inTurn(() => this.#begin(config.current.mqtt));
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    await this.#inTurn(async () => {
      await this.#end();
      await this.#broker.stop();
    });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): BridgeStatus {
    const { config, timeline, isDemo } = this.#options;
    const desk = this.#desk;
    const settings = config.current.mqtt;
    const broker = desk?.link.broker ?? null;
    const since = desk?.link.sinceMonoMs ?? null;
    const facts = {
      state: desk?.link.state ?? 'off',
      broker: broker && `${broker.host}:${broker.port}`,
      isEncrypted: broker?.isEncrypted ?? false,
      serial: this.#box()?.serial ?? null,
      baseTopic: desk?.topics.own ?? null,
      since: since === null ? null : toIso(timeline.wallMs(since)),
      problem: desk?.link.problem ?? null,
      warnings: [...(desk?.refused ?? []), ...this.#warningsOf(settings, broker?.isEncrypted ?? true)],
      topics: desk?.outbox.size ?? 0,
      waiting: desk?.outbox.waiting ?? 0,
      entities: desk?.discovery.entities ?? 0,
      discoveryBytes: desk?.discovery.bytes ?? 0,
      connections: desk?.link.connections ?? 0,
      published: desk?.outbox.published ?? 0,
      eventsLost: this.#eventsLost,
      commands: {
        isOn: settings.commands,
        accepted: desk?.commands.accepted ?? 0,
        refused: desk?.commands.refused ?? 0,
      },
      ownBroker: settings.broker.isOn
        ? { port: this.#broker.port, clients: this.#broker.clients, problem: this.#broker.problem }
        : null,
    };
    return { ...facts, sentence: bridgeSentence(facts, isDemo) };
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'the bridge to the broker failed');
    });
    return this.#work;
  }

  #follow(current: Readonly<ConfigPort['current']>, previous: Readonly<ConfigPort['current']>): void {
    if (!isSame(current.mqtt, previous.mqtt)) {
      void this.#inTurn(async () => {
        await this.#end();
        await this.#begin(current.mqtt);
      });
      return;
    }
    if (!same(current.consent, previous.consent))
      void this.#inTurn(async () => this.#desk?.link.reconsider());
    // Names of lines and of the site are in the document.
    if (!same(current.lines, previous.lines) || !same(current.site, previous.site)) this.#show();
  }

  async #begin(settings: MqttSettings): Promise<void> {
    const box = this.#box();
    if (this.#options.isDemo || box === null) return;
    if (settings.broker.isOn) await this.#broker.start(settings);
    const url = settings.url ?? (settings.broker.isOn ? `mqtt://127.0.0.1:${this.#broker.port}` : null);
    if (url === null) return;
    const desk = this.#open(settings, box);
    this.#desk = desk;
    this.#show();
    for (const event of this.#features.flatMap(({ events }) => events ?? []))
      desk.undo.push(
        event.follow(this.#options.bus, ({ type, facts }) => {
          const payload = JSON.stringify({ event_type: type, ...facts });
          if (!desk.outbox.tell(desk.topics.event(event.key), payload)) this.#eventsLost += 1;
        }),
      );
    desk.outbox.keep(desk.topics.status, 'online');
    void desk.link.use({ ...settings, url }); // names may take long, and nobody waits for a broker
  }

  async #end(): Promise<void> {
    const desk = this.#desk;
    if (desk) {
      desk.isEnding = true;
      for (const undo of desk.undo.splice(0)) undo();
      desk.publisher.stop();
      desk.discovery.stop();
      desk.commands.stop();
      await this.#sayGoodbye(desk);
      await desk.link.stop();
      this.#desk = null;
    }
    await this.#broker.stop();
  }

  /** A clean end publishes no last will, so `offline` goes first. */
  async #sayGoodbye({ outbox, topics, link }: Desk): Promise<void> {
    if (link.state !== 'connected') return;
    await new Promise<void>((done) => {
      this.#options.clock.after(1000, done);
      link.send(topics.status, 'offline', true, () => done());
    });
    outbox.close();
  }

  #open(settings: MqttSettings, box: BoxFacts): Desk {
    const { clock, log, bus, timeline } = this.#options;
    const topics = topicsOf(settings, box.serial);
    const outbox = new Outbox({
      clock,
      log,
      onStuck: () => desk.link.drop({ code: 'silent', message: 'The broker confirms nothing any more.' }),
    });
    const desk: Desk = {
      topics,
      outbox,
      publisher: new Publisher({ bus, clock, log, outbox, topics, hasSingleValues: settings.singleValues }),
      discovery: new DiscoveryDesk({ clock, outbox, topic: topics.discovery }),
      commands: new CommandDesk(this.#commands(), {
        clock,
        log,
        at: () => toIso(timeline.nowMs()),
        isOn: () => this.#options.config.current.mqtt.commands,
        answer: (answer) => void outbox.tell(topics.result, JSON.stringify(answer)),
      }),
      link: new Link(this.#options, {
        clientId: `ist-${box.serial}`,
        will: { topic: topics.status, payload: 'offline' },
        onOpen: () => this.#opened(desk),
        onMessage: (topic, payload, isRetained) => this.#received(desk, topic, payload, isRetained),
        onClose: () => this.#closed(desk),
        onChange: () => this.#tell(),
      }),
      refused: [],
      echoes: new Set(),
      isEnding: false,
      undo: [],
      cancel: [],
    };
    return desk;
  }

  #opened(desk: Desk): void {
    const { clock } = this.#options;
    const { topics, link, outbox, discovery } = desk;
    desk.echoes.clear();
    // First, so that what is retained is told before we replace it.
    const filters = [topics.discovery, topics.status, topics.birth, topics.commands];
    void link.subscribe(filters).then((refused) => {
      desk.refused = refused.map((filter) => `The broker does not let this box read ${filter}.`);
      if (link.state === 'connected')
        desk.cancel.push(clock.after(echoMs, () => this.#lookForEchoes(desk, refused)));
      this.#tell();
    });
    outbox.keep(topics.status, 'online', { again: true });
    outbox.open(link.send);
    desk.cancel.push(
      clock.after(settleMs, () => {
        discovery.ready();
        this.#sendAll(desk); // some brokers lose what they retained, or come back with an old copy of it
      }),
    );
  }

  #closed(desk: Desk): void {
    for (const cancel of desk.cancel.splice(0)) cancel();
    desk.discovery.stop();
    desk.outbox.close();
  }

  #received(desk: Desk, topic: string, payload: Uint8Array, isRetained: boolean): void {
    const { topics, discovery, commands } = desk;
    if (topic === topics.discovery || topic === topics.status) {
      if (!isRetained) desk.echoes.add(topic);
      if (isRetained && topic === topics.discovery) discovery.held(payload);
      else if (
        topic === topics.status &&
        Buffer.from(payload).toString() === 'offline' &&
        !isRetained &&
        !desk.isEnding
      )
        // The will of our own connection before this one, which the broker noticed only now.
        desk.outbox.keep(topics.status, 'online', { again: true });
    } else if (topic === topics.birth) {
      if (!isRetained && Buffer.from(payload).toString() === 'online') this.#born(desk);
    } else if (topic.startsWith(`${topics.own}/command/`))
      commands.take(topic.slice(`${topics.own}/command/`.length), payload, isRetained);
  }

  /** Home Assistant has started: the document first, then every value. */
  #born(desk: Desk): void {
    const { clock, random } = this.#options;
    const waitMs = birthFromMs + random() * (birthToMs - birthFromMs);
    desk.cancel.push(clock.after(waitMs, () => desk.outbox.sendAll(desk.topics.discovery)));
    if (desk.cancel.length > 16) desk.cancel.splice(0, desk.cancel.length - 16);
  }

  #sendAll({ outbox, discovery, topics }: Desk): void {
    discovery.sentAgain();
    outbox.sendAll(topics.discovery);
  }

  /** Version 3.1.1 of the protocol has no way to say that a message was thrown away: what does not come back, was. */
  #lookForEchoes(desk: Desk, unreadable: readonly string[]): void {
    const { topics } = desk;
    for (const topic of [topics.status, topics.discovery])
      if (!unreadable.includes(topic) && !desk.echoes.has(topic))
        desk.refused.push(`The broker takes what this box writes to ${topic} and passes it on to nobody.`);
    this.#tell();
  }

  /** Offers what there is now, as it is called now. */
  #show(): void {
    const desk = this.#desk;
    const box = this.#box();
    if (!desk || !box) return;
    const topics = this.#features.flatMap((feature) => feature.topics?.() ?? []);
    desk.publisher.follow(topics);
    const offered: Offered = {
      topics,
      events: this.#features.flatMap(({ events }) => events ?? []),
      commands: this.#options.config.current.mqtt.commands ? this.#commands() : [],
    };
    desk.discovery.offer(discoveryDocument(box, desk.topics, offered));
  }

  #commands(): CommandEntity[] {
    return this.#features.flatMap(({ commands }) => commands ?? []);
  }

  #warningsOf({ user, password, url }: MqttSettings, isEncrypted: boolean): string[] {
    if (url === null || isEncrypted || (user === null && password === null)) return [];
    return ['The password goes to the broker in the clear; mqtts:// in mqtt.url encrypts it.'];
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** A secret shows the same whatever it is. */
function isSame(one: MqttSettings, other: MqttSettings): boolean {
  return same(one, other) && one.password?.reveal() === other.password?.reveal();
}
