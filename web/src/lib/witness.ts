import type { EvidenceNode } from '../../../appliance/features/judge/outage/schema.ts';
import type { Target } from '../../../appliance/features/watch/latency/schema.ts';

/** A target whose exchanges were kept, as far as it is known what it stands for. */
export type Witness = Pick<EvidenceNode, 'target' | 'name' | 'segment' | 'family' | 'isUsed' | 'baselineMs'>;

/** The targets of the evidence, and those the box still has: the black box kept more than the verdict needed. */
export function witnessesOf(nodes: readonly EvidenceNode[], targets: readonly Target[]): Witness[] {
  const others = targets.filter((target) => nodes.every((node) => node.target !== target.id));
  return [
    ...nodes,
    ...others.map(({ id, name, segment, family }) => ({
      target: id,
      name,
      segment,
      family,
      isUsed: true,
      baselineMs: null,
    })),
  ];
}
