import type { Log } from '../../../core/log.ts';
import type { LinkFacts, NameResolver, OneShot, ProbeEngine, Route } from '../../../core/probing.ts';
import type { Family } from '../../../core/shapes.ts';
import type { LineConfig, TargetConfig } from './config.ts';
import { type FamilyFacts, familyOf, type LineFacts } from './plan.ts';

/** Hops that are looked at behind the gateway; a provider's first router is one of the first few. */
const maxHop = 8;
const stepTimeoutMs = 1000;

/** What the link alone tells, without a packet: enough to start probing gateway, resolvers and anchors at once. */
export function readLine(
  line: LineConfig,
  link: LinkFacts,
  resolvers: 'auto' | readonly string[],
): LineFacts {
  const families: FamilyFacts[] = [];
  for (const family of ['ipv4', 'ipv6'] as const) {
    if (family === 'ipv6' && line.ipv6 === 'off') continue;
    const route = routeOf(line, link, family);
    const configured = line.gateway !== 'auto' && familyOf(line.gateway) === family ? line.gateway : null;
    if (!route && !configured && !(family === 'ipv6' && line.ipv6 === 'on')) continue;
    const ispHop = line.ispHop !== 'auto' && familyOf(line.ispHop) === family ? line.ispHop : null;
    families.push({ family, gateway: configured ?? gatewayOf(route), ispHop });
  }
  const route = routeOf(line, link, 'ipv4') ?? routeOf(line, link, 'ipv6');
  return {
    line,
    // Several lines share this machine: probes of a line that names its interface must leave by it.
    bindTo: line.interface === 'auto' ? null : line.interface,
    interfaceName: line.interface === 'auto' ? (route?.interfaceName ?? null) : line.interface,
    families,
    resolvers: [...new Set(resolvers === 'auto' ? link.resolvers : resolvers)].filter(
      (address) => !isLoopback(address),
    ),
  };
}

function routeOf(line: LineConfig, link: LinkFacts, family: Family): Route | undefined {
  return link.defaultRoutes.find(
    (route) =>
      route.family === family && (line.interface === 'auto' || route.interfaceName === line.interface),
  );
}

function gatewayOf(route: Route | undefined): string | null {
  if (!route?.gateway) return null;
  const isLinkLocal = route.gateway.toLowerCase().startsWith('fe80:');
  return isLinkLocal && !route.gateway.includes('%')
    ? `${route.gateway}%${route.interfaceName}`
    : route.gateway;
}

/** A resolver on this machine says nothing about the line. */
const isLoopback = (address: string) => address.startsWith('127.') || address === '::1';

/** A home network behind a home network: such a hop is still the customer's. 10/8 is not in it, providers use it. */
const isHomeRange = (address: string) =>
  /^192\.168\./.test(address) || /^172\.(1[6-9]|2\d|3[01])\./.test(address);

export interface FoundHop {
  address: string;
  /** Routers that do not answer lie before it. */
  isFar: boolean;
}

export interface HopFinderOptions {
  engine: Pick<ProbeEngine, 'probeOnce'>;
  names: Pick<NameResolver, 'resolve'>;
  log: Log;
}

/**
 * The first answering hop behind the gateway that also answers pings itself, or null. Steps by TTL towards the
 * anchors with one flow identity, so that load balancers keep one path (Paris traceroute, Augustin et al. 2006).
 */
export async function findIspHop(
  { engine, names, log }: HopFinderOptions,
  facts: LineFacts,
  family: Family,
  targets: readonly TargetConfig[],
  signal: AbortSignal,
): Promise<FoundHop | null> {
  const gateway = facts.families.find((found) => found.family === family)?.gateway ?? null;
  const shared = {
    family,
    timeoutMs: stepTimeoutMs,
    ...(facts.bindTo === null ? {} : { interfaceName: facts.bindTo }),
  };
  const once = async (request: Omit<OneShot, keyof typeof shared>) =>
    engine.probeOnce({ ...shared, ...request }, signal);

  for (const anchor of await anchorsOf(names, targets, family)) {
    let isFar = false;
    for (let ttl = 2; ttl <= maxHop && !signal.aborted; ttl += 1) {
      const step = await once({ kind: 'icmp', address: anchor, ttl, flow: 1 });
      if (step.outcome === 'ok') break; // the anchor itself: nothing in between answered
      const isSilent = step.outcome !== 'hop' || step.from === '';
      if (isSilent) isFar = true;
      if (isSilent || step.from === gateway || isHomeRange(step.from)) continue;
      const echo = await once({ kind: 'icmp', address: step.from });
      if (echo.outcome === 'ok') return { address: step.from, isFar };
      isFar = true;
      log.debug(
        { hop: step.from, ttl, family },
        'a hop behind the gateway does not answer pings, looking further',
      );
    }
    if (signal.aborted) break;
  }
  return null;
}

async function anchorsOf(
  names: Pick<NameResolver, 'resolve'>,
  targets: readonly TargetConfig[],
  family: Family,
): Promise<string[]> {
  const addresses: string[] = [];
  for (const target of targets) {
    if (target.segment === 'custom' || addresses.length === 3) continue;
    const host = family === 'ipv6' ? (target.host6 ?? target.host) : target.host;
    const literal = familyOf(host);
    if (literal === family) addresses.push(host);
    else if (literal === null) addresses.push(...(await names.resolve(host, family)).slice(0, 1));
  }
  return addresses;
}
