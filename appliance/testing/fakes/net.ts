import type { NetworkTools } from '../../core/network.ts';

/** Network tools that reach and find nothing; a test puts its own function in the place of any of them. */
export class FakeNet implements NetworkTools {
  trace: NetworkTools['trace'] = async () => ({ hops: [], isReached: false, end: 'silent' });
  pathMtu: NetworkTools['pathMtu'] = async () => ({
    mtu: null,
    verdict: 'unanswered',
    from: null,
    probes: 0,
  });
  ask: NetworkTools['ask'] = async () => ({
    outcome: 'timeout',
    rttUs: Number.NaN,
    rcode: null,
    answers: [],
    ttlSeconds: null,
  });
  fetchPage: NetworkTools['fetchPage'] = async () => ({
    outcome: 'timeout',
    address: null,
    status: null,
    location: null,
    body: new Uint8Array(),
    dnsUs: Number.NaN,
    connectUs: Number.NaN,
    tlsUs: Number.NaN,
    firstByteUs: Number.NaN,
    totalUs: Number.NaN,
    message: 'nothing is reached by this fake',
  });
  neighbours: NetworkTools['neighbours'] = async () => [];
  counters: NetworkTools['counters'] = async () => [];
  linkMbps: NetworkTools['linkMbps'] = async () => null;
  wireless: NetworkTools['wireless'] = async () => [];
  leases: NetworkTools['leases'] = async () => [];
  findRouterGauge: NetworkTools['findRouterGauge'] = async () => null;
  suspendedMs: NetworkTools['suspendedMs'] = () => 0;
  bootId: NetworkTools['bootId'] = () => 'a-boot';
}
