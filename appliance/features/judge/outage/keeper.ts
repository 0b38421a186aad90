/** Writes what becomes of the records, in order, and tells of it once it is on disk. */
import type { FeatureContext } from '../../../core/feature.ts';
import type { CloserLook } from './closer-look.ts';
import type { OutageHistory } from './history.ts';
import { presentBusy, presentOutage } from './present.ts';
import type { BusyRecord, Change, OutageRecord } from './records.ts';
import type { OutageStore } from './records-store.ts';

/** Ended records whose end may still move: exchanges wait for seconds for their answer. */
const maxEnded = 8;

/** Told of every record that begins and ends. */
export type Onlooker = Pick<CloserLook, 'opened' | 'closed' | 'save'>;

interface Held<Kept> {
  /** Rejects when the record could not be written; the next write tries again. */
  id: Promise<number>;
  record: Kept;
}

export class OutageKeeper {
  readonly #context: FeatureContext;
  readonly #store: OutageStore;
  readonly #history: OutageHistory;
  readonly #closerLook: Onlooker;
  readonly #open = new Map<number, Held<OutageRecord>>();
  /** Newest last. */
  readonly #ended = new Map<number, Held<OutageRecord>>();
  readonly #busy = new Map<number, Held<BusyRecord>>();
  /** Ids of what lasts, once they are known. */
  readonly #ids = new Map<number, number>();
  readonly #counts = new Map<string, number>();
  #writing: Promise<void> = Promise.resolve();

  constructor(context: FeatureContext, store: OutageStore, history: OutageHistory, closerLook: Onlooker) {
    this.#context = context;
    this.#store = store;
    this.#history = history;
    this.#closerLook = closerLook;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Id of a record that lasts; undefined until it is on disk. */
  idOf(key: number): number | undefined {
    return this.#ids.get(key);
  }

  /** Records that ended since the start, by kind and verdict. */
  counts(): { kind: string; verdict: string; count: number }[] {
    return [...this.#counts].map(([key, count]) => {
      const [kind = '', verdict = ''] = key.split(' ');
      return { kind, verdict, count };
    });
  }

  follow(change: Change): void {
    switch (change.type) {
      case 'worked':
        this.#queue(() => this.#store.rememberUp(change.line, change.family));
        return;
      case 'busy':
        this.#followBusy(change.busy);
        return;
      case 'opened':
        this.#begin(change.record);
        return;
      default:
        this.#goOn(change.type, change.record);
    }
  }

  /** Writes how far the open records have come: a power cut then costs no more than what came since. */
  keep(open: readonly OutageRecord[]): void {
    for (const record of open) {
      const held = this.#open.get(record.key);
      if (!held || held.record.lastMs === record.lastMs) continue;
      held.record = structuredClone(record);
      this.#write(held);
    }
    if (open.length > 0) this.#closerLook.save();
  }

  /** The clock became known, or was set. */
  restamp(offsetMs: number): void {
    this.#queue(() => this.#store.restamp(offsetMs));
  }

  /** A run that ended while something lasted left it open: it ends with what is known of that run. */
  async closeLeftOpen(): Promise<void> {
    const { store, log } = this.#context;
    const { outages, busy } = await this.#store.leftOpen();
    if (outages.length + busy.length === 0) return;
    const { previousAliveMs } = await store.health();
    for (const { id, offsetMs, record } of outages) {
      const endMs = Math.max(record.lastMs, (previousAliveMs ?? 0) - offsetMs);
      await this.#store.update(id, { ...record, lastMs: endMs, endMs, endedBy: 'gap' }, offsetMs);
    }
    for (const { id, offsetMs, record } of busy) {
      const endMs = Math.max(record.startMs, (previousAliveMs ?? 0) - offsetMs);
      await this.#store.saveBusy(id, { ...record, endMs }, offsetMs);
    }
    log.info({ outages: outages.length }, 'what lasted when the service ended has its end');
  }

  /** Everything so far is on disk, or its failure has been logged. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  get #offsetMs(): number {
    return this.#context.timeline.anchor.offsetMs;
  }

  #begin(record: OutageRecord): void {
    const offsetMs = this.#offsetMs;
    const held = { id: this.#queueFor(() => this.#store.insert(record, offsetMs)), record };
    this.#open.set(record.key, held);
    this.#tell('outage.opened', held);
    this.#closerLook.opened(record, held.id);
  }

  #goOn(type: 'updated' | 'closed', record: OutageRecord): void {
    const { key, kind, verdict } = record;
    const held = this.#open.get(key) ?? this.#ended.get(key);
    if (!held) return;
    held.record = record;
    this.#write(held);
    const isClosing = type === 'closed' && this.#open.delete(key);
    if (!isClosing) {
      this.#tell('outage.updated', held);
      return;
    }
    this.#ended.set(key, held);
    for (const oldest of this.#ended.keys()) if (this.#ended.size > maxEnded) this.#ended.delete(oldest);
    const name = `${kind} ${verdict}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#tell('outage.closed', held);
    this.#closerLook.closed(record, held.id);
  }

  #write(held: Held<OutageRecord>): void {
    const { record } = held;
    const offsetMs = this.#offsetMs;
    this.#queue(async () => {
      // The disk may have been full when it began.
      const id = await held.id.catch(() => null);
      if (id === null) held.id = this.#store.insert(record, offsetMs);
      else await this.#store.update(id, record, offsetMs);
      await held.id;
    });
  }

  #tell(event: 'outage.opened' | 'outage.updated' | 'outage.closed', held: Held<OutageRecord>): void {
    const { record } = held;
    const offsetMs = this.#offsetMs;
    this.#queue(async () => {
      const outage = presentOutage({ id: await held.id, offsetMs, record }, this.#history.presenting());
      if (event === 'outage.closed') this.#ids.delete(record.key);
      else if (record.endMs === null) this.#ids.set(record.key, outage.id);
      this.#context.bus.emit(event, outage);
      this.#context.log.info(
        { outage: outage.id, line: outage.line, verdict: outage.verdict, confidence: outage.confidence },
        `${event.slice('outage.'.length)}: ${outage.text}`,
      );
    });
  }

  #followBusy(record: BusyRecord): void {
    const offsetMs = this.#offsetMs;
    const known = this.#busy.get(record.key)?.id.catch(() => null);
    const id = this.#queueFor(async () => this.#store.saveBusy((await known) ?? null, record, offsetMs));
    if (record.endMs === null) this.#busy.set(record.key, { id, record });
    else this.#busy.delete(record.key);
    this.#queue(async () => {
      const busy = presentBusy({ id: await id, offsetMs, record }, this.#history.presenting());
      this.#context.bus.emit('busy.changed', busy);
    });
  }

  #queue(work: () => Promise<void>): void {
    this.#queueFor(work).catch(() => undefined); // logged where it failed
  }

  #queueFor<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#writing.then(work);
    this.#writing = result.then(
      () => undefined,
      (error: unknown) => this.#context.log.error({ err: error }, 'an outage could not be written down'),
    );
    return result;
  }
}
