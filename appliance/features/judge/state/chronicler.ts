import { sayDuration } from '../../../core/durations.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { StoreHealth } from '../../../core/storing.ts';
import type { TimelineChange } from '../../../core/timeline.ts';
import type { LinkChanged } from '../../watch/latency/schema.ts';
import type { Gap, Outage } from '../outage/schema.ts';
import { EventLog, type NewEvent } from './events.ts';

/** Router, provider hop and the second family are found one after the other: one event for all of them. */
const linkSettleMs = 5000;
/** The service was stopped for less than this: a restart, not worth an entry. */
const restartMs = 90_000;
/** Open outages whose beginning was told; there are seldom more than a few. */
const maxTold = 256;

/** Writes down what happened, each thing in one sentence, and tells the stream once it is on disk. */
export class Chronicler {
  readonly events: EventLog;
  readonly #context: FeatureContext;
  #undo: (() => void)[] = [];
  #cancelLink: () => void = () => undefined;
  readonly #toldOutages = new Set<number>();
  #toldRecoveries = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(context: FeatureContext) {
    this.#context = context;
    this.events = new EventLog(context.store.state);
  }

  async start(): Promise<void> {
    const { clock, bus, timeline, store, port } = this.#context;
    this.#undo = [
      bus.on('outage.opened', (outage) => this.#tellOutage(outage)),
      bus.on('outage.updated', (outage) => {
        if (outage.endedAt === null) this.#tellOutage(outage);
      }),
      bus.on('outage.closed', (outage) => this.#tellOutage(outage)),
      bus.on('gap.recorded', (gap) => this.#tellGap(gap)),
      bus.on('link.changed', (link) => {
        this.#cancelLink();
        this.#cancelLink = clock.after(linkSettleMs, () => this.#tellLink(link));
      }),
      () => this.#cancelLink(),
      timeline.onChange((change) => this.#tellClock(change)),
      store.onHealthChange((health) => this.#tellStore(health)),
    ];
    // Asked in the same turn: a gap that is known by now was told before anybody listened.
    const before = port('gap').atStart();
    const health = await store.health();
    const gap = await before;
    if (gap) this.#tellGap(gap);
    this.#tellStart(health);
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    await this.#writing;
  }

  /** Queues an event to be written, in order; a failed write is logged with the event and stops nothing. */
  record(event: Omit<NewEvent, 'atMs'> & { atMs?: number }): void {
    const { bus, log, timeline } = this.#context;
    const complete = { atMs: timeline.nowMs(), ...event };
    this.#writing = this.#writing
      .then(() => this.events.record(complete))
      .then((recorded) => bus.emit('event.recorded', recorded))
      .catch((error: unknown) =>
        log.error({ err: error, event: complete }, 'an event could not be written down'),
      );
  }

  /** An outage is told once its verdict is known, and again when it is over; short ones only then. */
  #tellOutage(outage: Outage): void {
    if (outage.endedAt === null) {
      if (outage.decidedAt === null || this.#toldOutages.has(outage.id)) return;
      this.#toldOutages.add(outage.id);
      if (this.#toldOutages.size > maxTold) this.#toldOutages.delete(Math.min(...this.#toldOutages));
      this.record({
        kind: 'outage.opened',
        text: outage.text,
        line: outage.line,
        atMs: Date.parse(outage.startedAt),
      });
      return;
    }
    this.#toldOutages.delete(outage.id);
    this.record({
      kind: 'outage.closed',
      text: outage.text,
      line: outage.line,
      atMs: Date.parse(outage.endedAt),
    });
  }

  #tellStart(health: StoreHealth): void {
    const { timeline, about } = this.#context;
    const startedMs = timeline.wallMs(about.startedMonoMs);
    this.record({ kind: 'service.started', text: 'Watching began.', atMs: startedMs });
    this.#tellStore(health);
  }

  #tellGap({ text, reason, startedAt, endedAt }: Gap): void {
    const startMs = Date.parse(startedAt);
    if (reason === 'stopped' && Date.parse(endedAt) - startMs < restartMs) return;
    this.record({ kind: 'gap', text, atMs: startMs });
  }

  #tellClock({ steppedMs, anchor }: TimelineChange): void {
    if (steppedMs === 0) {
      const text = 'The time of day is known now; measurements since the start were given their times.';
      this.record({ kind: 'clock.known', text });
    } else if (anchor.isKnown) {
      const direction = steppedMs > 0 ? 'forward' : 'back';
      const text = `The clock was set ${direction} by ${sayDuration(Math.abs(steppedMs))}; measurements keep their order.`;
      this.record({ kind: 'clock.stepped', text });
    }
  }

  #tellStore(health: StoreHealth): void {
    for (const text of health.recovered.slice(this.#toldRecoveries))
      this.record({ kind: 'store.recovered', text });
    this.#toldRecoveries = health.recovered.length;
    if (health.state !== 'ok' && health.message !== null)
      this.record({ kind: 'store.trouble', text: health.message });
  }

  #tellLink(link: LinkChanged): void {
    for (const { name, gateways, ispHops, interface: via } of link.lines) {
      const router = gateways.length > 0 ? `router ${gateways.join(' and ')}` : 'no router';
      const provider = ispHops.length > 0 ? `, provider's first router ${ispHops.join(' and ')}` : '';
      const text = `The link now has ${router}${provider}${via === null ? '' : ` on ${via}`}.`;
      this.record({ kind: 'link.changed', line: name, text });
    }
  }
}
