import type { Family, Segment } from '../../../core/shapes.ts';
import type { ExchangeEvidence, LinkEvidence, NodeFacts } from './evidence.ts';
import type { NodeCounts } from './localise.ts';
import type { RecordNode } from './records.ts';
import { NodeTrack } from './track.ts';

/** Segments between the box and the world, in the order of the path. */
const order: readonly Segment[] = ['lan', 'gateway', 'isp', 'transit', 'anchor', 'resolver', 'custom'];
const families = ['ipv4', 'ipv6'] as const;
/** A node that has not answered for so long before something began says nothing about it. */
const staleMs = 90_000;
/** Anchors that a record lists; a verdict counts all of them. */
const maxAnchorsTold = 32;

/** Everything known of the targets of one line. */
export class LineView {
  readonly name: string;
  readonly tracks = new Map<string, NodeTrack>();
  /** Selections of tracks that were asked for; made anew when the targets change. */
  readonly #selected = new Map<string, readonly NodeTrack[]>();
  #world = new Set<NodeTrack>();
  /** Newest last. */
  readonly #links: LinkEvidence[] = [];
  /** Families that had anchors until their targets went away (the route is gone), and when. */
  readonly vanishedMs = new Map<Family, number>();

  constructor(name: string) {
    this.name = name;
  }

  setTargets(targets: readonly NodeFacts[], atMs: number): void {
    const before = new Set(this.worldNodes().map(({ facts }) => facts.family));
    const wanted = new Map(
      targets.filter(({ line }) => line === this.name).map((facts) => [facts.id, facts]),
    );
    for (const id of this.tracks.keys()) if (!wanted.has(id)) this.tracks.delete(id);
    for (const [id, facts] of wanted) {
      const known = this.tracks.get(id);
      if (!known || known.facts.address !== facts.address) this.tracks.set(id, new NodeTrack(facts));
      else known.facts = facts;
    }
    this.#selected.clear();
    this.#world = new Set(families.flatMap((family) => this.worldNodes(family)));
    const after = new Set(this.worldNodes().map(({ facts }) => facts.family));
    for (const family of before) if (!after.has(family)) this.vanishedMs.set(family, atMs);
    for (const family of after) this.vanishedMs.delete(family);
  }

  add(exchange: ExchangeEvidence): NodeTrack | null {
    const track = this.tracks.get(exchange.target);
    track?.add(exchange);
    return track ?? null;
  }

  nodes(segment: Segment, family?: Family): readonly NodeTrack[] {
    return this.#select(`${segment} ${family}`, ({ facts }) => {
      return facts.segment === segment && (family === undefined || facts.family === family);
    });
  }

  /** What stands for the Internet: the anchors; without any the routers furthest out. */
  worldNodes(family?: Family): readonly NodeTrack[] {
    for (const segment of ['anchor', 'transit', 'isp'] as const) {
      const found = this.nodes(segment, family);
      if (found.length > 0) return found;
    }
    return [];
  }

  /** Whether it stands for the Internet in its family. */
  isWorld(track: NodeTrack): boolean {
    return this.#world.has(track);
  }

  families(): Family[] {
    return families.filter((family) => this.worldNodes(family).length > 0);
  }

  #select(key: string, isWanted: (track: NodeTrack) => boolean): readonly NodeTrack[] {
    const known = this.#selected.get(key);
    if (known) return known;
    const found = [...this.tracks.values()].filter(isWanted);
    this.#selected.set(key, found);
    return found;
  }

  /** Counts of every node of the path in these families; witnesses of the house count for both. */
  counts(
    families: readonly Family[],
    fromMs: number,
    toMs: number,
  ): { track: NodeTrack; node: NodeCounts; medianUs: number }[] {
    return this.#countsOf(this.path(families), fromMs, toMs);
  }

  #countsOf(tracks: readonly NodeTrack[], fromMs: number, toMs: number) {
    return tracks.map((track) => {
      const { sent, lost, medianUs } = track.counts(fromMs, toMs);
      return {
        track,
        medianUs,
        node: {
          segment: track.facts.segment,
          sent,
          lost,
          baselineLoss: track.baselineLoss,
          isUsed: track.lastAnsweredMs >= fromMs - staleMs,
        },
      };
    });
  }

  /** Everything between the box and the world in these families, in the order of the path. */
  path(families: readonly Family[]): readonly NodeTrack[] {
    const key = `path ${families.join()}`;
    const known = this.#selected.get(key);
    if (known) return known;
    const found = [...this.tracks.values()]
      .filter(({ facts }) => facts.segment === 'lan' || families.includes(facts.family))
      .filter(({ facts }) => facts.segment !== 'resolver' && facts.segment !== 'custom')
      .filter((track) => !this.#isGatewayItself(track))
      .sort((a, b) => order.indexOf(a.facts.segment) - order.indexOf(b.facts.segment));
    this.#selected.set(key, found);
    return found;
  }

  /** Configured as the provider's router, but it is the one at home: it says nothing about the access line. */
  #isGatewayItself({ facts }: NodeTrack): boolean {
    if (facts.segment !== 'isp') return false;
    return this.nodes('gateway', facts.family).some((gateway) => gateway.facts.address === facts.address);
  }

  describe(families: readonly Family[], fromMs: number, toMs: number): RecordNode[] {
    const path = this.path(families);
    const spare = new Set(path.filter(({ facts }) => facts.segment === 'anchor').slice(maxAnchorsTold));
    const told = spare.size === 0 ? path : path.filter((track) => !spare.has(track));
    return this.#countsOf(told, fromMs, toMs).map(({ track, node, medianUs }) => ({
      target: track.facts.id,
      name: track.facts.name,
      address: track.facts.address,
      segment: track.facts.segment,
      family: track.facts.family,
      sent: node.sent,
      lost: node.lost,
      medianUs,
      baselineUs: track.baselineUs,
      lastAnsweredMs: track.answeredBefore(toMs),
      isUsed: node.isUsed,
    }));
  }

  get link(): LinkEvidence | null {
    return this.#links.at(-1) ?? null;
  }

  setLink(link: LinkEvidence): void {
    this.#links.push(link);
    if (this.#links.length > maxLinks) this.#links.shift();
  }

  /** What was missing on the link itself for a good part of this time; null while it was whole. */
  brokenDuring(family: Family, fromMs: number, toMs: number): BrokenLink | null {
    const lengthMs = Math.max(1, toMs - fromMs);
    let brokenMs = 0;
    let cause: BrokenLink | null = null;
    for (const [index, link] of this.#links.entries()) {
      const broken = missingOf(link, family);
      if (!broken) continue;
      const sinceMs = Math.max(link.atMs - noticeMs, fromMs);
      const untilMs = Math.min(this.#links[index + 1]?.atMs ?? Number.POSITIVE_INFINITY, toMs);
      if (untilMs <= sinceMs) continue;
      brokenMs += untilMs - sinceMs;
      cause = broken;
    }
    return brokenMs >= brokenShare * lengthMs ? cause : null;
  }
}

export type BrokenLink = 'no-interface' | 'no-carrier' | 'no-address' | 'no-route';

/** Link facts are told a moment after they became true. */
const noticeMs = 1500;
/** A link that was broken for less of an outage than this was not its cause. */
const brokenShare = 0.4;
/** Flapping links make many; the newest tell. */
const maxLinks = 32;

function missingOf(link: LinkEvidence, family: Family): BrokenLink | null {
  if (!link.isUp) return 'no-interface';
  if (!link.hasCarrier) return 'no-carrier';
  const facts = link.families.find((one) => one.family === family);
  if (!facts) return null;
  if (!facts.hasAddress) return 'no-address';
  return facts.hasRoute ? null : 'no-route';
}
