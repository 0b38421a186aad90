import type {
  CallCount,
  GuardedClient,
  OutsideCall,
  OutsideClient,
  OutsideReply,
  OutsideService,
  SwitchedService,
} from '../core/calling.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { ConfigPort } from '../core/feature.ts';
import type { Log } from '../core/log.ts';
import type { NameQuestion, NameReply, NetworkTools } from '../core/network.ts';
import { isHostOf, limitProblem, limitsOf } from './call-rules.ts';
import { buildQuery } from './dns-message.ts';
import { type CallOut, callOut, type Guard } from './guarded-client.ts';

export interface CallsOptions {
  /** Of all features. */
  services: readonly OutsideService[];
  config: ConfigPort;
  ask: NetworkTools['ask'];
  clock: Clock;
  log: Log;
  /** The guarded client; the demo and tests give another one. */
  callOut?: CallOut;
  /** What the guarded client goes by in place of the real network. */
  guard?: Omit<Guard, 'isDeclared' | 'count'>;
}

/** Under way at once, of one service. */
const maxAtOnce = 8;
/** IP and UDP before a DNS message, there and back (RFC 791, RFC 768). */
const datagramBytes = 28;

/** Stands between the features and the network: no consent, no packet; and it counts what was sent. */
export class Calls implements GuardedClient {
  readonly services: readonly OutsideService[];
  readonly #undo: () => void;
  readonly #gates = new Map<string, ServiceGate>();

  /** Throws AppError `SERVICE_INVALID` when the declarations are wrong: our mistake. */
  constructor(options: CallsOptions) {
    this.services = options.services;
    const ids = new Set<string>();
    for (const service of options.services) {
      const problem = ids.has(service.id) ? 'is declared twice' : problemOf(service);
      if (problem !== null)
        throw new AppError('SERVICE_INVALID', `The outside service "${service.id}" ${problem}`);
      ids.add(service.id);
      if (service.kind === 'service') this.#gates.set(service.id, new ServiceGate(service, options));
    }
    this.#undo = options.config.onChange(() => {
      for (const gate of this.#gates.values()) gate.look();
    });
  }

  to(id: string): OutsideClient {
    return this.#gateOf(id);
  }

  count(id: string): Readonly<CallCount> {
    return this.#gateOf(id).count;
  }

  add(id: string, sentBytes: number, receivedBytes: number): void {
    this.#gateOf(id).add(sentBytes, receivedBytes);
  }

  /** Ends what is under way and lets nothing out any more. */
  stop(): void {
    this.#undo();
    for (const gate of this.#gates.values()) gate.close();
  }

  #gateOf(id: string): ServiceGate {
    const gate = this.#gates.get(id);
    if (gate) return gate;
    throw new AppError('SERVICE_UNDECLARED', `No feature declares an outside service "${id}"`);
  }
}

function problemOf(service: OutsideService): string | null {
  if (!/^[a-z][A-Za-z0-9]{1,39}$/.test(service.id)) return 'has no camelCase name of 2 to 40 characters';
  const problem = service.kind === 'service' ? limitProblem(service.limits ?? {}) : null;
  return problem === null ? null : `asks too much: ${problem}`;
}

class ServiceGate implements OutsideClient {
  readonly count: CallCount = { contacts: 0, sentBytes: 0, receivedBytes: 0, lastMonoMs: null };
  readonly #service: SwitchedService;
  readonly #options: CallsOptions;
  readonly #running = new Set<AbortController>();
  #closed: AppError | null = null;

  constructor(service: SwitchedService, options: CallsOptions) {
    this.#service = service;
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#options.config.current.consent[this.#service.id] === true;
  }

  /** The configuration is another one: what was switched off ends at once. */
  look(): void {
    if (!this.isOn) this.#end(this.#missing());
  }

  close(): void {
    this.#closed = new AppError('CALLS_STOPPED', 'The appliance is stopping');
    this.#end(this.#closed);
  }

  #end(reason: AppError): void {
    for (const running of this.#running) running.abort(reason);
  }

  async request(call: OutsideCall, signal?: AbortSignal): Promise<OutsideReply> {
    const { guard, log } = this.#options;
    const { id, limits, mayBeInside = false } = this.#service;
    if (call.isInside && !mayBeInside)
      throw new AppError('CALL_INVALID', `${this.#service.name} cannot stand inside the own network`);
    const isDeclared = (host: string) => this.#isDeclared(host);
    const count = (sentBytes: number, receivedBytes: number) => this.add(sentBytes, receivedBytes);
    const send = this.#options.callOut ?? callOut;
    const reply = await this.#run(signal, (ending) =>
      send(call, limitsOf(limits, call.limits), { ...guard, isDeclared, count }, ending),
    );
    const { outcome, status, host, sentBytes, receivedBytes } = reply;
    log.debug({ service: id, host, outcome, status, sentBytes, receivedBytes }, 'a call out');
    return reply;
  }

  async ask(question: NameQuestion, signal?: AbortSignal): Promise<NameReply> {
    if (!this.#isDeclared(question.name))
      throw new AppError('CALL_INVALID', `${this.#service.name} is not asked for ${question.name}`);
    const sentBytes = datagramBytes + buildQuery(question.name, question.type).length;
    return await this.#run(signal, async (ending) => {
      try {
        const reply = await this.#options.ask(question, ending);
        const { outcome, sizeBytes } = reply;
        if (outcome !== 'local') this.add(sentBytes, sizeBytes === undefined ? 0 : datagramBytes + sizeBytes);
        return reply;
      } catch (error) {
        if (ending.aborted) this.add(sentBytes, 0); // it was on its way
        throw error;
      }
    });
  }

  #isDeclared(host: string): boolean {
    const { hosts } = this.#service;
    return isHostOf(host, typeof hosts === 'function' ? hosts(this.#options.config.current) : hosts);
  }

  async #run<Result>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (!this.isOn) throw this.#missing();
    if (this.#closed) throw this.#closed;
    if (this.#running.size >= maxAtOnce) {
      const message = `${maxAtOnce} calls to ${this.#service.name} are under way; wait for one of them`;
      throw new AppError('CALLS_BUSY', message, { status: 429 });
    }
    const running = new AbortController();
    this.#running.add(running);
    try {
      return await work(signal ? AbortSignal.any([signal, running.signal]) : running.signal);
    } finally {
      this.#running.delete(running);
    }
  }

  add(sentBytes: number, receivedBytes: number): void {
    this.count.contacts += 1;
    this.count.sentBytes += sentBytes;
    this.count.receivedBytes += receivedBytes;
    this.count.lastMonoMs = this.#options.clock.monoMs();
  }

  #missing(): AppError {
    const { id, name } = this.#service;
    return new AppError(
      'CONSENT_MISSING',
      `${name} is not contacted: consent.${id} is off. Switch it on in the settings, or with: ist config consent ${id} on`,
      { status: 403, details: { service: id, setting: `consent.${id}` } },
    );
  }
}
