import type { FeatureContext } from '../../../core/feature.ts';
import type { Family } from '../../../core/shapes.ts';
import type { LatencyPort, Target } from '../latency/schema.ts';

/** Anchors of one line and family that are traced and asked for full size; more tell nothing new and cost packets. */
export const maxAnchors = 8;

/** A target whose address is known. */
export type Addressed = Target & { address: string };

export const families = ['ipv4', 'ipv6'] as const satisfies readonly Family[];

export function anchorsOf(latency: Pick<LatencyPort, 'targets'>, line: string, family?: Family): Addressed[] {
  const found = latency
    .targets()
    .filter((target): target is Addressed => target.segment === 'anchor' && target.address !== null)
    .filter((target) => target.line === line);
  const wanted = family === undefined ? families : [family];
  return wanted.flatMap((each) => found.filter((target) => target.family === each).slice(0, maxAnchors));
}

/** Whether the small pings of a target come back now. */
export function isAnswering(latency: Pick<LatencyPort, 'recent'>, target: Target): boolean {
  const recent = latency.recent(target.id, Math.max(3, (2.5 * target.intervalMs) / 1000));
  return recent !== null && recent.count > 0 && recent.lostInRow === 0;
}

/** The interface that probes of a line must leave by; empty where the routing table decides. */
export function boundTo(
  { config }: Pick<FeatureContext, 'config'>,
  line: string,
): { interfaceName?: string } {
  const found = config.current.lines.find(({ name }) => name === line);
  return found === undefined || found.interface === 'auto' ? {} : { interfaceName: found.interface };
}
