import { type Clock, pause } from '../../../core/clock.ts';
import { emptyPageReply, type PageReply, type PageRequest } from '../../../core/network.ts';
import type { Family } from '../../../core/shapes.ts';
import { slot } from '../../../core/storing.ts';
import { household, segmentOf } from './household.ts';
import type { LineModel, ModelTarget } from './line-model.ts';
import { addressesOf, pageAt } from './simulated-internet.ts';

/** RFC 6298 §2: a lost packet is sent again after a second, then after twice as long each time. */
const againMs = 1000;
/** What agreeing on keys costs both ends, µs. */
const keysUs = 1800;

type Step = 'dns' | 'connect' | 'tls' | 'reply';
const waitingFor: Record<Step, string> = {
  dns: 'looking the name up',
  connect: 'connecting',
  tls: 'agreeing on TLS',
  reply: 'waiting for the page',
};

/** One fetch under way, in the time of the model. */
interface Trip {
  startedMs: number;
  atMs: number;
  deadlineMs: number;
  reply: PageReply;
}

/** Ends a trip; it never leaves this file. */
class TripEnded extends Error {
  readonly outcome: PageReply['outcome'];

  constructor(outcome: PageReply['outcome'], message: string) {
    super(message);
    this.outcome = outcome;
  }
}

/** Pages over the simulated line: names, handshakes and answers take what its packets take, and are lost with them. */
export class SimulatedPages {
  readonly #clock: Clock;
  readonly #model: LineModel;
  readonly #offsetMs: number;

  constructor(clock: Clock, model: LineModel, offsetMs: number) {
    this.#clock = clock;
    this.#model = model;
    this.#offsetMs = offsetMs;
  }

  async fetch(request: PageRequest, signal: AbortSignal = new AbortController().signal): Promise<PageReply> {
    signal.throwIfAborted();
    // The model knows what will be, so the whole trip is worked out first and waited for afterwards.
    const reply = this.#travel(request, this.#clock.monoMs() + this.#offsetMs);
    await pause(this.#clock, reply.totalUs / 1000, signal);
    signal.throwIfAborted();
    return reply;
  }

  #travel({ url: text, family, address, timeoutMs, maxBytes }: PageRequest, startedMs: number): PageReply {
    const url = new URL(text);
    const trip: Trip = {
      startedMs,
      atMs: startedMs,
      deadlineMs: startedMs + timeoutMs,
      reply: emptyPageReply(),
    };
    const { reply } = trip;
    try {
      reply.address = address ?? this.#lookUp(trip, url.hostname.replace(/^\[(.*)\]$/, '$1'), family);
      const host = {
        family,
        kind: 'tcp',
        address: reply.address,
        segment: segmentOf(reply.address),
      } as const;
      reply.connectUs = this.#exchange(trip, 'connect', host, 0);
      if (url.protocol === 'https:') reply.tlsUs = this.#exchange(trip, 'tls', host, keysUs);
      const { status, body, serverUs } = pageAt(url);
      reply.firstByteUs = this.#exchange(trip, 'reply', host, serverUs);
      Object.assign(reply, { outcome: 'ok', status, body: body.subarray(0, maxBytes) });
    } catch (error) {
      if (!(error instanceof TripEnded)) throw error;
      reply.outcome = error.outcome;
      reply.message = error.message;
    }
    reply.totalUs = (trip.atMs - startedMs) * 1000;
    return reply;
  }

  /** One name server after the other, as the system's resolver asks them. */
  #lookUp(trip: Trip, host: string, family: Family): string {
    const [address] = addressesOf(host, family);
    if (address === host) return address;
    const [first, second] = household.resolvers.map(
      (server): ModelTarget => ({
        family: server.includes(':') ? 'ipv6' : 'ipv4',
        kind: 'dns',
        address: server,
        segment: 'resolver',
      }),
    );
    if (!first || !second) throw new TripEnded('dns', 'there is no name server');
    const isFirstThere = this.#model.sample(first, trip.atMs) >= 0;
    trip.reply.dnsUs = this.#exchange(trip, 'dns', isFirstThere ? first : second, 0);
    if (address === undefined) throw new TripEnded('dns', `${host} has no ${family} address`);
    return address;
  }

  /** Sends until an answer comes, and moves the trip to that moment; returns how long it took, µs. */
  #exchange(trip: Trip, step: Step, target: ModelTarget, extraUs: number): number {
    const begunMs = trip.atMs;
    for (let waitMs = againMs; trip.atMs < trip.deadlineMs; waitMs *= 2) {
      const rttUs = this.#model.sample(target, trip.atMs);
      if (rttUs === slot.unreachable)
        throw new TripEnded('unreachable', `connect EHOSTUNREACH ${target.address}`);
      if (rttUs >= 0) {
        trip.atMs += (rttUs + extraUs) / 1000;
        if (trip.atMs > trip.deadlineMs) break;
        return (trip.atMs - begunMs) * 1000;
      }
      trip.atMs += waitMs;
    }
    trip.atMs = trip.deadlineMs;
    const timeoutMs = trip.deadlineMs - trip.startedMs;
    throw new TripEnded('timeout', `no page within ${Math.round(timeoutMs)} ms, ${waitingFor[step]}`);
  }
}
