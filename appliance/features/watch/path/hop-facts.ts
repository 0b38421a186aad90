import type { OutsideClient } from '../../../core/calling.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { originName, ownerName, readOrigin, readOwner } from './cymru.ts';
import { LazyLookups } from './lazy-lookups.ts';
import { keepNetworksMs, type NetworkTable } from './network-table.ts';
import { isPublic } from './public-address.ts';
import { cleanHostName, reverseName } from './reverse-name.ts';
import type { Network, PathHop } from './schema.ts';
import type { BareHop } from './trace-row.ts';

const timeoutMs = 2000;
const keepNamesMs = 24 * 3_600_000;
const maxKept = 1000;
/** Owners of one run of lookups are asked once each. */
const maxOwners = 200;

export interface HopFactsOptions {
  context: FeatureContext;
  table: NetworkTable;
  /** Whether any line answers now: a name server behind a line that is down is not asked. */
  isAnswering(): boolean;
}

/** Names and owners of routers, as far as they are known; asked for in the background, over DNS only. */
export class HopFacts {
  readonly #options: HopFactsOptions;
  readonly #cymru: OutsideClient;
  readonly #names: LazyLookups<string>;
  readonly #networks: LazyLookups<Network>;
  readonly #owners = new Map<number, string>();

  constructor(options: HopFactsOptions) {
    this.#options = options;
    const { context, table, isAnswering } = options;
    this.#cymru = context.calls.to('asnLookup');
    const shared = { clock: context.clock, maxKept };
    this.#names = new LazyLookups({
      ...shared,
      keepMs: keepNamesMs,
      mayAsk: isAnswering,
      ask: (address) => this.#askName(address),
    });
    this.#networks = new LazyLookups({
      ...shared,
      keepMs: keepNetworksMs,
      mayAsk: () => isAnswering() && this.#cymru.isOn,
      ask: (address) => this.#askNetworkWhileOn(address),
      onFound: (found) => table.add(found, context.timeline.nowMs()),
    });
  }

  /** Takes over what earlier runs were told. */
  async start(): Promise<void> {
    const now = this.#options.context.timeline.nowMs();
    for (const [address, { network, askedAtMs }] of await this.#options.table.all(now - keepNetworksMs))
      this.#networks.load(address, network, Math.max(0, now - askedAtMs));
  }

  async stop(): Promise<void> {
    await Promise.all([this.#names.stop(), this.#networks.stop()]);
  }

  /** The hops with what is known of them now. */
  dress<Hop extends BareHop>(hops: readonly Hop[]): PathHop[] {
    return hops.map((hop) => {
      const address = hop.addresses[0];
      const network = address === undefined || !this.#cymru.isOn ? null : this.#networks.get(address);
      return { ...hop, name: address === undefined ? null : this.#names.get(address), network };
    });
  }

  /** Asks for what is not known of these hops; returns when all was asked, or at once where nothing may be. */
  async find(hops: readonly Pick<PathHop, 'addresses'>[]): Promise<void> {
    const addresses = [...new Set(hops.flatMap((hop) => hop.addresses.slice(0, 1)))];
    try {
      await Promise.all([
        this.#names.want(addresses),
        this.#cymru.isOn ? this.#networks.want(addresses.filter(isPublic)) : undefined,
      ]);
    } catch (error) {
      this.#options.context.log.warn({ reason: messageOf(error) }, 'could not look up names of routers');
    }
  }

  async #askName(address: string): Promise<string | null | undefined> {
    const name = reverseName(address);
    if (name === null) return null;
    const answers = await this.#ask(this.#options.context.net, name, 'PTR');
    return answers === undefined ? undefined : cleanHostName(answers[0] ?? '');
  }

  async #askNetworkWhileOn(address: string): Promise<Network | null | undefined> {
    try {
      return await this.#askNetwork(address);
    } catch (error) {
      if (this.#cymru.isOn) throw error;
      return undefined; // switched off in the middle
    }
  }

  async #askNetwork(address: string): Promise<Network | null | undefined> {
    const name = originName(address);
    if (name === null) return null;
    const answers = await this.#ask(this.#cymru, name, 'TXT');
    if (answers === undefined) return undefined;
    const origin = readOrigin(answers);
    if (origin === null) return null;
    const owner =
      this.#owners.get(origin.asn) ??
      readOwner((await this.#ask(this.#cymru, ownerName(origin.asn), 'TXT')) ?? []);
    if (owner !== null && this.#owners.size < maxOwners) this.#owners.set(origin.asn, owner);
    return { ...origin, owner: owner ?? `AS${origin.asn}` };
  }

  /** The answers, none when the name has none, undefined when the name server did not say. */
  async #ask(
    asker: Pick<OutsideClient, 'ask'>,
    name: string,
    type: 'PTR' | 'TXT',
  ): Promise<string[] | undefined> {
    const [resolver] = (await this.#options.context.link.read()).resolvers;
    if (resolver === undefined) return undefined;
    const reply = await asker.ask({ address: resolver, transport: 'udp', name, type, timeoutMs });
    if (reply.outcome === 'answer') return reply.answers;
    return reply.outcome === 'nxdomain' || reply.outcome === 'empty' ? [] : undefined;
  }
}
