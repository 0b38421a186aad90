/** Round-trip times to one host, by ping and by connecting, through the probing engine: its stamps come from the kernel. */
import type { ProbeEngine } from '../../../../core/probing.ts';
import type { FoundServer } from '../engine.ts';
import type { DelayFigures } from '../schema.ts';
import { type DelayAt, delaysBetween, quantile } from './trace.ts';

const pingMs = 20;
const timeoutMs = 2000;
/** Ten minutes of pings; a test is over long before. */
const maxKept = 30_000;

export type DelayKind = 'icmp' | 'tcp';

/** Frames on the wire: an echo each way; a connection that is made and closed at once. */
const pingBytes = 98;
const connectBytes = { down: 74 + 2 * 66, up: 74 + 3 * 66 } as const;
/** Of a segment with its headers, payload. */
const payloadShare = 1448 / 1514;

/** Payload that a load could have carried in place of these probes. On 5 Mbit/s they are 2 % of the line. */
export function probesMbps(direction: 'down' | 'up', tcpProbeMs: number): number {
  const bytesPerMs = pingBytes / pingMs + connectBytes[direction] / tcpProbeMs;
  return (bytesPerMs * 8 * payloadShare) / 1000;
}

export class DelayProbe {
  readonly #kept: Record<DelayKind, DelayAt[]> = { icmp: [], tcp: [] };
  readonly #undo: (() => void)[] = [];

  constructor(
    engine: ProbeEngine,
    server: Pick<FoundServer, 'address' | 'family' | 'port' | 'tcpProbeMs'>,
    interfaceName: string | null,
  ) {
    const { address, family, port, tcpProbeMs } = server;
    const to = { address, family, timeoutMs, ...(interfaceName === null ? {} : { interfaceName }) };
    const kinds = new Map<number, DelayKind>();
    this.#undo.push(
      engine.onExchanges((exchanges) => {
        for (const { handle, sentMonoMs, outcome, rttUs } of exchanges) {
          const kept = this.#kept[kinds.get(handle) ?? 'icmp'];
          if (!kinds.has(handle) || kept.length >= maxKept) continue;
          if (outcome === 'ok' || outcome === 'refused') kept.push({ sentMonoMs, rttMs: rttUs / 1000 });
          else if (outcome === 'timeout') kept.push({ sentMonoMs, rttMs: Number.NaN });
        }
      }),
    );
    const handles = [
      [engine.add({ kind: 'icmp', ...to, intervalMs: pingMs }), 'icmp'],
      [engine.add({ kind: 'tcp', ...to, port, intervalMs: tcpProbeMs }), 'tcp'],
    ] as const;
    for (const [handle, kind] of handles) {
      kinds.set(handle, kind);
      this.#undo.push(() => engine.remove(handle));
    }
  }

  /** Of the kind that answers; pings where both do, because there are more of them. */
  best(): readonly DelayAt[] {
    const answered = (kind: DelayKind) => this.#kept[kind].some(({ rttMs }) => !Number.isNaN(rttMs));
    return answered('icmp') || !answered('tcp') ? this.#kept.icmp : this.#kept.tcp;
  }

  of(kind: DelayKind): readonly DelayAt[] {
    return this.#kept[kind];
  }

  /** Null when nothing was sent. */
  figures(kind: DelayKind, fromMs: number, toMs: number): DelayFigures | null {
    return figuresOf(this.#kept[kind], fromMs, toMs);
  }

  /** The last answer; NaN before the first. */
  nowMs(): number {
    return this.best().findLast(({ rttMs }) => !Number.isNaN(rttMs))?.rttMs ?? Number.NaN;
  }

  stop(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }
}

const orNull = (value: number) => (Number.isFinite(value) ? value : null);

export function figuresOf(delays: readonly DelayAt[], fromMs: number, toMs: number): DelayFigures | null {
  const { count, lost, sorted } = delaysBetween(delays, fromMs, toMs);
  if (count === 0) return null;
  const inOrder = delays.filter(({ sentMonoMs }) => sentMonoMs >= fromMs && sentMonoMs <= toMs);
  const changes = inOrder
    .slice(1)
    .map(({ rttMs }, index) => Math.abs(rttMs - (inOrder[index]?.rttMs ?? Number.NaN)))
    .filter((change) => !Number.isNaN(change));
  return {
    count,
    lost,
    p50Ms: orNull(quantile(sorted, 0.5)),
    p90Ms: orNull(quantile(sorted, 0.9)),
    p95Ms: orNull(quantile(sorted, 0.95)),
    maxMs: orNull(sorted.at(-1) ?? Number.NaN),
    jitterMs: orNull(changes.reduce((sum, each) => sum + each, 0) / changes.length),
  };
}
