import type { OneShot, OneShotResult } from '../../core/probing.ts';

/** What stands between this box and a host: routers in order, each by its address; the host itself comes last. */
export interface FakeInternet {
  /** Routers on the way to a host, by its address. */
  paths: Record<string, readonly string[]>;
  /** Addresses that send no "time exceeded". */
  silent: Set<string>;
  /** Addresses that answer no pings. */
  pingless: Set<string>;
  /** Nothing comes back from behind this address; null while all is well. */
  brokenBehind: string | null;
  /** Larger IP packets do not pass behind this address. */
  limit: { behind: string; mtu: number; isTold: boolean } | null;
  /** Hosts that take no larger IP packets for themselves. */
  smallOnly: Map<string, number>;
  readonly asked: OneShot[];
}

const headerBytes = { ipv4: 28, ipv6: 48 } as const;

/** An Internet for `FakeEngine.answer`: every probe is answered at once, as its routers and hosts would. */
export function fakeInternet(paths: FakeInternet['paths']) {
  const internet: FakeInternet = {
    paths,
    silent: new Set(),
    pingless: new Set(),
    brokenBehind: null,
    limit: null,
    smallOnly: new Map(),
    asked: [],
  };
  const answer = (request: OneShot): Partial<OneShotResult> => {
    internet.asked.push(request);
    const { address, ttl = 64, sizeBytes = 56, family } = request;
    const stations = [...wayTo(internet.paths, address), address];
    const size = sizeBytes + headerBytes[family];
    const { limit, brokenBehind } = internet;
    for (const [index, station] of stations.entries()) {
      const isEnd = index === stations.length - 1;
      const rttUs = 1000 * (index + 1);
      if (isEnd) {
        const isTaken = size <= (internet.smallOnly.get(station) ?? Number.POSITIVE_INFINITY);
        const isAnswered = isTaken && !internet.pingless.has(station);
        return isAnswered ? { outcome: 'ok', from: station, rttUs } : { outcome: 'timeout' };
      }
      if (ttl === index + 1)
        return internet.silent.has(station)
          ? { outcome: 'timeout' }
          : { outcome: 'hop', from: station, rttUs };
      if (station === brokenBehind) return { outcome: 'timeout' };
      if (limit?.behind === station && size > limit.mtu)
        return limit.isTold
          ? { outcome: 'too-big', from: station, mtu: limit.mtu, rttUs }
          : { outcome: 'timeout' };
    }
    return { outcome: 'timeout' };
  };
  return { internet, answer };
}

/** A router is reached by the way on which it stands. */
function wayTo(paths: FakeInternet['paths'], address: string): readonly string[] {
  const own = paths[address];
  if (own) return own;
  for (const way of Object.values(paths)) {
    const place = way.indexOf(address);
    if (place >= 0) return way.slice(0, place);
  }
  return [];
}
