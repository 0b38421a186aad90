import { toIso } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { type CounterReading, type Rate, rateBetween } from './rate.ts';
import { RouterWatch } from './router-watch.ts';
import type { LinkPort, LinkState, Traffic } from './schema.ts';

const ownEveryMs = 1000;

type Listener = Parameters<LinkPort['onTraffic']>[0];
type Told = Parameters<Listener>[0];

/** What flows over each line, by the counters of this box and of a router that tells. */
export class TrafficMeter {
  readonly #context: FeatureContext;
  /** Both are keyed by line, of which there are at most eight. */
  readonly #routers = new Map<string, RouterWatch>();
  readonly #own = new Map<string, { interfaceName: string; reading: CounterReading | null }>();
  readonly #newest = new Map<string, Traffic>();
  readonly #listeners = new Set<Listener>();
  #cancel: () => void = () => undefined;

  constructor(context: FeatureContext) {
    this.#context = context;
  }

  start(): void {
    this.#cancel = this.#context.clock.every(ownEveryMs, () => void this.#readOwn());
  }

  async stop(): Promise<void> {
    this.#cancel();
    const routers = [...this.#routers.values()];
    this.#routers.clear();
    await Promise.all(routers.map((router) => router.stop()));
  }

  onTraffic(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The newest of each line and source. */
  newest(): Traffic[] {
    return [...this.#newest.values()];
  }

  /** The first router that tells. */
  router(): { name: string; line: string } | null {
    for (const [line, { name }] of this.#routers) if (name !== null) return { name, line };
    return null;
  }

  /** The links as they are now: where to count, and whom to ask. */
  follow(states: readonly LinkState[]): void {
    const lines = new Set(states.map(({ line }) => line));
    for (const [line, router] of this.#routers) if (!lines.has(line)) this.#forget(line, router);
    for (const state of states) {
      const interfaceName = state.interface;
      if (interfaceName === null) this.#own.delete(state.line);
      else if (this.#own.get(state.line)?.interfaceName !== interfaceName)
        this.#own.set(state.line, { interfaceName, reading: null });
      const gateway = state.families.find(({ family }) => family === 'ipv4')?.gateway ?? null;
      this.#routerOf(state.line).follow(interfaceName, gateway);
    }
  }

  #forget(line: string, router: RouterWatch): void {
    this.#routers.delete(line);
    this.#own.delete(line);
    for (const source of ['own', 'router'] as const) this.#newest.delete(`${line} ${source}`);
    void router.stop();
  }

  #routerOf(line: string): RouterWatch {
    const { net, clock, log, bus, timeline } = this.#context;
    const known = this.#routers.get(line);
    if (known) return known;
    const onRate = (rate: Rate, atMonoMs: number) =>
      this.#tell({ line, atMonoMs, source: 'router', ...rate });
    const onRestart = (sinceMonoMs: number) =>
      bus.emit('router.restarted', { line, at: toIso(timeline.wallMs(sinceMonoMs)) });
    const router = new RouterWatch({ net, clock, log, line, onRate, onRestart });
    this.#routers.set(line, router);
    return router;
  }

  async #readOwn(): Promise<void> {
    const counters = await this.#context.net.counters();
    const atMonoMs = this.#context.clock.monoMs();
    for (const [line, own] of this.#own) {
      const counter = counters.find(({ name }) => name === own.interfaceName);
      const reading = counter ? { atMonoMs, rxBytes: counter.rxBytes, txBytes: counter.txBytes } : null;
      // Linux counts in 64 bits: less than before is another interface of the same name.
      const rate = own.reading && reading && rateBetween(own.reading, reading, false);
      own.reading = reading;
      if (rate) this.#tell({ line, atMonoMs, source: 'own', ...rate });
    }
  }

  #tell(traffic: Told): void {
    const { atMonoMs, ...rest } = traffic;
    const at = toIso(this.#context.timeline.wallMs(atMonoMs));
    this.#newest.set(`${traffic.line} ${traffic.source}`, { ...rest, at });
    for (const listener of this.#listeners) {
      try {
        listener(traffic);
      } catch (error) {
        this.#context.log.error({ err: error }, 'a listener for traffic failed');
      }
    }
  }
}
