import { toIso } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { OneShotResult } from '../../../core/probing.ts';
import { boundTo } from './anchors.ts';
import type { Witness } from './mtu-witnesses.ts';
import type { FullSizeProbe, FullSizeResult } from './schema.ts';

/** IP and ICMP headers before the payload. */
const headerBytes = { ipv4: 28, ipv6: 48 } as const;
/** What every host must take: RFC 791 §3.1 (576), RFC 8200 §5 (1280). */
const floorBytes = { ipv4: 576, ipv6: 1280 } as const;
/** Full-size packets that are remembered of all lines: some minutes. */
const maxRemembered = 100;
/** A full queue delays large and small packets alike, so both must be waited for equally long, within reason. */
const timeoutBounds = { least: 1000, most: 5000 };

/** Sends packets of full size that must not be fragmented, and tells how each one ended. */
export class FullSizeSender {
  readonly #context: FeatureContext;
  readonly #listeners = new Set<(probe: FullSizeProbe) => void>();
  readonly #sent: FullSizeProbe[] = [];

  constructor(context: FeatureContext) {
    this.#context = context;
  }

  onFullSize(listener: (probe: FullSizeProbe) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The newest ones, newest first. */
  newest(line: string): FullSizeResult[] {
    const { timeline } = this.#context;
    return this.#sent
      .filter((probe) => probe.line === line)
      .map(({ sentMonoMs, endedMonoMs, ...rest }) => ({
        ...rest,
        at: toIso(timeline.wallMs(sentMonoMs)),
        rttMs: rest.outcome === 'ok' ? Math.round((endedMonoMs - sentMonoMs) * 1000) / 1000 : null,
      }))
      .toReversed();
  }

  /** `sizeBytes` is that of the whole IP packet. A size that a router tells is the witness's from then on. */
  async send(witness: Witness, sizeBytes: number, signal: AbortSignal): Promise<FullSizeProbe['outcome']> {
    const { clock, engine, config } = this.#context;
    const { id, line, family, address, segment } = witness.target;
    const { least, most } = timeoutBounds;
    const timeoutMs = Math.min(most, Math.max(least, config.current.probing.timeoutMs));
    const sentMonoMs = clock.monoMs();
    const result = await engine.probeOnce(
      {
        kind: 'icmp',
        family,
        address,
        timeoutMs,
        dontFragment: true,
        sizeBytes: sizeBytes - headerBytes[family],
        ...boundTo(this.#context, line),
      },
      signal,
    );
    const outcome = outcomeOf(result);
    if (outcome === 'told' && result.mtu >= floorBytes[family] && result.mtu < sizeBytes)
      witness.sizeBytes = result.mtu;
    const answeredMs = Number.isNaN(result.rttUs) ? clock.monoMs() : sentMonoMs + result.rttUs / 1000;
    const probe: FullSizeProbe = {
      line,
      family,
      target: id,
      segment,
      sentMonoMs,
      outcome,
      sizeBytes,
      endedMonoMs: outcome === 'lost' ? sentMonoMs + timeoutMs : answeredMs,
    };
    this.#sent.push(probe);
    if (this.#sent.length > maxRemembered) this.#sent.shift();
    for (const listener of this.#listeners) listener(probe);
    return outcome;
  }
}

function outcomeOf({ outcome }: OneShotResult): FullSizeProbe['outcome'] {
  switch (outcome) {
    case 'ok':
    case 'local':
      return outcome;
    case 'too-big':
      return 'told';
    default:
      return 'lost';
  }
}
