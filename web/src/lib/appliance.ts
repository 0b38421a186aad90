import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type {
  Status,
  TimelineEvent,
  TimelineEvents,
} from '../../../appliance/features/judge/state/schema.ts';
import type {
  LiveWindows,
  MeasurementRecorded,
  Target,
  TargetList,
} from '../../../appliance/features/watch/latency/schema.ts';
import { access } from './access.ts';
import { getJson } from './api.ts';
import type { StreamMessage } from './event-parser.ts';
import { LiveRing } from './live-ring.ts';
import { LiveStream } from './live-stream.ts';
import { SpeedFeed } from './speed-feed.ts';
import { Troubles } from './troubles.ts';

export type Topic =
  | 'status'
  | 'targets'
  | 'measurements'
  | 'events'
  | 'troubles'
  | 'speed'
  | 'settings'
  | 'mqtt'
  | 'connection';
export type Snapshot = 'status' | 'targets' | 'live' | 'events';
export type Connection = { kind: 'connecting' | 'live' } | { kind: 'stale'; sinceMs: number };

/** How far back the live view looks. */
export const liveSeconds = 600;
const keptEvents = 20;
/** A reload of the page or a restart of the service is shorter than this; only longer silence is called stale. */
const graceMs = 3000;

/** Everything the page knows about the appliance: snapshots first, then the stream. One per page. */
export class Appliance {
  status: Status | null = null;
  targets: readonly Target[] | null = null;
  events: readonly TimelineEvent[] | null = null;
  readonly rings = new Map<string, LiveRing>();
  readonly troubles = new Troubles(
    () => this.nowMs(),
    () => this.#tell('troubles'),
  );
  readonly speed = new SpeedFeed(() => this.#tell('speed'));
  connection: Connection = { kind: 'connecting' };
  /** Which snapshot could not be read, and why. */
  readonly failures = new Map<Snapshot, string>();
  hasLive = false;
  readonly #listeners = new Map<Topic, Set<() => void>>();
  readonly #stream: LiveStream;
  #clockOffsetMs = 0;
  #lastHeardMs = Date.now();
  #staleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#stream = new LiveStream('/api/live', {
      open: () => this.#opened(),
      message: (message) => this.#take(message),
      lost: () => this.#lost(),
      refused: (failure) => access.refuse(failure),
    });
  }

  start(): void {
    void this.#loadAll();
    void this.#stream.run();
    addEventListener('online', () => this.#stream.retryNow());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.connection.kind !== 'live') this.#stream.retryNow();
    });
  }

  /** The appliance's time, which need not be this browser's. */
  nowMs(): number {
    return Date.now() + this.#clockOffsetMs;
  }

  on(topic: Topic, listener: () => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  #tell(...topics: Topic[]): void {
    for (const topic of topics) for (const listener of this.#listeners.get(topic) ?? []) listener();
  }

  async #loadAll(): Promise<void> {
    await Promise.all([
      this.#load<Status>('status', '/api/status', (status) => this.#setStatus(status)),
      this.#load<TargetList>('targets', '/api/targets', ({ targets }) => this.#setTargets(targets)),
      this.#load<LiveWindows>('live', `/api/latency/live?seconds=${liveSeconds}`, (live) => {
        for (const window of live.windows) this.#ring(window.target).load(window);
        this.hasLive = true;
      }),
      this.#load<TimelineEvents>('events', `/api/events?limit=${keptEvents}`, ({ events }) => {
        this.events = events;
      }),
    ]);
  }

  async #load<Result>(snapshot: Snapshot, path: string, apply: (result: Result) => void): Promise<void> {
    try {
      apply(await getJson<Result>(path));
      this.failures.delete(snapshot);
      this.#heard();
    } catch (error) {
      this.failures.set(snapshot, error instanceof Error ? error.message : String(error));
    }
    this.#tell(snapshot === 'live' ? 'measurements' : snapshot);
  }

  #setStatus(status: Status): void {
    this.status = status;
    this.#clockOffsetMs = Date.parse(status.at) - Date.now();
  }

  #setTargets(targets: readonly Target[]): void {
    this.targets = targets;
    const known = new Set(targets.map((target) => target.id));
    for (const id of this.rings.keys()) if (!known.has(id)) this.rings.delete(id);
  }

  #ring(target: string): LiveRing {
    const ring = this.rings.get(target) ?? new LiveRing(liveSeconds * 1000);
    this.rings.set(target, ring);
    return ring;
  }

  #opened(): void {
    const wasBroken = this.connection.kind === 'stale' || this.failures.size > 0;
    clearTimeout(this.#staleTimer);
    this.#staleTimer = undefined;
    this.connection = { kind: 'live' };
    this.#heard();
    this.#tell('connection');
    // What was missed may be older than the stream can replay.
    if (wasBroken) this.#reload();
  }

  #reload(): void {
    void this.#loadAll();
    this.troubles.reload();
    this.speed.reload();
  }

  /** Called at every failed attempt; the first one starts the clock. */
  #lost(): void {
    if (this.connection.kind === 'stale' || this.#staleTimer !== undefined) return;
    this.connection = { kind: 'connecting' };
    this.#staleTimer = setTimeout(() => {
      this.connection = { kind: 'stale', sinceMs: this.#lastHeardMs };
      this.#tell('connection');
    }, graceMs);
    this.#tell('connection');
  }

  #heard(): void {
    this.#lastHeardMs = Date.now();
  }

  #take(message: StreamMessage): void {
    this.#heard();
    switch (message.event) {
      case 'measurement.recorded':
        this.#takeMeasurements(parse<MeasurementRecorded>(message));
        break;
      case 'state.changed':
      case 'status.refreshed':
        this.#setStatus(parse<Status>(message));
        this.#tell('status');
        break;
      case 'target.changed':
        this.#setTargets(parse<TargetList>(message).targets);
        this.#tell('targets');
        break;
      case 'event.recorded':
        this.#takeEvent(parse<TimelineEvent>(message));
        break;
      case 'config.changed':
      case 'config.judged':
      case 'consent.changed':
        this.#tell('settings');
        break;
      case 'mqtt.changed':
        this.#tell('mqtt');
        break;
      case 'reset': // the stream could not replay what was missed
        this.#reload();
        break;
      default:
        if (!this.speed.take(message)) this.troubles.take(message); // heartbeats only prove that the connection lives
    }
  }

  #takeEvent(event: TimelineEvent): void {
    const others = (this.events ?? []).filter((known) => known.id !== event.id);
    // What is told now may have happened earlier.
    const newestFirst = (a: TimelineEvent, b: TimelineEvent) => b.at.localeCompare(a.at) || b.id - a.id;
    this.events = [event, ...others].sort(newestFirst).slice(0, keptEvents);
    this.#tell('events');
  }

  #takeMeasurements(recorded: MeasurementRecorded): void {
    for (const exchange of recorded.exchanges) this.#ring(exchange.target).add(exchange);
    this.#clockOffsetMs = Date.parse(recorded.at) - Date.now();
    this.hasLive = true;
    this.#tell('measurements');
  }
}

function parse<Payload>(message: StreamMessage): Payload {
  return JSON.parse(message.data) as Payload; // the event's schema, published by the same build
}

export const appliance = new Appliance();

/** Redraws a component when one of the topics changes. */
export class Watch implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #topics: readonly Topic[];
  #leave: (() => void)[] = [];

  constructor(host: ReactiveControllerHost, ...topics: Topic[]) {
    this.#host = host;
    this.#topics = topics;
    host.addController(this);
  }

  hostConnected(): void {
    let frame = 0;
    // At most once a frame, however many answers arrive; no frames come while nobody looks.
    const update = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        this.#host.requestUpdate();
      });
    };
    this.#leave = this.#topics.map((topic) => appliance.on(topic, update));
    this.#leave.push(() => cancelAnimationFrame(frame));
  }

  hostDisconnected(): void {
    for (const leave of this.#leave) leave();
    this.#leave = [];
  }
}
