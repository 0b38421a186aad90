import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Family } from '../../../core/shapes.ts';
import type { FoundTarget, LatencyPort } from '../latency/schema.ts';
import { boundTo, families } from './anchors.ts';
import type { PathStore } from './store.ts';

/** The nearest router and the last one that the paths share tell most about where it breaks. */
const maxFound = 2;
const intervalMs = 1000;
const timeoutMs = 1000;
const tries = 2;
/** Routers that are asked whether they answer pings, before the search is given up. */
const maxAsked = 10;
/** A search that found less than it could is repeated, for routers that were only busy. */
const againMs = 3_600_000;
/** A router that lost everything for so long while the line works does not answer pings any more. */
const mutedSeconds = 600;

interface Known {
  found: readonly string[];
  /** What the paths shared when it was searched. */
  candidates: string;
  searchedMonoMs: number;
}

/** Routers behind the provider's first one as latency targets. They stay through outages and restarts. */
export class TransitFinder {
  readonly #context: FeatureContext;
  readonly #latency: LatencyPort;
  readonly #store: PathStore;
  /** By "line family"; at most two for each configured line. */
  readonly #known = new Map<string, Known>();

  constructor(context: FeatureContext, latency: LatencyPort, store: PathStore) {
    this.#context = context;
    this.#latency = latency;
    this.#store = store;
  }

  /** Probes what an earlier run has found, also when this one starts in the middle of an outage. */
  async start(): Promise<void> {
    const rows = Map.groupBy(await this.#store.transit(), ({ line, family }) => `${line} ${family}`);
    for (const [key, found] of rows)
      this.#known.set(key, {
        found: found.map(({ address }) => address),
        candidates: '',
        searchedMonoMs: Number.NEGATIVE_INFINITY,
      });
    this.#tell();
  }

  /** Takes the routers that the paths share now, nearest first; they come from traces that reached their anchors. */
  async update(
    line: string,
    family: Family,
    candidates: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    if (candidates.length === 0) return;
    const key = `${line} ${family}`;
    const known = this.#known.get(key);
    const kept = (known?.found ?? []).filter(
      (address) => candidates.includes(address) && !this.#isMute(address),
    );
    const isComplete = kept.length >= Math.min(maxFound, candidates.length);
    const isSearched =
      known?.candidates === candidates.join(' ') &&
      kept.length === known.found.length &&
      this.#context.clock.monoMs() - known.searchedMonoMs < againMs;
    if ((isComplete && kept.length === known?.found.length) || isSearched) return;
    const found = await this.#search(line, family, candidates, signal);
    if (signal.aborted) return;
    this.#known.set(key, {
      // Not one that answers: what was found before is still better than nothing, if it is on the path at all.
      found: found.length > 0 ? found : kept,
      candidates: candidates.join(' '),
      searchedMonoMs: this.#context.clock.monoMs(),
    });
    const now = this.#known.get(key)?.found ?? [];
    if (now.join() === known?.found.join()) return;
    this.#tell();
    try {
      await this.#store.setTransit(line, family, now);
    } catch (error) {
      this.#context.log.warn({ reason: messageOf(error) }, 'routers behind the provider could not be stored');
    }
  }

  /** The first that answers from the near end, and the first from the far end. */
  async #search(
    line: string,
    family: Family,
    candidates: readonly string[],
    signal: AbortSignal,
  ): Promise<string[]> {
    let asked = 0;
    const answers = new Map<string, boolean>();
    const firstOf = async (order: readonly string[]) => {
      for (const address of order) {
        if (!answers.has(address)) {
          if (asked >= maxAsked || signal.aborted) return null;
          asked += 1;
          answers.set(address, await this.#doesAnswer(line, family, address, signal));
        }
        if (answers.get(address)) return address;
      }
      return null;
    };
    const nearest = await firstOf(candidates);
    if (nearest === null) return [];
    const last = await firstOf(candidates.toReversed());
    return last === null || last === nearest ? [nearest] : [nearest, last];
  }

  async #doesAnswer(line: string, family: Family, address: string, signal: AbortSignal): Promise<boolean> {
    const bound = boundTo(this.#context, line);
    for (let i = 0; i < tries; i += 1) {
      const { outcome } = await this.#context.engine.probeOnce(
        { kind: 'icmp', family, address, timeoutMs, ...bound },
        signal,
      );
      if (outcome === 'ok') return true;
    }
    return false;
  }

  #isMute(address: string): boolean {
    const target = this.#latency
      .targets()
      .find((each) => each.address === address && each.segment === 'transit');
    const recent = target ? this.#latency.recent(target.id, mutedSeconds) : null;
    return recent !== null && recent.count >= mutedSeconds * 0.8 && recent.lost === recent.count;
  }

  #tell(): void {
    const { lines } = this.#context.config.current;
    this.#latency.setFound(
      'path',
      lines.flatMap(({ name }) =>
        families.flatMap((family) =>
          (this.#known.get(`${name} ${family}`)?.found ?? []).map(
            (address, index): FoundTarget => ({
              id: `${prefixOf(name)}transit-${index + 1}-${family}`,
              name: `Transit ${index + 1}`,
              line: name,
              family,
              segment: 'transit',
              address,
              intervalMs,
            }),
          ),
        ),
      ),
    );
  }
}

/** As all targets of a line begin. */
function prefixOf(line: string): string {
  if (line === 'main') return '';
  return `${line
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-+$/, '')}.`;
}
