import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LineState, Verdict } from '../../../core/shapes.ts';
import { calendarOf } from './calendar.ts';
import type { Evidence } from './evidence.ts';
import { Gathering } from './gathering.ts';
import { Judge } from './judge.ts';
import type { LineJudge } from './line-judge.ts';
import { type Presenting, presentBusy, presentOutage } from './present.ts';
import type { BusyRecord, Change, OutageRecord } from './records.ts';
import { OutageStore, type StoredBusy, type StoredOutage } from './records-store.ts';
import { rejudge } from './replay.ts';
import type {
  BusyPeriod,
  LineVerdict,
  Outage,
  OutageCalendar,
  OutageList,
  OutagePort,
  Uptime,
} from './schema.ts';
import { type DownInterval, type Interval, uptimeOf } from './uptime.ts';

/** While something lasts, what was seen is written this often: a power cut then costs at most as much. */
const keepEveryMs = 60_000;
/** A flapping line must not wear out the card. */
const saveEveryMs = 10_000;
/** Records that one answer may hold. */
export const mostRecords = 2000;
const mostForUptime = 50_000;
/** A last word on how the path is again is asked for this long after the end. */
const afterwardsMs = 3000;

interface Held {
  id: Promise<number>;
  record: OutageRecord;
}

/** Judges as evidence comes in, keeps the records and tells of them once they are on disk. */
export class OutageService implements OutagePort {
  readonly #context: FeatureContext;
  readonly #gathering: Gathering;
  readonly store: OutageStore;
  /** What did not happen in this boot must not move with its clock. */
  readonly #past: OutageStore;
  #judge = new Judge();
  readonly #open = new Map<number, Held>();
  readonly #ended = new Map<number, Held>();
  readonly #busy = new Map<number, { id: Promise<number>; record: BusyRecord }>();
  /** Ids of what lasts, once they are known. */
  readonly #ids = new Map<number, number>();
  readonly #everUp = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #since = new Map<string, { key: string; sinceMs: number }>();
  #writing: Promise<void> = Promise.resolve();
  #undo: (() => void)[] = [];
  #savedMonoMs = Number.NEGATIVE_INFINITY;

  constructor(context: FeatureContext) {
    this.#context = context;
    this.store = new OutageStore(context.store.state, context.net.bootId());
    this.#past = new OutageStore(context.store.state, '');
    this.#gathering = new Gathering(context, (evidence) => this.#take(evidence));
  }

  async start(): Promise<void> {
    const { config, clock, timeline } = this.#context;
    for (const entry of await this.store.everUp()) this.#everUp.add(entry);
    const { shortestMs, lossPercent, addedMs } = config.current.outages;
    this.#judge = new Judge({
      thresholds: { silenceMs: shortestMs, lossRatio: lossPercent / 100, addedUs: addedMs * 1000 },
      everUp: [...this.#everUp],
    });
    await this.#closeLeftOpen();
    this.#undo = [
      clock.every(keepEveryMs, () => this.#keepOpen()),
      timeline.onChange(({ anchor }) => this.#queue(() => this.store.restamp(anchor.offsetMs))),
    ];
    this.#gathering.start();
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    this.#gathering.stop();
    this.#keepOpen();
    await this.#writing;
  }

  line(name: string): LineVerdict | null {
    const line = this.#judge.line(name);
    if (!line) return null;
    const presenting = this.#presenting();
    const records = line.openRecords.sort((a, b) => graveness(b) - graveness(a));
    const open = records.flatMap((record) => {
      const id = this.#ids.get(record.key);
      return id === undefined ? [] : [presentOutage({ id, offsetMs: this.#offsetMs, record }, presenting)];
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
      busy: busy ? presentBusy({ id: 0, offsetMs: this.#offsetMs, record: busy }, presenting) : null,
    };
  }

  async between(fromMs: number, toMs: number, limit = mostRecords): Promise<Outage[]> {
    const stored = await this.store.between(fromMs, toMs, limit);
    const presenting = this.#presenting();
    return stored.map((outage) => presentOutage(outage, presenting));
  }

  async byId(id: number): Promise<Outage | null> {
    const stored = await this.store.byId(id);
    return stored ? presentOutage(stored, this.#presenting()) : null;
  }

  async busyBetween(fromMs: number, toMs: number): Promise<BusyPeriod[]> {
    const stored = await this.store.busyBetween(fromMs, toMs, mostRecords);
    const presenting = this.#presenting();
    return stored.map((busy) => presentBusy(busy, presenting));
  }

  async list(fromMs: number, toMs: number, filter: OutageFilter): Promise<OutageList> {
    const [outages, busy, gaps, uptime] = await Promise.all([
      this.between(fromMs, toMs),
      this.busyBetween(fromMs, toMs),
      this.#context.port('gap').between(fromMs, toMs),
      this.uptime(fromMs, toMs, filter.line),
    ]);
    const isWanted = (outage: Outage) =>
      (filter.line === undefined || outage.line === filter.line) &&
      (filter.kind === undefined || outage.kind === filter.kind) &&
      (filter.verdict === undefined || outage.verdict === filter.verdict);
    return {
      outages: outages.filter(isWanted).slice(0, filter.limit),
      busy: busy.filter(({ line }) => filter.line === undefined || line === filter.line),
      gaps,
      uptime,
    };
  }

  async uptime(fromMs: number, toMs: number, line?: string): Promise<Uptime> {
    const { down, unobserved } = await this.#intervals(fromMs, toMs);
    const lines = line === undefined ? this.#lineNames() : [line];
    return uptimeOf({ fromMs, toMs, lines, down, unobserved });
  }

  async calendar(days: number): Promise<OutageCalendar> {
    const { timeline, config } = this.#context;
    const nowMs = timeline.nowMs();
    const timezone = config.current.site.timezone;
    const { down, degraded, unobserved } = await this.#intervals(nowMs - (days + 1) * 86_400_000, nowMs);
    return {
      timezone: timezone === 'auto' ? Intl.DateTimeFormat().resolvedOptions().timeZone : timezone,
      days: calendarOf({ days, nowMs, timezone, lines: this.#lineNames(), down, degraded, unobserved }),
    };
  }

  async judgePast(evidence: Iterable<Evidence>): Promise<Outage[]> {
    const { records, busy } = rejudge(evidence);
    const outages: Outage[] = [];
    for (const record of records) {
      if (record.endMs === null) continue;
      const stored = { id: await this.#past.insert(record, 0), offsetMs: 0, record };
      const outage = presentOutage(stored, this.#presenting());
      outages.push(outage);
      this.#context.bus.emit('outage.closed', outage);
    }
    for (const one of busy) if (one.endMs !== null) await this.#past.saveBusy(null, one, 0);
    return outages;
  }

  /** Records since the start, by kind and verdict. */
  counts(): { kind: string; verdict: string; count: number }[] {
    return [...this.#counts].map(([key, count]) => {
      const [kind = '', verdict = ''] = key.split(' ');
      return { kind, verdict, count };
    });
  }

  openCount(): number {
    return this.#open.size;
  }

  #lineNames(): string[] {
    return this.#context.config.current.lines.map(({ name }) => name);
  }

  get #offsetMs(): number {
    return this.#context.timeline.anchor.offsetMs;
  }

  #presenting(): Presenting {
    const { config, timeline } = this.#context;
    return {
      timezone: config.current.site.timezone,
      isSeveral: config.current.lines.length > 1,
      isClockKnown: timeline.anchor.isKnown,
      nowMs: timeline.nowMs(),
    };
  }

  async #intervals(fromMs: number, toMs: number) {
    const gap = this.#context.port('gap');
    const [stored, gaps, firstMs] = await Promise.all([
      this.store.between(fromMs, toMs, mostForUptime),
      gap.between(fromMs, toMs),
      gap.firstMs(),
    ]);
    const nowMs = this.#context.timeline.nowMs();
    const spans = stored.map(({ record, offsetMs }) => ({
      record,
      fromMs: record.startMs + offsetMs,
      toMs: record.endMs === null ? nowMs : record.endMs + offsetMs,
    }));
    const down: DownInterval[] = spans
      .filter(({ record }) => record.kind === 'outage' && record.verdict !== 'ipv6')
      .map(({ record, ...span }) => ({ ...span, line: record.line, verdict: record.verdict }));
    const unobserved: Interval[] = [
      { fromMs, toMs: firstMs ?? nowMs },
      { fromMs: nowMs, toMs },
      ...gaps.map(({ startedAt, endedAt }) => ({ fromMs: Date.parse(startedAt), toMs: Date.parse(endedAt) })),
    ];
    return { down, degraded: spans.filter(({ record }) => record.kind === 'degradation'), unobserved };
  }

  /** A run that ended while something lasted left it open: it ends with what is known of that run. */
  async #closeLeftOpen(): Promise<void> {
    const { store, log } = this.#context;
    const { outages, busy } = await this.store.leftOpen();
    if (outages.length + busy.length === 0) return;
    const { previousAliveMs } = await store.health();
    for (const { id, offsetMs, record } of outages) {
      const endMs = Math.max(record.lastMs, (previousAliveMs ?? 0) - offsetMs);
      await this.store.update(id, { ...record, lastMs: endMs, endMs, endedBy: 'gap' }, offsetMs);
    }
    for (const { id, offsetMs, record } of busy) {
      const endMs = Math.max(record.startMs, (previousAliveMs ?? 0) - offsetMs);
      await this.store.saveBusy(id, { ...record, endMs }, offsetMs);
    }
    log.info({ outages: outages.length }, 'what lasted when the service ended has its end');
  }

  #take(evidence: Evidence): void {
    for (const change of this.#judge.take(evidence)) this.#follow(change);
    if (evidence.kind === 'exchange' && !Number.isNaN(evidence.rttUs)) this.#rememberUp();
  }

  #rememberUp(): void {
    const fresh = this.#judge.everUp().filter((entry) => !this.#everUp.has(entry));
    if (fresh.length === 0) return;
    for (const entry of fresh) this.#everUp.add(entry);
    this.#queue(() => this.store.rememberUp(fresh));
  }

  #follow(change: Change): void {
    if (change.type === 'busy') {
      this.#followBusy(change.busy);
      return;
    }
    const { type, record } = change;
    const offsetMs = this.#offsetMs;
    if (type === 'opened') {
      const id = this.#queueFor(() => this.store.insert(record, offsetMs));
      this.#open.set(record.key, { id, record });
      this.#tell('outage.opened', id, record, offsetMs);
      this.#lookCloser(record, id);
      return;
    }
    const held = this.#open.get(record.key) ?? this.#ended.get(record.key);
    if (!held) return;
    held.record = record;
    this.#queue(async () => this.store.update(await held.id, record, offsetMs));
    const isClosing = type === 'closed' && this.#open.has(record.key);
    if (isClosing) {
      this.#open.delete(record.key);
      this.#ended.clear(); // only the newest may still move its end
      this.#ended.set(record.key, held);
      const key = `${record.kind} ${record.verdict}`;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
    this.#tell(isClosing ? 'outage.closed' : 'outage.updated', held.id, record, offsetMs);
    if (isClosing) this.#lookBack(record, held.id);
  }

  #followBusy(record: BusyRecord): void {
    const held = this.#busy.get(record.key);
    const offsetMs = this.#offsetMs;
    const id = this.#queueFor(async () => this.store.saveBusy(held ? await held.id : null, record, offsetMs));
    if (record.endMs === null) this.#busy.set(record.key, { id, record });
    else this.#busy.delete(record.key);
    this.#queue(async () => {
      const busy: StoredBusy = { id: await id, offsetMs, record };
      this.#context.bus.emit('busy.changed', presentBusy(busy, this.#presenting()));
    });
  }

  #tell(
    event: 'outage.opened' | 'outage.updated' | 'outage.closed',
    id: Promise<number>,
    record: OutageRecord,
    offsetMs: number,
  ): void {
    this.#queue(async () => {
      const stored: StoredOutage = { id: await id, offsetMs, record };
      const outage = presentOutage(stored, this.#presenting());
      if (event === 'outage.closed') this.#ids.delete(record.key);
      else if (record.endMs === null) this.#ids.set(record.key, outage.id);
      this.#context.bus.emit(event, outage);
      this.#context.log.info(
        { outage: outage.id, line: outage.line, verdict: outage.verdict, confidence: outage.confidence },
        `${event.slice('outage.'.length)}: ${outage.text}`,
      );
    });
  }

  /** Everything that may tell more is asked at once, and what was seen so far is kept. */
  #lookCloser(record: OutageRecord, id: Promise<number>): void {
    const { port, log } = this.#context;
    const { line, startMs, symptom } = record;
    const reason = `outage-${symptom}`;
    const note = (what: string) => (error: unknown) =>
      log.warn({ line, reason: messageOf(error) }, `${what} failed while something is wrong`);
    id.then((known) => port('blackBox').freeze(`outage-${known}`, line, startMs)).catch(
      note('keeping the black box'),
    );
    if (record.target === null) port('blackBox').hurry(line, reason);
    port('httpCheck').hurry(line, 30_000);
    port('link').refresh().catch(note('reading the link'));
    port('path').traceAll(line, reason).catch(note('tracing'));
    if (symptom === 'names' || symptom === 'slow-names')
      port('dns').askAll(line).catch(note('asking the name servers'));
    this.#save();
  }

  #lookBack(record: OutageRecord, id: Promise<number>): void {
    const { port, clock, log } = this.#context;
    id.then((known) => port('blackBox').release(`outage-${known}`)).catch((error: unknown) =>
      log.warn({ reason: messageOf(error) }, 'the black box could not be kept'),
    );
    this.#undo.push(
      clock.after(afterwardsMs, () => {
        port('path')
          .traceAll(record.line, 'recovered')
          .catch((error: unknown) =>
            log.warn({ reason: messageOf(error) }, 'tracing failed after the recovery'),
          );
      }),
    );
    if (this.#undo.length > maxUndo) this.#undo.splice(2, this.#undo.length - maxUndo);
    this.#save();
  }

  /** What led to a record is worth a commit of its own: the next thing may be a power cut. */
  #save(): void {
    const { clock, port, log } = this.#context;
    if (clock.monoMs() - this.#savedMonoMs < saveEveryMs) return;
    this.#savedMonoMs = clock.monoMs();
    port('latency')
      .save()
      .catch((error: unknown) =>
        log.warn({ reason: messageOf(error) }, 'the measurements of an outage wait in memory'),
      );
  }

  #keepOpen(): void {
    const open = this.#judge.lines().flatMap((line) => line.openRecords);
    for (const record of open) {
      const held = this.#open.get(record.key);
      if (!held || held.record.lastMs === record.lastMs) continue;
      const copy = structuredClone(record);
      held.record = copy;
      this.#queue(async () => this.store.update(await held.id, copy, this.#offsetMs));
    }
    if (open.length > 0) this.#save();
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

  #queue(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).catch((error: unknown) => {
      this.#context.log.error({ err: error }, 'an outage could not be written down');
    });
  }

  #queueFor(work: () => Promise<number>): Promise<number> {
    const result = this.#writing.then(work);
    this.#writing = result.then(
      () => undefined,
      (error: unknown) => {
        this.#context.log.error({ err: error }, 'an outage could not be written down');
      },
    );
    return result;
  }
}

export interface OutageFilter {
  line?: string;
  kind?: Outage['kind'];
  verdict?: Verdict;
  limit: number;
}

/** Two that are undone at stop, and the newest pending traces. */
const maxUndo = 18;

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
