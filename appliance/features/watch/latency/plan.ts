/** Which targets there are: configuration plus what was found on the link. Pure, so that every case has a test. */
import type { Family, Segment } from '../../../core/shapes.ts';
import type { LineConfig, TargetConfig } from './config.ts';

export interface PlannedTarget {
  id: string;
  name: string;
  host: string;
  segment: Segment;
  line: string;
  family: Family;
  kind: 'icmp' | 'tcp' | 'dns';
  port?: number;
  intervalMs: number;
  timeoutMs: number;
  sizeBytes?: number;
  /** Set where the line is bound to an interface. */
  interfaceName?: string;
  /** DNS only. */
  queryName?: string;
  /** Provider's router with silent ones before it. */
  isFar?: boolean;
}

/** What discovery knows of one line in one family; null where it found nothing (yet). */
export interface FamilyFacts {
  family: Family;
  gateway: string | null;
  ispHop: string | null;
  /** Routers that do not answer pings lie between the house and `ispHop`: it is not the end of the access line. */
  isIspHopFar?: boolean;
}

export interface LineFacts {
  line: LineConfig;
  /** The interface to bind to; null: let the routing table decide. */
  bindTo: string | null;
  /** The interface it leaves by now. */
  interfaceName: string | null;
  families: FamilyFacts[];
  resolvers: string[];
}

export interface ProbingConfig {
  intervalMs: number;
  timeoutMs: number;
  dnsIntervalMs: number;
  dnsName: string;
}

export const familyOf = (address: string): Family | null => {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return 'ipv4';
  return address.includes(':') ? 'ipv6' : null;
};

/** Lower-case words joined by dashes: "Google DNS" → "google-dns". */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9.:]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return slug || 'target';
}

/** Every target of every line, in the order people read them: gateway, provider, resolvers, then the configured ones. */
export function planTargets(
  lines: readonly LineFacts[],
  targets: readonly TargetConfig[],
  probing: ProbingConfig,
): PlannedTarget[] {
  const planned: PlannedTarget[] = [];
  for (const facts of lines) {
    const shared = {
      line: facts.line.name,
      timeoutMs: probing.timeoutMs,
      ...(facts.bindTo === null ? {} : { interfaceName: facts.bindTo }),
    };
    const prefix = facts.line.name === 'main' ? '' : `${slugOf(facts.line.name)}.`;
    const add = (target: Omit<PlannedTarget, 'line' | 'timeoutMs' | 'interfaceName'>) =>
      planned.push({ ...shared, ...target, id: `${prefix}${target.id}` });

    // A router answers its own pings on its slow path: never more than one a second, whatever the interval elsewhere.
    const hopInterval = Math.max(1000, probing.intervalMs);
    for (const found of facts.families) {
      const tail = { family: found.family, kind: 'icmp', intervalMs: hopInterval } as const;
      if (found.gateway)
        add({
          id: `gateway-${found.family}`,
          name: 'Router',
          host: found.gateway,
          segment: 'gateway',
          ...tail,
        });
      if (found.ispHop)
        add({
          id: `isp-${found.family}`,
          name: 'Provider',
          host: found.ispHop,
          segment: 'isp',
          ...(found.isIspHopFar ? { isFar: true } : {}),
          ...tail,
        });
    }
    const families = new Set(facts.families.map((found) => found.family));
    for (const address of facts.resolvers) {
      const family = familyOf(address);
      if (!family || !families.has(family)) continue;
      const isGateway = facts.families.some((found) => found.gateway === address);
      const name = isGateway ? 'Router as resolver' : `Resolver ${address}`;
      const id = `resolver-${address.replace('%', '-')}`;
      if (!isGateway)
        add({ id, name, host: address, segment: 'resolver', family, kind: 'icmp', intervalMs: hopInterval });
      add({
        id: `${id}-dns`,
        name: `${name} (DNS)`,
        host: address,
        segment: 'resolver',
        family,
        kind: 'dns',
        port: 53,
        intervalMs: probing.dnsIntervalMs,
        queryName: probing.dnsName,
      });
    }
    for (const target of targets)
      for (const planOne of planConfigured(target, families, probing)) add(planOne);
  }
  return uniqueIds(planned);
}

function planConfigured(target: TargetConfig, families: ReadonlySet<Family>, probing: ProbingConfig) {
  const base = {
    name: target.name,
    segment: target.segment ?? 'anchor',
    kind: target.method ?? 'icmp',
    intervalMs: target.intervalMs ?? probing.intervalMs,
    ...(target.method === 'tcp' ? { port: target.port ?? 443 } : {}),
    ...(target.sizeBytes === undefined ? {} : { sizeBytes: target.sizeBytes }),
  } as const;
  const hosts: { host: string; family: Family }[] = [];
  const literal = familyOf(target.host);
  if (literal) hosts.push({ host: target.host, family: literal });
  else
    for (const family of families.size > 0 ? families : (['ipv4'] as const))
      hosts.push({ host: target.host, family });
  if (target.host6 && literal !== 'ipv6') {
    const known = hosts.findIndex((entry) => entry.family === 'ipv6');
    if (known >= 0) hosts.splice(known, 1);
    hosts.push({ host: target.host6, family: 'ipv6' });
  }
  // An IPv4 target is probed even when there is no IPv4 route: that it fails is what is to be seen.
  return hosts
    .filter(
      ({ family }) => family === 'ipv4' || families.has('ipv6') || (literal === 'ipv6' && !target.host6),
    )
    .map((entry) => ({ ...base, ...entry, id: `${slugOf(target.name)}-${entry.family}` }));
}

/** Two targets of one name keep apart: the second one becomes "name-2-ipv4". */
function uniqueIds(targets: PlannedTarget[]): PlannedTarget[] {
  const taken = new Set<string>();
  return targets.map((target) => {
    let id = target.id;
    for (let number = 2; taken.has(id); number += 1) id = target.id.replace(/(-ipv[46])?$/, `-${number}$1`);
    taken.add(id);
    return id === target.id ? target : { ...target, id };
  });
}
