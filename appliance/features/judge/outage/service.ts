import { setImmediate } from 'node:timers/promises';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LineState } from '../../../core/shapes.ts';
import { CloserLook } from './closer-look.ts';
import type { Evidence } from './evidence.ts';
import { Gathering } from './gathering.ts';
import { OutageHistory } from './history.ts';
import { Judge } from './judge.ts';
import { OutageKeeper } from './keeper.ts';
import type { LineJudge } from './line-judge.ts';
import { presentBusy, presentOutage } from './present.ts';
import type { OutageRecord, Thresholds } from './records.ts';
import { OutageStore } from './records-store.ts';
import { Replay } from './replay.ts';
import type { BusyPeriod, LineVerdict, Outage, OutagePort, Uptime } from './schema.ts';

/** While something lasts, what was seen is written this often. */
const keepEveryMs = 60_000;
/** Pieces of the past that are judged before everything else has its turn again: some ten milliseconds of work. */
const piecesAtOnce = 2000;

/** Judges as evidence comes in; what becomes of the records is kept and told by its keeper. */
export class OutageService implements OutagePort {
  readonly #context: FeatureContext;
  readonly #gathering: Gathering;
  readonly #store: OutageStore;
  readonly #closerLook: CloserLook;
  readonly #keeper: OutageKeeper;
  readonly history: OutageHistory;
  /** One object for the whole life: the judge reads it anew each time. */
  readonly #thresholds: Thresholds;
  #judge = new Judge();
  readonly #since = new Map<string, { key: string; sinceMs: number }>();
  #undo: (() => void)[] = [];

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#store = new OutageStore(context.store.state, context.net.bootId());
    this.history = new OutageHistory(context, this.#store);
    this.#closerLook = new CloserLook(context);
    this.#keeper = new OutageKeeper(context, this.#store, this.history, this.#closerLook);
    this.#gathering = new Gathering(context, (evidence) => this.#take(evidence));
    this.#thresholds = thresholdsOf(context);
  }

  async start(): Promise<void> {
    const { config, clock, timeline } = this.#context;
    this.#judge = new Judge({ thresholds: this.#thresholds, everUp: await this.#store.everUp() });
    await this.#keeper.closeLeftOpen();
    this.#undo = [
      config.onChange(() => Object.assign(this.#thresholds, thresholdsOf(this.#context))),
      clock.every(keepEveryMs, () => this.#keepOpen()),
      timeline.onChange(({ anchor }) => this.#keeper.restamp(anchor.offsetMs)),
    ];
    this.#gathering.start();
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    this.#closerLook.stop();
    this.#gathering.stop();
    this.#keepOpen();
    await this.#keeper.settled();
  }

  line(name: string): LineVerdict | null {
    const line = this.#judge.line(name);
    if (!line) return null;
    const presenting = this.history.presenting();
    const { offsetMs } = this.#context.timeline.anchor;
    const records = line.openRecords.sort((a, b) => graveness(b) - graveness(a));
    const open = records.flatMap((record) => {
      const id = this.#keeper.idOf(record.key);
      return id === undefined ? [] : [presentOutage({ id, offsetMs, record }, presenting)];
    });
    const state = stateOf(line);
    const gravest = records[0] ?? null;
    const { record: busy } = line.busy;
    const verdict = gravest?.verdict ?? (busy ? 'busy' : null);
    return {
      line: name,
      state,
      verdict,
      sinceMonoMs: this.#sinceOf(name, state, gravest?.startMs ?? busy?.startMs ?? null),
      open,
      busy: busy ? presentBusy({ id: 0, offsetMs, record: busy }, presenting) : null,
    };
  }

  between(fromMs: number, toMs: number, limit?: number): Promise<Outage[]> {
    return this.history.between(fromMs, toMs, limit);
  }

  byId(id: number): Promise<Outage | null> {
    return this.history.byId(id);
  }

  busyBetween(fromMs: number, toMs: number): Promise<BusyPeriod[]> {
    return this.history.busyBetween(fromMs, toMs);
  }

  uptime(fromMs: number, toMs: number, line?: string): Promise<Uptime> {
    return this.history.uptime(fromMs, toMs, line);
  }

  async judgePast(evidence: Iterable<Evidence>): Promise<Outage[]> {
    // What did not happen in this boot must not move with its clock.
    const store = new OutageStore(this.#context.store.state, '');
    const replay = new Replay();
    let taken = 0;
    for (const piece of evidence) {
      replay.take(piece);
      taken += 1;
      if (taken % piecesAtOnce === 0) await setImmediate();
    }
    const { records, busy } = replay.found;
    const outages: Outage[] = [];
    for (const record of records) {
      if (record.endMs === null) continue;
      const stored = { id: await store.insert(record, 0), offsetMs: 0, record };
      const outage = presentOutage(stored, this.history.presenting());
      outages.push(outage);
      this.#context.bus.emit('outage.closed', outage);
    }
    for (const one of busy) if (one.endMs !== null) await store.saveBusy(null, one, 0);
    return outages;
  }

  /** Records that ended since the start, by kind and verdict. */
  counts(): { kind: string; verdict: string; count: number }[] {
    return this.#keeper.counts();
  }

  openCount(): number {
    return this.#keeper.openCount;
  }

  #take(evidence: Evidence): void {
    for (const change of this.#judge.take(evidence)) this.#keeper.follow(change);
  }

  #keepOpen(): void {
    this.#keeper.keep(this.#judge.lines().flatMap((line) => line.openRecords));
  }

  #sinceOf(name: string, state: LineState, recordMs: number | null): number | null {
    if (state === 'unknown') return null;
    const key = `${state} ${recordMs ?? ''}`;
    const known = this.#since.get(name);
    if (known?.key === key) return known.sinceMs;
    const sinceMs = recordMs ?? this.#context.clock.monoMs();
    this.#since.set(name, { key, sinceMs });
    return sinceMs;
  }
}

function thresholdsOf({ config }: FeatureContext): Thresholds {
  const { shortestMs, lossPercent, addedMs } = config.current.outages;
  return { silenceMs: shortestMs, lossRatio: lossPercent / 100, addedUs: addedMs * 1000 };
}

const graveness = ({ kind, symptom }: OutageRecord) =>
  (kind === 'outage' ? 2 : 0) + (symptom === 'no-answer' ? 1 : 0);

function stateOf(line: LineJudge): LineState {
  const open = line.openRecords;
  const isDown = open.some(({ kind, verdict, families, symptom }) => {
    if (kind !== 'outage' || symptom === 'names') return false;
    const works = line.view
      .families()
      .some((family) => !families.includes(family) && !line.connectivity.isSilent(family));
    return verdict !== 'ipv6' && !works;
  });
  if (isDown) return 'down';
  if (open.length > 0) return 'degraded';
  if (!line.connectivity.hasState()) return 'unknown';
  return line.busy.record ? 'degraded' : 'up';
}
