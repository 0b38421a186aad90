import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LatencyPort } from '../latency/schema.ts';
import { LinkHistory } from './history.ts';
import { isNews, type LineConfig, type Observed, observe } from './observe.ts';
import type { LinkList, LinkPort, LinkState } from './schema.ts';
import { homeNetwork } from './subnet.ts';
import { TrafficMeter } from './traffic.ts';
import type { Surroundings } from './witness-keeper.ts';
import { Witnesses } from './witnesses.ts';

/** What is read, by what it costs: 0.1, 1.0 and 1.4 ms of CPU. */
const depths = { neighbours: 0, link: 1, leases: 2 } as const;
type Depth = keyof typeof depths;
/** The kernel tells of links, addresses and routes, but not of neighbours and signal. */
const neighboursEveryMs = 10_000;
/** While a gateway is not known to be there: its return should be seen. */
const silentEveryMs = 1000;
/** In case the kernel's news got lost. */
const everythingEveryMs = 60_000;

const nothing: Observed = {
  facts: { defaultRoutes: [], resolvers: [], interfaces: [] },
  neighbours: [],
  wireless: [],
  leases: [],
};

/** What the box sees of its own link: carrier, addresses, routes, neighbours, traffic, and who else is there. */
export class LinkService implements LinkPort {
  readonly #context: FeatureContext;
  readonly #latency: LatencyPort;
  readonly #history: LinkHistory;
  readonly #traffic: TrafficMeter;
  readonly #witnesses: Witnesses;
  /** By line, of which there are at most eight. */
  readonly #states = new Map<string, LinkState>();
  readonly #told = new Map<string, LinkState>();
  #seen: Observed = nothing;
  #undo: (() => void)[] = [];
  #reading: Promise<void> = Promise.resolve();
  #next: { depth: Depth; done: Promise<void> } | null = null;
  #cancelSoon: () => void = () => undefined;
  #isStopped = false;

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#latency = context.port('latency');
    this.#history = new LinkHistory(context);
    this.#traffic = new TrafficMeter(context);
    this.#witnesses = new Witnesses(context, (line) => this.#surroundingsOf(line));
  }

  async start(): Promise<void> {
    const { link, bus, clock, config } = this.#context;
    await this.#remember();
    const again = () => void this.#readSoon('leases');
    this.#undo = [
      link.onChange(again),
      bus.on('link.changed', again),
      config.onChange(again),
      clock.every(neighboursEveryMs, () => void this.#readSoon('neighbours')),
      clock.every(everythingEveryMs, again),
    ];
    this.#traffic.start();
    this.#witnesses.start();
    await this.#readSoon('leases');
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelSoon();
    for (const undo of this.#undo.splice(0)) undo();
    await this.#next?.done;
    await this.#reading;
    await Promise.all([this.#witnesses.stop(), this.#traffic.stop()]);
    await this.#history.stop();
  }

  state(line: string): LinkState | null {
    return this.#told.has(line) ? (this.#states.get(line) ?? null) : null;
  }

  onTraffic(listener: Parameters<LinkPort['onTraffic']>[0]): () => void {
    return this.#traffic.onTraffic(listener);
  }

  refresh(): Promise<void> {
    return this.#readSoon('link');
  }

  between(line: string, fromMs: number, toMs: number): Promise<LinkState[]> {
    return this.#history.between(line, fromMs, toMs);
  }

  list(): LinkList {
    const links = this.#context.config.current.lines.flatMap(({ name }) => this.state(name) ?? []);
    return { links, traffic: this.#traffic.newest(), router: this.#traffic.router() };
  }

  /** Where the lines left by before this start, and what need not be stored again. */
  async #remember(): Promise<void> {
    for (const { name } of this.#context.config.current.lines) {
      try {
        const last = await this.#history.newest(name);
        if (last) this.#states.set(name, last);
      } catch (error) {
        this.#context.log.warn(
          { line: name, reason: messageOf(error) },
          'past states of the link are not known',
        );
      }
    }
  }

  /** Joins a reading that has not begun; one that is under way may have looked too early. */
  #readSoon(depth: Depth): Promise<void> {
    if (this.#next) {
      if (depths[depth] > depths[this.#next.depth]) this.#next.depth = depth;
      return this.#next.done;
    }
    const next = { depth, done: this.#reading };
    next.done = this.#reading.then(() => {
      this.#next = null;
      this.#reading = this.#read(next.depth);
      return this.#reading;
    });
    this.#next = next;
    return next.done;
  }

  async #read(depth: Depth): Promise<void> {
    if (this.#isStopped) return;
    const { link, net, log } = this.#context;
    const isAtLeast = (wanted: Depth) => depths[depth] >= depths[wanted];
    try {
      const [neighbours, wireless, facts, leases] = await Promise.all([
        net.neighbours(),
        net.wireless(),
        isAtLeast('link') ? link.read() : this.#seen.facts,
        isAtLeast('leases') ? net.leases() : this.#seen.leases,
      ]);
      this.#seen = { facts, neighbours, wireless, leases };
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'the state of the links could not be read');
      return;
    }
    if (!this.#isStopped) this.#settle();
  }

  #settle(): void {
    const { config, timeline, clock } = this.#context;
    const { lines } = config.current;
    const atMs = timeline.nowMs();
    const gone = [...this.#told.keys()].filter((known) => !lines.some(({ name }) => name === known));
    for (const line of gone) this.#forget(line);
    const news = lines.flatMap((line) => {
      const state = observe(line, this.#interfaceOf(line), this.#seen, atMs);
      const before = this.#told.get(line.name) ?? this.#states.get(line.name);
      const isFirst = !this.#told.has(line.name);
      const isOther = before === undefined || isNews(before, state);
      this.#states.set(line.name, state);
      if (isOther) this.#history.record(atMs, state);
      if (!isFirst && !isOther) return [];
      this.#told.set(line.name, state);
      return [state];
    });
    if (news.length > 0 || gone.length > 0) {
      this.#traffic.follow([...this.#states.values()]);
      this.#witnesses.follow(lines.map(({ name }) => name));
    }
    for (const state of news) this.#context.bus.emit('link.observed', state);
    this.#cancelSoon();
    if ([...this.#states.values()].some(hasSilentGateway))
      this.#cancelSoon = clock.after(silentEveryMs, () => void this.#readSoon('neighbours'));
  }

  #forget(line: string): void {
    this.#told.delete(line);
    this.#states.delete(line);
  }

  /** A line that has lost its route is still plugged in where it was. */
  #interfaceOf({ name }: LineConfig): string | null {
    const now = this.#latency.link().lines.find((line) => line.name === name)?.interface ?? null;
    return now ?? this.#states.get(name)?.interface ?? null;
  }

  #surroundingsOf(name: string): Surroundings {
    const state = this.#states.get(name);
    const line = this.#context.config.current.lines.find((each) => each.name === name);
    const { interfaces } = this.#seen.facts;
    const own = interfaces.find((each) => each.name === state?.interface);
    const probed = this.#latency
      .targets()
      .filter((target) => target.line === name && target.segment !== 'lan');
    const gateways = state?.families ?? [];
    return {
      interfaceName: state?.interface ?? null,
      bindTo: line === undefined || line.interface === 'auto' ? null : line.interface,
      hasCarrier: state?.hasCarrier ?? false,
      network: homeNetwork(own?.networks ?? []),
      addresses: new Set([
        ...interfaces.flatMap(({ addresses }) => addresses),
        ...gateways.flatMap(({ gateway }) => gateway ?? []),
        ...probed.flatMap(({ address }) => address ?? []),
      ]),
      gatewayMacs: new Set(gateways.flatMap(({ gatewayMac }) => gatewayMac ?? [])),
    };
  }
}

const hasSilentGateway = ({ families }: LinkState) =>
  families.some(({ gateway, gatewayMac }) => gateway !== null && gatewayMac === null);
