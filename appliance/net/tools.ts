import type { NetworkTools } from '../core/network.ts';
import type { ProbeEngine } from '../core/probing.ts';
import { bootId, suspendedMs } from './boot.ts';
import { readCounters, readLinkMbps } from './counters.ts';
import { ask } from './dns-client.ts';
import { findRouterGauge } from './igd.ts';
import { readLeases } from './leases.ts';
import { readNeighbours } from './neighbours.ts';
import { fetchPage } from './page-client.ts';
import { findPathMtu } from './path-mtu.ts';
import { traceRoute } from './traceroute.ts';
import { readWireless } from './wireless.ts';

/** Everything of the network that is not a stream of probes, behind the port of core/. */
export function createNetworkTools(engine: ProbeEngine): NetworkTools {
  return {
    trace: (options) => traceRoute(engine, options),
    pathMtu: (options) => findPathMtu(engine, options),
    ask: (question, signal) => ask(engine, question, signal),
    fetchPage,
    neighbours: () => readNeighbours(),
    counters: () => readCounters(),
    linkMbps: (interfaceName) => readLinkMbps(interfaceName),
    wireless: () => readWireless(),
    leases: () => readLeases(),
    findRouterGauge,
    suspendedMs: () => suspendedMs(),
    bootId: () => bootId(),
  };
}
