import { toIso } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { findIspHop, readLine } from './discovery.ts';
import { type LineFacts, type PlannedTarget, planTargets } from './plan.ts';
import type { LinkChanged } from './schema.ts';

/** Without an answer the search for the provider's router is repeated, less and less often. */
const hopRetryMs = [5000, 15_000, 60_000, 300_000, 600_000];
/** Routes change without a link event (a provider re-numbers): looked at again this often. */
const hopRefreshMs = 15 * 60_000;

/** Finds gateway, provider hop and resolvers of every line, again whenever the link or the configuration changes. */
export class TargetFinder {
  readonly #context: FeatureContext;
  readonly #onTargets: (targets: PlannedTarget[]) => void;
  #facts: LineFacts[] = [];
  #undo: (() => void)[] = [];
  #cancelSearch: () => void = () => undefined;
  #searching: AbortController | null = null;
  #search: Promise<void> = Promise.resolve();
  #attempt = 0;
  #described = '';

  constructor(context: FeatureContext, onTargets: (targets: PlannedTarget[]) => void) {
    this.#context = context;
    this.#onTargets = onTargets;
  }

  async start(): Promise<void> {
    const { link, config, log } = this.#context;
    const again = () => {
      this.#read().catch((error: unknown) => log.error({ err: error }, 'could not read the link'));
    };
    this.#undo = [link.onChange(again), config.onChange(again)];
    await this.#read();
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    this.#cancelSearch();
    this.#searching?.abort();
    await this.#search;
  }

  describe(): LinkChanged {
    return {
      at: toIso(this.#context.timeline.nowMs()),
      lines: this.#facts.map((facts) => ({
        name: facts.line.name,
        interface: facts.interfaceName,
        gateways: facts.families.flatMap((found) => found.gateway ?? []),
        ispHops: facts.families.flatMap((found) => found.ispHop ?? []),
        resolvers: facts.resolvers,
      })),
    };
  }

  async #read(): Promise<void> {
    const { link, config } = this.#context;
    const now = await link.read();
    const { lines, dns } = config.current;
    const previous = this.#facts;
    this.#facts = lines.map((line) => {
      const facts = readLine(line, now, dns.resolvers);
      const before = previous.find((known) => known.line.name === line.name);
      // A provider hop that was found stays while its gateway does, so that its series has no hole.
      const families = facts.families.map((found) => {
        const known = before?.families.find(
          (old) => old.family === found.family && old.gateway === found.gateway,
        );
        return {
          ...found,
          ispHop: found.ispHop ?? known?.ispHop ?? null,
          ...(known?.isIspHopFar === undefined ? {} : { isIspHopFar: known.isIspHopFar }),
        };
      });
      return { ...facts, families };
    });
    this.#publish();
    this.#attempt = 0;
    this.#startSearch();
  }

  #publish(): void {
    const { config, bus } = this.#context;
    const { targets, probing, dns } = config.current;
    this.#onTargets(
      planTargets(this.#facts, targets, {
        ...probing,
        dnsIntervalMs: dns.pulseMs,
        dnsName: dns.names[0] ?? 'example.com',
      }),
    );
    const described = this.describe();
    const key = JSON.stringify(described.lines);
    if (key !== this.#described) bus.emit('link.changed', described);
    this.#described = key;
  }

  /** Looks for the provider's router of each family in the background; probing of the rest goes on meanwhile. */
  #startSearch(): void {
    this.#cancelSearch();
    this.#searching?.abort();
    const searching = new AbortController();
    this.#searching = searching;
    this.#search = this.#search
      .then(() => this.#findHops(searching.signal))
      .catch((error: unknown) => {
        if (!searching.signal.aborted)
          this.#context.log.error({ err: error }, "the search for the provider's router failed");
      });
  }

  async #findHops(signal: AbortSignal): Promise<void> {
    let isComplete = true;
    for (const facts of this.#facts) {
      if (facts.line.ispHop !== 'auto') continue;
      for (const found of facts.families) {
        if (signal.aborted) return;
        const hop = await findIspHop(
          this.#context,
          facts,
          found.family,
          this.#context.config.current.targets,
          signal,
        );
        if (signal.aborted) return;
        if (hop === null) isComplete &&= found.ispHop !== null;
        else if (hop.address !== found.ispHop || hop.isFar !== (found.isIspHopFar ?? false)) {
          found.ispHop = hop.address;
          found.isIspHopFar = hop.isFar;
          this.#publish();
        }
      }
    }
    const delayMs = isComplete ? hopRefreshMs : hopRetryMs[Math.min(this.#attempt, hopRetryMs.length - 1)]!;
    this.#attempt += 1;
    this.#cancelSearch = this.#context.clock.after(delayMs, () => this.#startSearch());
  }
}
