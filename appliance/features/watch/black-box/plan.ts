/** Which targets are probed quickly and how. Pure, so that every case has a test. */
import type { ConfigSections } from '../../../core/feature.ts';
import type { ProbeTarget } from '../../../core/probing.ts';
import type { Segment } from '../../../core/shapes.ts';
import type { Target } from '../latency/schema.ts';

/** Longer than the calm series waits: what is late there still shows as an answer here. */
export const quickTimeoutMs = 3000;

/** From one exchange to the next, by how long the suspicion is old. */
export const phases = [
  { untilMs: 3000, anchorMs: 50, otherMs: 200 },
  { untilMs: 15_000, anchorMs: 200, otherMs: 200 },
  { untilMs: Number.POSITIVE_INFINITY, anchorMs: 1000, otherMs: 1000 },
] as const;

/** Where the second phase begins: what a suspicion without budget starts with. */
export const slowerFromMs = phases[0].untilMs;

/** 240 packets a second, 160 kbit/s of pings: what a slow uplink bears for three seconds. */
const maxFast = 12;
/** Quick targets of one line; the engine and a slow line bear no flood. */
const maxQuick = 40;
/** A handshake costs the other side more than a ping, and a large ping costs the line more than a small one. */
const politeMs = 200;
const smallBytes = 200;

/** Those that say where a path breaks, in the order in which they matter. Names are asked by another feature. */
const order: readonly Segment[] = ['anchor', 'gateway', 'isp', 'transit', 'lan'];

type Config = Pick<ConfigSections, 'lines' | 'targets'>;

/** What to probe for a line whose suspicion is `ageMs` old, by the id of the calm target. */
export function planQuick(
  line: string,
  targets: readonly Target[],
  config: Config,
  ageMs: number,
): Map<string, ProbeTarget> {
  const phase = phases.find(({ untilMs }) => ageMs < untilMs) ?? phases[phases.length - 1]!; // not empty
  const members = order
    .flatMap((segment) => targets.filter((target) => target.line === line && target.segment === segment))
    .filter(({ address, method }) => address !== null && method !== 'dns')
    .slice(0, maxQuick);
  let fast = 0;
  return new Map(
    members.map((target) => {
      const probe = probeOf(target, config);
      const isAnchor = target.segment === 'anchor' && fast < maxFast;
      if (isAnchor) fast += 1;
      const wishedMs = isAnchor ? phase.anchorMs : phase.otherMs;
      const isCheap = target.method !== 'tcp' && (probe.sizeBytes ?? 0) <= smallBytes;
      return [target.id, { ...probe, intervalMs: isCheap ? wishedMs : Math.max(wishedMs, politeMs) }];
    }),
  );
}

/** The same packets by the same way as those of the calm series. */
function probeOf(target: Target, { lines, targets }: Config): Omit<ProbeTarget, 'intervalMs'> {
  const bound = lines.find(({ name }) => name === target.line)?.interface ?? 'auto';
  const configured = targets.find(
    ({ name, host, host6 }) => name === target.name && (host === target.host || host6 === target.host),
  );
  // Without ICMP the engine makes handshakes of its own accord: only a target that asks for them has a port.
  const isTcp = configured?.method === 'tcp';
  const sizeBytes = configured?.sizeBytes;
  return {
    kind: isTcp ? 'tcp' : 'icmp',
    family: target.family,
    address: target.address ?? target.host, // the caller leaves out those without
    timeoutMs: quickTimeoutMs,
    ...(isTcp ? { port: configured.port ?? 443 } : {}),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(bound === 'auto' ? {} : { interfaceName: bound }),
  };
}
