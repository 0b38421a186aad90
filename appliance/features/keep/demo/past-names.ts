import type { Evidence } from '../../judge/outage/schema.ts';
import { demoAddresses } from './happenings.ts';
import { household } from './household.ts';
import type { LineModel, ModelTarget } from './line-model.ts';

const everyMs = 10_000;
/** After a failure a server is asked every second for a while. */
const hurriedForMs = 15_000;
const hurriedEveryMs = 1000;
/** A slow name server is slow, not dead. */
const timeoutMs = 4000;
/** Well-known servers, which are asked to compare with while the provider's fail. */
const controls = [demoAddresses.google, demoAddresses.quad9] as const;

interface Asked {
  server: string;
  target: ModelTarget;
  isControl: boolean;
  offsetMs: number;
  hurriedUntilMs: number;
}

/** The questions that the box would have asked name servers. */
export class PastNames {
  readonly #model: LineModel;
  readonly #line: string;
  readonly #servers: Asked[];
  #failingUntilMs = Number.NEGATIVE_INFINITY;

  constructor(model: LineModel, line: string) {
    this.#model = model;
    this.#line = line;
    const asked = (server: string, index: number, isControl: boolean): Asked => ({
      server,
      target: {
        kind: 'dns',
        family: server.includes(':') ? 'ipv6' : 'ipv4',
        segment: isControl ? 'anchor' : 'resolver',
        address: server,
      },
      isControl,
      offsetMs: index * 2000 + 310,
      hurriedUntilMs: Number.NEGATIVE_INFINITY,
    });
    this.#servers = [
      ...household.resolvers.map((server, index) => asked(server, index, false)),
      ...controls.map((server, index) => asked(server, index, true)),
    ];
  }

  /** Adds those asked within a second. */
  second(atMs: number, found: Evidence[]): void {
    for (const asked of this.#servers) {
      if (asked.isControl && atMs >= this.#failingUntilMs) continue;
      const paceMs = atMs < asked.hurriedUntilMs ? hurriedEveryMs : everyMs;
      const sentMs = asked.offsetMs + Math.ceil((atMs - asked.offsetMs) / paceMs) * paceMs;
      if (sentMs < atMs + 1000) found.push(this.#ask(asked, sentMs));
    }
  }

  #ask(asked: Asked, sentMs: number): Evidence {
    const { server, target, isControl } = asked;
    const rttUs = this.#model.sample(target, sentMs);
    const isAnswered = rttUs >= 0;
    if (!isAnswered && !isControl) {
      if (sentMs >= this.#failingUntilMs) asked.hurriedUntilMs = sentMs + hurriedForMs;
      this.#failingUntilMs = sentMs + everyMs + timeoutMs;
    }
    return {
      kind: 'name',
      atMs: sentMs + (isAnswered ? rttUs / 1000 : timeoutMs),
      sentMs,
      line: this.#line,
      server,
      family: target.family,
      isControl,
      isPulse: false,
      outcome: isAnswered ? 'answer' : 'timeout',
      isAnswered,
      isTrusted: true,
      rttMs: isAnswered ? rttUs / 1000 : Number.NaN,
    };
  }
}
