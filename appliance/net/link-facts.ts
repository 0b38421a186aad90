/** Readers of the kernel's tables: text in, facts out. */
import type { Route } from '../core/probing.ts';
import { ipv6Text } from './ring.ts';

/** linux/route.h and ipv6_route.h. */
const routeFlags = { up: 0x1, gateway: 0x2, reject: 0x200 } as const;

function byMetric(a: Route, b: Route): number {
  return a.metric - b.metric;
}

/** Default routes of /proc/net/route, best first. Addresses there are hexadecimal in the order of this machine. */
export function parseIpv4Routes(text: string): Route[] {
  const routes: Route[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [interfaceName, destination, gateway, flagText, , , metric, mask] = line.trim().split(/\s+/);
    if (interfaceName === undefined || gateway === undefined || mask !== '00000000') continue;
    const bits = Number.parseInt(flagText ?? '0', 16);
    if (destination !== '00000000' || !(bits & routeFlags.up) || bits & routeFlags.reject) continue;
    const bytes =
      gateway
        .match(/../g)
        ?.map((pair) => Number.parseInt(pair, 16))
        .reverse() ?? [];
    routes.push({
      family: 'ipv4',
      interfaceName,
      gateway: bits & routeFlags.gateway ? bytes.join('.') : null,
      metric: Number(metric),
    });
  }
  return routes.sort(byMetric);
}

/** Default routes of /proc/net/ipv6_route, best first. A link-local gateway carries its interface as zone. */
export function parseIpv6Routes(text: string): Route[] {
  const routes: Route[] = [];
  for (const line of text.split('\n')) {
    const [destination, prefix, , , gateway, metric, , , flagText, interfaceName] = line.trim().split(/\s+/);
    if (interfaceName === undefined || gateway === undefined || prefix !== '00') continue;
    const bits = Number.parseInt(flagText ?? '0', 16);
    if (!/^0+$/.test(destination ?? '') || !(bits & routeFlags.up) || bits & routeFlags.reject) continue;
    const address = ipv6Text(Buffer.from(gateway, 'hex'), 0);
    const zone = address.startsWith('fe80:') ? `%${interfaceName}` : '';
    routes.push({
      family: 'ipv6',
      interfaceName,
      gateway: bits & routeFlags.gateway ? `${address}${zone}` : null,
      metric: Number.parseInt(metric ?? '0', 16),
    });
  }
  return routes.sort(byMetric);
}

/** The `nameserver` lines of resolv.conf(5). */
export function parseResolvers(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const found = /^\s*nameserver\s+(\S+)/.exec(line);
    return found?.[1] === undefined ? [] : [found[1]];
  });
}
