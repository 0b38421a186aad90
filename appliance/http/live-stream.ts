import type { Bus, EventName } from '../core/bus.ts';
import { type Clock, toIso } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Caller, Metric, StrangerViews } from '../core/feature.ts';
import type { Log } from '../core/log.ts';
import { LiveEvent, LiveHistory } from './live-history.ts';

export const liveLimits = {
  /** All transports together; a browser tab is one. */
  clients: 128,
  /** What may wait for one client before it is cut; it comes back and resumes. A whole replay must fit. */
  pendingBytes: 512 * 1024,
  heartbeatMs: 10_000,
  /** How long somebody may listen on after losing the right to, at most. */
  askAgainMs: 4_000,
};

/** One listener, whatever the transport. */
export interface LiveClient {
  readonly caller: Caller;
  sendEvent(event: LiveEvent, shared: SharedFrames): void;
  /** Something outside the numbered sequence: hello, reset, heartbeat. */
  sendNotice(name: string, data: Record<string, unknown>, id: number | null): void;
  pendingBytes(): number;
  /** Polite end, with its reason. */
  end(reason: string): void;
  /** Immediate end, for a client that does not read. */
  cut(): void;
}

/** The bytes of one event, made once for all clients of a transport. */
export class SharedFrames {
  readonly #event: LiveEvent;
  #stream: Uint8Array | null = null;
  #message: string | null = null;

  constructor(event: LiveEvent) {
    this.#event = event;
  }

  get stream(): Uint8Array {
    this.#stream ??= this.#event.toEventStream();
    return this.#stream;
  }

  get message(): string {
    this.#message ??= this.#event.toMessage();
    return this.#message;
  }
}

export interface LiveStreamOptions {
  bus: Bus;
  events: readonly EventName[];
  /** Those that only callers with the scope `admin` get. */
  adminEvents?: readonly EventName[];
  /** What callers get who are not signed in. */
  strangerViews?: StrangerViews;
  /** Whether a caller who was let in may still listen. */
  mayStay?: (caller: Caller) => boolean;
  clock: Clock;
  log: Log;
  version: string;
}

/** Puts bus events onto every open live connection, and replays what a returning client missed. */
export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly #history: LiveHistory;
  readonly #clients = new Set<LiveClient>();
  readonly #adminEvents: ReadonlySet<string>;
  #unsubscribe: (() => void)[] = [];
  #cut = 0;
  #refused = 0;
  #sent = 0;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    this.#adminEvents = new Set(options.adminEvents);
    // Far fewer than 1,000 events a second: counting on from the time keeps ids growing over restarts.
    this.#history = new LiveHistory(Math.max(1, Math.floor(options.clock.wallMs())));
  }

  start(): void {
    const { bus, events, adminEvents = [], clock } = this.#options;
    for (const name of [...events, ...adminEvents]) {
      this.#unsubscribe.push(bus.on(name, (payload) => this.#publish(name, payload)));
    }
    this.#unsubscribe.push(
      clock.every(liveLimits.heartbeatMs, () => this.#beat()),
      clock.every(liveLimits.askAgainMs, () => this.#askAgain()),
    );
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    for (const client of this.#clients) client.end('the service stops');
    this.#clients.clear();
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Throws AppError `LIVE_FULL` before anything is sent. */
  assertRoom(): void {
    if (this.#clients.size < liveLimits.clients) return;
    this.#refused += 1;
    throw new AppError(
      'LIVE_FULL',
      `All ${liveLimits.clients} live connections of this appliance are in use; close a tab and try again`,
      { status: 503, details: { limit: liveLimits.clients } },
    );
  }

  /** Greets, replays what came after `lastEventId` or says that too much is missing, then sends what happens. */
  add(client: LiveClient, lastEventId: number | null): void {
    const missed = lastEventId === null ? [] : this.#history.since(lastEventId);
    this.#clients.add(client);
    // While events follow, only their own ids may move the client's position.
    const position = missed !== null && missed.length > 0 ? null : this.#history.lastId;
    client.sendNotice(
      'hello',
      { at: this.#now(), version: this.#options.version, isResumed: lastEventId !== null && missed !== null },
      position,
    );
    if (missed === null) {
      client.sendNotice(
        'reset',
        { at: this.#now(), reason: 'events were missed; load the state again' },
        position,
      );
      return;
    }
    for (const event of missed) {
      if (!this.#isFor(client, event.name)) continue;
      client.sendEvent(event, new SharedFrames(isStranger(client) ? this.#forStrangers(event) : event));
    }
  }

  remove(client: LiveClient): void {
    this.#clients.delete(client);
  }

  /** For the metrics page. */
  metrics(): readonly Metric[] {
    return [
      gauge('live_clients', 'Open live connections', () => this.#clients.size),
      gauge('live_replay_bytes', 'Approximate size of the replay buffer', () => this.#history.size.bytes),
      counter('live_events_sent_total', 'Events written to live connections', () => this.#sent),
      counter(
        'live_clients_cut_total',
        'Live connections closed because the client did not read',
        () => this.#cut,
      ),
      counter(
        'live_clients_refused_total',
        'Live connections refused because all were in use',
        () => this.#refused,
      ),
    ];
  }

  #publish(name: EventName, payload: unknown): void {
    const event = this.#history.add(name, payload);
    if (this.#clients.size === 0) return;
    const shared = new SharedFrames(event);
    let forStrangers: SharedFrames | null = null;
    for (const client of this.#clients) {
      if (!this.#isFor(client, name) || !this.#isReading(client)) continue;
      if (isStranger(client)) {
        forStrangers ??= new SharedFrames(this.#forStrangers(event));
        client.sendEvent(event, forStrangers);
      } else client.sendEvent(event, shared);
      this.#sent += 1;
    }
  }

  #beat(): void {
    const data = { at: this.#now(), connectedClients: this.#clients.size };
    for (const client of this.#clients) {
      if (this.#isReading(client)) client.sendNotice('heartbeat', data, null);
    }
  }

  /** A session that was ended, a key that was revoked or a day that is over: the stream ends with it. */
  #askAgain(): void {
    const { mayStay = () => true } = this.#options;
    for (const client of this.#clients) {
      if (mayStay(client.caller)) continue;
      this.#clients.delete(client);
      client.end('access has ended');
    }
  }

  #forStrangers(event: LiveEvent): LiveEvent {
    const views = this.#options.strangerViews as
      | Readonly<Record<string, (data: unknown) => unknown>>
      | undefined; // by name
    const view = views?.[event.name];
    return view === undefined ? event : new LiveEvent(event.id, event.name, view(JSON.parse(event.json)));
  }

  #isFor(client: LiveClient, event: string): boolean {
    return !this.#adminEvents.has(event) || client.caller.scopes.includes('admin');
  }

  #isReading(client: LiveClient): boolean {
    if (client.pendingBytes() <= liveLimits.pendingBytes) return true;
    this.#clients.delete(client);
    this.#cut += 1;
    client.cut();
    this.#options.log.info(
      { clients: this.#clients.size },
      'a live connection was cut: the client does not read',
    );
    return false;
  }

  #now(): string {
    return toIso(this.#options.clock.wallMs());
  }
}

function isStranger({ caller }: LiveClient): boolean {
  return caller.kind === 'nobody';
}

function gauge(name: string, help: string, read: () => number): Metric {
  return { name, help, type: 'gauge', collect: () => [{ value: read() }] };
}

function counter(name: string, help: string, read: () => number): Metric {
  return { name, help, type: 'counter', collect: () => [{ value: read() }] };
}
