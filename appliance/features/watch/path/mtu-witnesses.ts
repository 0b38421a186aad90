import type { PathMtu } from '../../../core/network.ts';
import type { Family, Segment } from '../../../core/shapes.ts';
import { type Addressed, maxAnchors } from './anchors.ts';
import type { MtuCheck } from './schema.ts';

/** A router or anchor that full-size packets are sent to. */
export interface Witness {
  target: Addressed;
  /** Size of the IP packets that should come back from it; null until that is learned. */
  sizeBytes: number | null;
  /** False while it never answered a packet of full size: some hosts never do, and their silence says nothing. */
  isProven: boolean;
  /** Large packets to it vanish and small ones do not, and nothing says that it is the path. */
  isMute: boolean;
  /** When its size was last asked for. */
  learnedMonoMs: number;
  check: MtuCheck | null;
}

const segments: readonly Segment[] = ['gateway', 'isp', 'transit', 'anchor'];
/** Order in which a packet meets them. */
const rank = (witness: Witness) => segments.indexOf(witness.target.segment);
/** The witnesses of all lines; a target whose address changed is another one. */
export class Witnesses {
  readonly #byId = new Map<string, Witness>();

  /** Takes the targets there are now. */
  refresh(targets: readonly Addressed[]): void {
    const wanted = new Map<string, Addressed>();
    const counts = new Map<string, number>();
    for (const target of targets) {
      // A target that is measured by TCP need not answer pings at all.
      if (!segments.includes(target.segment) || !target.method.startsWith('icmp')) continue;
      const group = `${target.line} ${target.family} ${target.segment}`;
      const count = (counts.get(group) ?? 0) + 1;
      counts.set(group, count);
      if (count <= maxAnchors) wanted.set(target.id, target);
    }
    for (const [id, { target }] of this.#byId)
      if (wanted.get(id)?.address !== target.address) this.#byId.delete(id);
    for (const [id, target] of wanted) {
      if (this.#byId.has(id)) continue;
      const fresh = { sizeBytes: null, isProven: false, isMute: false, check: null };
      this.#byId.set(id, { target, ...fresh, learnedMonoMs: Number.NEGATIVE_INFINITY });
    }
  }

  /** Nearest first. */
  of(line: string, family?: Family): Witness[] {
    return [...this.#byId.values()]
      .filter(({ target }) => target.line === line && (family === undefined || target.family === family))
      .sort((a, b) => rank(a) - rank(b));
  }

  anchors(line: string, family: Family): Witness[] {
    return this.of(line, family).filter(({ target }) => target.segment === 'anchor');
  }
}

export interface Learned {
  witness: Witness;
  found: PathMtu;
}

/**
 * Of what a search for the path MTU gave, that which may be believed. Large packets that vanish on the way to one host
 * may be that host's way; when they vanish at the same size towards two anchors, it is the path.
 */
export function believable(results: readonly Learned[]): Learned[] {
  const sizes = new Map<number, number>();
  for (const { witness, found } of results) {
    if (found.verdict !== 'black-hole' || found.mtu === null || witness.target.segment !== 'anchor') continue;
    sizes.set(found.mtu, (sizes.get(found.mtu) ?? 0) + 1);
  }
  return results.filter(({ witness, found }) => {
    if (found.verdict === 'unanswered') return false;
    if (found.verdict !== 'black-hole' || witness.isProven) return true;
    return (sizes.get(found.mtu ?? 0) ?? 0) >= 2;
  });
}
