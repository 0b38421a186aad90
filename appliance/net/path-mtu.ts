import type { PathMtu, PathMtuOptions } from '../core/network.ts';
import type { OneShotResult, ProbeEngine } from '../core/probing.ts';

/** IP and ICMP headers before the payload. */
const headerBytes = { ipv4: 28, ipv6: 48 } as const;
/** What every host must take: RFC 791 §3.1 (576), RFC 8200 §5 (1280). */
const floorBytes = { ipv4: 576, ipv6: 1280 } as const;

/** Finds the path MTU by sending packets that must not be fragmented (RFC 4821's idea, with ICMP as a helper). */
export async function findPathMtu(
  engine: Pick<ProbeEngine, 'probeOnce'>,
  options: PathMtuOptions,
): Promise<PathMtu> {
  const { family, address, maximum = 1500, timeoutMs = 1000, tries = 3, interfaceName, signal } = options;
  let probes = 0;

  async function ask(size: number): Promise<OneShotResult> {
    let result: OneShotResult | undefined;
    for (let i = 0; i < tries; i += 1) {
      probes += 1;
      result = await engine.probeOnce(
        {
          kind: 'icmp',
          family,
          address,
          timeoutMs,
          sizeBytes: size - headerBytes[family],
          dontFragment: true,
          ...(interfaceName === undefined ? {} : { interfaceName }),
        },
        signal,
      );
      if (result.outcome !== 'timeout') return result;
    }
    return result as OneShotResult; // tries is at least 1
  }

  const floor = floorBytes[family];
  if ((await ask(floor)).outcome !== 'ok') return { mtu: null, verdict: 'unanswered', from: null, probes };
  let good: number = floor;
  let bad = maximum + 1;
  let size = maximum;
  let told: { mtu: number; from: string } | null = null;
  while (bad - good > 1) {
    const result = await ask(size);
    if (result.outcome === 'ok') good = size;
    else bad = Math.min(bad, size);
    if (result.outcome === 'too-big' && result.mtu >= floor && result.mtu < size) {
      // Believed only once a packet of that size passes: some routers tell a wrong number.
      told = { mtu: result.mtu, from: result.from };
      bad = Math.min(bad, result.mtu + 1);
      size = result.mtu;
      if (size > good) continue;
    }
    size = good + Math.floor((bad - good) / 2);
  }
  if (good === maximum) return { mtu: good, verdict: 'full', from: null, probes };
  if (told?.mtu === good) return { mtu: good, verdict: 'told', from: told.from || null, probes };
  return { mtu: good, verdict: 'black-hole', from: null, probes };
}
