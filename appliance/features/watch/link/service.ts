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

/** The kernel tells of links, addresses and routes; neighbours and signal are looked at this often. 2 ms of CPU each. */
const readEveryMs = 10_000;

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
  #next: Promise<void> | null = null;
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
    const again = () => void this.refresh();
    this.#undo = [
      link.onChange(again),
      bus.on('link.changed', again),
      config.onChange(again),
      clock.every(readEveryMs, again),
    ];
    this.#traffic.start();
    this.#witnesses.start();
    await this.refresh();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const undo of this.#undo.splice(0)) undo();
    await this.#next;
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

  /** Joins a reading that has not begun; one that is under way may have looked too early. */
  refresh(): Promise<void> {
    this.#next ??= this.#reading.then(() => {
      this.#next = null;
      this.#reading = this.#read();
      return this.#reading;
    });
    return this.#next;
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

  async #read(): Promise<void> {
    if (this.#isStopped) return;
    try {
      const { link, net } = this.#context;
      const [facts, neighbours, wireless, leases] = await Promise.all([
        link.read(),
        net.neighbours(),
        net.wireless(),
        net.leases(),
      ]);
      this.#seen = { facts, neighbours, wireless, leases };
    } catch (error) {
      this.#context.log.warn({ reason: messageOf(error) }, 'the state of the links could not be read');
      return;
    }
    if (!this.#isStopped) this.#settle();
  }

  #settle(): void {
    const { config, timeline } = this.#context;
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
