/** What the box would have measured around a happening of the past, for the judge to judge. */
import type { Family } from '../../../core/shapes.ts';
import type { Evidence } from '../../judge/outage/schema.ts';
import type { Target } from '../../watch/latency/schema.ts';
import type { Happening, HappeningKind } from './happenings.ts';
import { household } from './household.ts';
import { flowAt } from './household-traffic.ts';
import type { LineModel, ModelTarget } from './line-model.ts';
import { PastNames } from './past-names.ts';
import { modelTargetOf, slotOffsetMs } from './year.ts';

const minuteMs = 60_000;
const stepMs = 1000;
/** What is normal is learned before, and what lasted is closed after. */
const beforeMs = 2 * minuteMs;
const afterMs = 1.5 * minuteMs;
/** Of something long, beginning and end are looked at in full, and what is between now and then. */
const fullAtBeginMs = 4 * minuteMs;
const fullAtEndMs = 2 * minuteMs;
const thinEveryMs = 5 * stepMs;
/** The first loss brings a closer look: everybody is asked so often for so long, and may take longer to answer. */
const quick = { everyMs: 200, forMs: 15_000, overdueMs: 350, timeoutMs: 3000 };
const gaugeEveryMs = 5000;

export interface PastOptions {
  model: LineModel;
  line: string;
  /** All that is probed on the line now. */
  targets: readonly Target[];
  timeoutMs: number;
}

interface Probed {
  id: string;
  target: ModelTarget;
  intervalMs: number;
  offsetMs: number;
}

/** All evidence around a happening, in the order in which it became known; times are epoch ms. */
export function* pastEvidence(one: Happening, options: PastOptions): Generator<Evidence> {
  const fromMs = Math.floor((one.startedAtMs - beforeMs) / stepMs) * stepMs;
  const toMs = one.endedAtMs + afterMs;
  const measured = new PastLine(one, options);
  yield measured.targets(fromMs);
  let pending: Evidence[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += stepMs) {
    measured.second(atMs, pending);
    pending.sort((a, b) => a.atMs - b.atMs);
    // What is sent later becomes known later than the end of this second.
    let known = 0;
    for (let next = pending[known]; next && next.atMs <= atMs + stepMs; next = pending[known]) {
      yield next;
      known += 1;
    }
    pending = pending.slice(known);
  }
  yield* pending;
}

class PastLine {
  readonly #one: Happening;
  readonly #options: PastOptions;
  readonly #targets: readonly Target[];
  readonly #probed: readonly Probed[];
  readonly #names: PastNames;
  #isRouterThere: boolean | null = null;
  /** NaN before the first loss. */
  #quickFromMs = Number.NaN;

  constructor(one: Happening, options: PastOptions) {
    this.#one = one;
    this.#options = options;
    this.#targets = options.targets.filter(({ line, method, address }) => {
      return line === options.line && method !== 'dns' && address !== null; // name servers give evidence of their own
    });
    this.#probed = this.#targets
      .filter((target) => isTelling(one.kind, target))
      .map((target) => ({
        id: target.id,
        target: modelTargetOf(target),
        intervalMs: target.intervalMs,
        offsetMs: slotOffsetMs(target.id, target.intervalMs),
      }));
    this.#names = new PastNames(options.model, options.line);
  }

  targets(atMs: number): Evidence {
    const targets = this.#targets.map(({ id, name, address, line, family, segment, intervalMs }) => {
      return { id, name, address, line, family, segment, intervalMs };
    });
    return { kind: 'targets', atMs, targets };
  }

  /** Adds everything that is sent within a second. */
  second(atMs: number, found: Evidence[]): void {
    if (!this.#isSkipped(atMs)) for (const probed of this.#probed) this.#calm(probed, atMs, found);
    const ageMs = atMs - this.#quickFromMs;
    if (ageMs >= 0 && ageMs < quick.forMs) this.#quick(atMs, found);
    this.#names.second(atMs, found);
    if (atMs % gaugeEveryMs !== 0) return;
    const { model, line } = this.#options;
    found.push({ kind: 'traffic', atMs, line, source: 'router', ...flowAt(model, atMs) });
    this.#link(atMs, found);
  }

  #calm(probed: Probed, atMs: number, found: Evidence[]): void {
    const { target, intervalMs, offsetMs } = probed;
    const first = offsetMs + Math.ceil((atMs - offsetMs) / intervalMs) * intervalMs;
    for (let sentMs = first; sentMs < atMs + stepMs; sentMs += intervalMs) {
      const exchange = this.#exchange(probed, sentMs, false);
      if (Number.isNaN(exchange.rttUs)) this.#suspect(target, sentMs + quick.overdueMs);
      found.push(exchange);
    }
  }

  #quick(atMs: number, found: Evidence[]): void {
    for (const [index, probed] of this.#probed.entries())
      for (let sentMs = atMs + 3 * index; sentMs < atMs + stepMs; sentMs += quick.everyMs)
        found.push(this.#exchange(probed, sentMs, true));
  }

  #exchange({ id, target }: Probed, sentMs: number, isQuick: boolean) {
    const rttUs = this.#options.model.sample(target, sentMs);
    const limitMs = isQuick ? quick.timeoutMs : this.#options.timeoutMs;
    const isAnswered = rttUs >= 0 && rttUs / 1000 <= limitMs;
    return {
      kind: 'exchange',
      atMs: sentMs + (isAnswered ? rttUs / 1000 : limitMs),
      target: id,
      sentMs,
      rttUs: isAnswered ? rttUs : Number.NaN,
      isQuick,
    } as const;
  }

  #suspect({ segment }: ModelTarget, atMs: number): void {
    const isWatched = segment === 'anchor' || segment === 'gateway' || segment === 'isp';
    if (!isWatched || !Number.isNaN(this.#quickFromMs) || atMs < this.#one.startedAtMs) return;
    this.#quickFromMs = Math.ceil(atMs / stepMs) * stepMs;
  }

  /** The middle of something long. */
  #isThin(atMs: number): boolean {
    const { startedAtMs, endedAtMs } = this.#one;
    return atMs >= startedAtMs + fullAtBeginMs && atMs < endedAtMs - fullAtEndMs;
  }

  #isSkipped(atMs: number): boolean {
    return this.#isThin(atMs) && !needsEverySecond.has(this.#one.kind) && atMs % thinEveryMs !== 0;
  }

  /** What the kernel knows of the router, when that is another thing than before. */
  #link(atMs: number, found: Evidence[]): void {
    const { model, line } = this.#options;
    const address = household.gateway.ipv4;
    const isThere = model.sample({ kind: 'icmp', family: 'ipv4', segment: 'gateway', address }, atMs) >= 0;
    if (isThere === this.#isRouterThere) return;
    this.#isRouterThere = isThere;
    const neighbour = isThere ? 'reachable' : 'failed';
    const isWireless = model.happeningsAt(atMs).some(({ kind }) => kind === 'wifi');
    found.push({
      kind: 'link',
      atMs,
      line,
      interfaceName: isWireless ? household.wirelessName : household.interfaceName,
      isUp: true,
      hasCarrier: true,
      families: (['ipv4', 'ipv6'] as const).map((family: Family) => {
        return { family, hasAddress: true, hasRoute: true, neighbour };
      }),
    });
  }
}

/** Loss and delay are followed by the answers of the last seconds; silence stays silence without them. */
const needsEverySecond: ReadonlySet<HappeningKind> = new Set(['bufferbloat', 'noise', 'wifi']);

/** Of a full queue the destinations of one family and the provider's router say it all. */
function isTelling(kind: HappeningKind, { family, segment }: Target): boolean {
  return kind !== 'bufferbloat' || (family === 'ipv4' && (segment === 'anchor' || segment === 'isp'));
}
