import type {
  EngineStatistics,
  Exchange,
  LinkFacts,
  LinkWatch,
  NameResolver,
  OneShot,
  OneShotResult,
  ProbeEngine,
  ProbeTarget,
} from '../../core/probing.ts';
import type { Method } from '../../core/shapes.ts';

/** An engine that measures nothing: tests say what comes back. */
export class FakeEngine implements ProbeEngine {
  readonly targets = new Map<number, ProbeTarget>();
  /** What a one-shot probe answers. */
  answer: (request: OneShot) => Partial<OneShotResult> = () => ({ outcome: 'timeout' });
  readonly #listeners = new Set<(exchanges: Iterable<Readonly<Exchange>>) => void>();
  #nextHandle = 1;

  start = async () => undefined;
  stop = async () => undefined;

  add(target: ProbeTarget): number {
    const handle = this.#nextHandle++;
    this.targets.set(handle, target);
    return handle;
  }

  change(handle: number, target: ProbeTarget): void {
    this.targets.set(handle, target);
  }

  remove(handle: number): void {
    this.targets.delete(handle);
  }

  onExchanges(listener: (exchanges: Iterable<Readonly<Exchange>>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async probeOnce(request: OneShot): Promise<OneShotResult> {
    return {
      outcome: 'timeout',
      rttUs: Number.NaN,
      ttl: 0,
      from: '',
      icmpType: 0,
      icmpCode: 0,
      errno: 0,
      mtu: 0,
      tcpInfoRttUs: Number.NaN,
      reply: null,
      isKernelStamped: true,
      ...this.answer(request),
    };
  }

  statistics(): EngineStatistics {
    return {
      targets: this.targets.size,
      sent: 0,
      received: 0,
      timeouts: 0,
      errors: 0,
      late: 0,
      duplicates: 0,
      skipped: 0,
      inFlight: 0,
      overruns: 0,
      strangers: 0,
      cpuMs: 0,
      icmp: 'raw',
      isRealtime: false,
    };
  }

  methodOf(kind: ProbeTarget['kind']): Method {
    return kind === 'icmp' ? 'icmp-raw' : kind;
  }

  /** The handle of the target with this address. */
  handleOf(address: string): number {
    for (const [handle, target] of this.targets) if (target.address === address) return handle;
    throw new Error(`no target has the address ${address}`);
  }

  deliver(
    ...exchanges: (Partial<Exchange> & Pick<Exchange, 'handle' | 'seq' | 'sentMonoMs' | 'outcome'>)[]
  ): void {
    const complete = exchanges.map((exchange) => ({
      rttUs: Number.NaN,
      ttl: 64,
      errno: 0,
      icmpType: 0,
      icmpCode: 0,
      from: '',
      isReordered: false,
      isKernelStamped: true,
      ...exchange,
    }));
    for (const listener of this.#listeners) listener(complete);
  }
}

export class FakeLink implements LinkWatch {
  facts: LinkFacts;
  readonly #listeners = new Set<() => void>();

  constructor(facts: LinkFacts) {
    this.facts = facts;
  }

  async read(): Promise<LinkFacts> {
    return this.facts;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start = () => undefined;
  stop = () => undefined;

  change(facts: LinkFacts): void {
    this.facts = facts;
    for (const listener of this.#listeners) listener();
  }
}

/** Knows the names it was given; addresses resolve to themselves. */
export class FakeNames implements NameResolver {
  readonly addresses: Record<string, string[]>;

  constructor(addresses: Record<string, string[]> = {}) {
    this.addresses = addresses;
  }

  async resolve(host: string): Promise<string[]> {
    return this.addresses[host] ?? (/^[\d.]+$|:/.test(host) ? [host] : []);
  }

  encodeQuery(name: string): Uint8Array {
    return new TextEncoder().encode(name);
  }
}
