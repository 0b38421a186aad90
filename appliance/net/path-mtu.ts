import type { PathMtu, PathMtuOptions } from '../core/network.ts';
import type { OneShotResult, ProbeEngine } from '../core/probing.ts';

/** IP and ICMP headers before the payload. */
const headerBytes = { ipv4: 28, ipv6: 48 } as const;
/** What every host must take: RFC 791 §3.1 (576), RFC 8200 §5 (1280). */
const floorBytes = { ipv4: 576, ipv6: 1280 } as const;
/** On a line that loses packets a size may be asked this much more often than `tries`; then nothing can be said. */
const patience = 3;

/**
 * Finds the path MTU by sending packets that must not be fragmented (RFC 4821's idea, with ICMP as a helper). A size
 * counts as lost only while the small packets sent between the large ones come back: bursts of loss are no black hole.
 */
export async function findPathMtu(
  engine: Pick<ProbeEngine, 'probeOnce'>,
  options: PathMtuOptions,
): Promise<PathMtu> {
  const { family, address, maximum = 1500, timeoutMs = 1000, tries = 3, interfaceName, signal } = options;
  const floor = floorBytes[family];
  let probes = 0;

  function send(size: number): Promise<OneShotResult> {
    probes += 1;
    return engine.probeOnce(
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
  }

  async function isAnswering(): Promise<boolean> {
    for (let i = 0; i < tries; i += 1) if ((await send(floor)).outcome === 'ok') return true;
    return false;
  }

  /** What a packet of this size meets: an answer, a router's word, silence; null when that cannot be told. */
  async function ask(size: number): Promise<OneShotResult | 'lost' | null> {
    let lost = 0;
    let silent = 0;
    for (let i = 0; i < tries * patience && silent < tries; i += 1) {
      const result = await send(size);
      if (result.outcome === 'ok' || result.outcome === 'too-big') return result;
      if (result.outcome !== 'timeout') return null;
      const isSmallAnswered = (await send(floor)).outcome === 'ok';
      silent = isSmallAnswered ? 0 : silent + 1;
      if (isSmallAnswered) lost += 1;
      if (lost === tries) return 'lost';
    }
    return null;
  }

  const unanswered = () => ({ mtu: null, verdict: 'unanswered', from: null, probes }) as const;
  if (!(await isAnswering())) return unanswered();
  let good: number = floor;
  let bad = Math.max(maximum, floor) + 1;
  let size = bad - 1;
  /** Who told of the smallest size that does not pass; null when that one vanished. */
  let from: string | null = null;
  let isTold = false;
  while (bad - good > 1) {
    const result = await ask(size);
    if (result === null) return unanswered();
    if (result === 'lost') {
      bad = size;
      isTold = false;
    } else if (result.outcome === 'ok') good = size;
    else {
      bad = size;
      isTold = true;
      from = result.from || null;
      if (result.mtu >= floor && result.mtu < size) {
        // Believed only once a packet of that size passes: some routers tell a wrong number.
        bad = Math.min(bad, result.mtu + 1);
        size = result.mtu;
        if (size > good) continue;
      }
    }
    size = good + Math.floor((bad - good) / 2);
  }
  if (good >= maximum) return { mtu: good, verdict: 'full', from: null, probes };
  if (isTold) return { mtu: good, verdict: 'told', from, probes };
  return { mtu: good, verdict: 'black-hole', from: null, probes };
}
