/** The one question a second that dates when a name server began and ceased to answer. */
import type { LatencyPort, Target, TargetExchange } from '../latency/schema.ts';
import type { NameOutcome, NamePulse, NameServer } from './schema.ts';

/** RFC 1035 §4.1.1: what a reply says of itself. */
const outcomes = new Map<number, NameOutcome>([
  [0, 'answer'],
  [3, 'nxdomain'],
  [5, 'refused'],
]);

export class PulseWatch {
  readonly #latency: LatencyPort;
  readonly #servers: () => readonly NameServer[];
  readonly #onTrouble: (line: string) => void;
  readonly #listeners = new Set<(pulse: NamePulse) => void>();
  /** Name server of each target that asks it; as many as there are targets. */
  readonly #asked = new Map<string, NameServer>();
  /** Targets whose newest question had no good answer. */
  readonly #pulseless = new Set<string>();

  /** `onTrouble`: a server of this line gave no good answer for the first time. */
  constructor(latency: LatencyPort, servers: () => readonly NameServer[], onTrouble: (line: string) => void) {
    this.#latency = latency;
    this.#servers = servers;
    this.#onTrouble = onTrouble;
  }

  onPulse(listener: (pulse: NamePulse) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): () => void {
    return this.#latency.onExchanges((exchanges) => {
      for (const exchange of exchanges) {
        const server = this.#asked.get(exchange.target);
        if (server) this.#take(exchange.target, pulseOf(server, exchange));
      }
    });
  }

  /** Takes over targets and servers as they are now. */
  read(): void {
    this.#asked.clear();
    const servers = this.#servers();
    for (const target of this.#latency.targets()) {
      const server = servers.find((one) => isAskedBy(target, one));
      if (server) this.#asked.set(target.id, server);
    }
    for (const target of this.#pulseless) if (!this.#asked.has(target)) this.#pulseless.delete(target);
  }

  #take(target: string, pulse: NamePulse): void {
    if (pulse.outcome === 'answer') this.#pulseless.delete(target);
    else if (!this.#pulseless.has(target)) {
      this.#pulseless.add(target);
      this.#onTrouble(pulse.server.line);
    }
    for (const listener of this.#listeners) listener(pulse);
  }
}

const isAskedBy = ({ method, line, address }: Target, server: NameServer) =>
  method === 'dns' && server.transport === 'udp' && server.line === line && server.address === address;

function pulseOf(
  server: NameServer,
  { sentMonoMs, endedMonoMs, outcome, rcode = 0 }: TargetExchange,
): NamePulse {
  const said = outcome === 'ok' ? (outcomes.get(rcode) ?? 'servfail') : outcome;
  return { server, sentMonoMs, endedMonoMs, outcome: said };
}
