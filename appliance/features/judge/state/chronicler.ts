import { sayDuration } from '../../../core/durations.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LineState } from '../../../core/shapes.ts';
import type { StoreHealth } from '../../../core/storing.ts';
import type { TimelineChange } from '../../../core/timeline.ts';
import type { LinkChanged } from '../../watch/latency/schema.ts';
import type { Gap } from '../outage/schema.ts';
import type { FamilyAssessment } from './assess.ts';
import { EventLog, type NewEvent } from './events.ts';
import { whatIsWrong } from './sentence.ts';

/** Router, provider hop and the second family are found one after the other: one event for all of them. */
const linkSettleMs = 5000;
/** The service was stopped for less than this: a restart, not worth an entry. */
const restartMs = 90_000;

/** A line that went from one state to another. */
export interface StateChange {
  line: string;
  state: LineState;
  before: LineState;
  sinceMonoMs: number;
  /** How long the state before lasted; null when it is not known. */
  lastedMs: number | null;
  families: readonly FamilyAssessment[];
  isOnlyLine: boolean;
}

/** Writes down what happened, each thing in one sentence, and tells the stream once it is on disk. */
export class Chronicler {
  readonly events: EventLog;
  readonly #context: FeatureContext;
  #undo: (() => void)[] = [];
  #cancelLink: () => void = () => undefined;
  #toldRecoveries = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(context: FeatureContext) {
    this.#context = context;
    this.events = new EventLog(context.store.state);
  }

  async start(): Promise<void> {
    const { clock, bus, timeline, store, port } = this.#context;
    this.#undo = [
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

  tellState({ line, state, before, sinceMonoMs, lastedMs, families, isOnlyLine }: StateChange): void {
    const name = isOnlyLine ? 'The Internet' : `Line ${line}`;
    const after = lastedMs === null ? '' : ` after ${sayDuration(lastedMs)}`;
    let text: string;
    if (state === 'down') text = `${name} stopped answering.`;
    else if (state === 'degraded') text = `${name} is not well. ${whatIsWrong(families)}`;
    else if (before === 'down') text = `${name} answers again${after}.`;
    else if (before === 'degraded') text = `${name} is well again${after}.`;
    else text = `${name} answers.`;
    this.record({ kind: 'state.changed', text, line, atMs: this.#context.timeline.wallMs(sinceMonoMs) });
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
