import { createHash, randomBytes } from 'node:crypto';
import { pause } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { GapPort } from '../../judge/gap/schema.ts';
import type { IncidentPort } from '../../judge/incident/schema.ts';
import type { Gap } from '../../judge/outage/schema.ts';
import type { LatencyPort } from '../../watch/latency/schema.ts';
import { Agenda } from './agenda.ts';
import { Chain } from './chain.ts';
import { canonicalJson } from './check/canonical-json.ts';
import { digestHour, hourMs } from './hour-digest.ts';
import { isSameRecord, recordOf } from './incident-record.ts';
import type { ChainState, EvidencePort, VerifyResult } from './schema.ts';

const lookEveryMs = 60_000;
/** An hour is final once the store has committed its last minute, which takes a quarter of an hour at the longest. */
const hourSettlesMs = 20 * 60_000;
/** How far back hours and gaps are looked for that nobody was there to write down. */
const catchUpMs = 48 * hourMs;
/** The same for incidents; those that ended less than an hour ago may not have settled. */
const incidentCatchUpMs = 30 * 24 * hourMs;
const incidentSettlesMs = hourMs;
const maxIncidents = 500;
/** The start of the service has other things to do. */
const checkAfterMs = 30_000;
/** A hundred links take a small board a quarter of a second of one core. */
const checkRestMs = 250;

/** Writes into the chain what must not be changed afterwards: incidents, gaps, and what each hour measured. */
export class EvidenceService implements EvidencePort {
  readonly box: Chain;
  readonly #context: FeatureContext;
  readonly #incidents: IncidentPort;
  readonly #gaps: GapPort;
  readonly #latency: LatencyPort;
  readonly #agenda: Agenda;
  readonly #stopping = new AbortController();
  #undo: (() => void)[] = [];
  #nextHourMs: number | null = null;

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#incidents = context.port('incident');
    this.#gaps = context.port('gap');
    this.#latency = context.port('latency');
    this.#agenda = new Agenda(context.log);
    this.box = new Chain(context);
  }

  async start(): Promise<void> {
    const { bus, clock } = this.#context;
    const soon = (subject: string, work: () => Promise<void>) => {
      this.#agenda.add(subject, work);
      void this.#agenda.run();
    };
    this.#undo = [
      bus.on('incident.settled', ({ id }) => soon(`incident-${id}`, () => this.#attestIncident(id))),
      bus.on('gap.recorded', (gap) => soon(`gap-${gap.id}`, () => this.#attestGap(gap))),
      clock.every(lookEveryMs, () => soon('hours', () => this.#attestHours())),
      clock.every(hourMs, () => soon('what was missed', () => this.#catchUp())),
      clock.after(checkAfterMs, () => void this.#checkInBackground()),
    ];
    this.#agenda.add('the first link', () => this.#open());
    await this.#agenda.run();
    soon('what was missed', () => this.#catchUp());
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    this.#stopping.abort();
    await this.#agenda.run();
    await this.box.settle();
  }

  async chain(): Promise<ChainState> {
    return this.box.state();
  }

  verify(): Promise<VerifyResult> {
    return this.box.check(this.#stopping.signal);
  }

  async #open(): Promise<void> {
    if (!this.box.isOpen) await this.box.open();
  }

  async #attestIncident(id: number): Promise<void> {
    await this.#open();
    const { log, about, config } = this.#context;
    const detail = await this.#incidents.detail(id);
    if (detail === null)
      return log.warn({ incident: id }, 'a settled incident is gone; the chain cannot hold it');
    const record = canonicalJson(
      await recordOf(detail, {
        site: config.current.site.name.toWellFormed(),
        serviceVersion: about.version,
        isDemo: about.isDemo,
        nonce: randomBytes(16).toString('hex'),
      }),
    );
    const subject = `incident-${id}`;
    const before = await this.box.table.about(subject);
    if (before?.record && isSameRecord(before.record, record)) return;
    const { line, kind, verdict, startedAt, endedAt } = detail.incident;
    const hash = createHash('sha256').update(record).digest('hex');
    const payload = { incident: id, line, kind, verdict, startedAt, endedAt, record: hash };
    await this.box.append({ kind: 'incident', payload, subject, record });
  }

  async #attestGap(gap: Gap): Promise<void> {
    await this.#open();
    const subject = `gap-${gap.id}`;
    if ((await this.box.table.about(subject)) === null)
      await this.box.append({ kind: 'gap', payload: { gap }, subject });
  }

  /** All hours that are over and not in the chain: one a run, and more after the box was off. */
  async #attestHours(): Promise<void> {
    await this.#open();
    const { timeline, store } = this.#context;
    if (!timeline.anchor.isKnown) return;
    const endMs = Math.floor((timeline.nowMs() - hourSettlesMs) / hourMs) * hourMs;
    this.#nextHourMs ??= await this.#hourAfterLast();
    const targets = this.#latency.targets();
    for (let fromMs = Math.max(this.#nextHourMs, endMs - catchUpMs); fromMs < endMs; fromMs += hourMs) {
      if (this.#stopping.signal.aborted) return;
      const payload = await digestHour(store.measurements, targets, fromMs);
      if (payload !== null) await this.box.append({ kind: 'hour', payload });
      this.#nextHourMs = fromMs + hourMs;
    }
  }

  async #hourAfterLast(): Promise<number> {
    const link = await this.box.table.newest('hour');
    try {
      const { to } = Object.assign({ to: '' }, JSON.parse(link?.payload ?? '{}'));
      return Date.parse(to) || 0;
    } catch {
      return 0; // it was changed, which the check tells
    }
  }

  /** What happened while this service was not there, or was lost on the way to it. Only reads when nothing was. */
  async #catchUp(): Promise<void> {
    const nowMs = this.#context.timeline.nowMs();
    for (const gap of await this.#gaps.between(nowMs - catchUpMs, nowMs)) await this.#attestGap(gap);
    const incidents = await this.#incidents.list(nowMs - incidentCatchUpMs, nowMs, maxIncidents);
    for (const { id, endedAt } of [...incidents].reverse()) {
      if (endedAt === null || Date.parse(endedAt) > nowMs - incidentSettlesMs) continue;
      if ((await this.box.table.about(`incident-${id}`)) === null) await this.#attestIncident(id);
    }
  }

  async #checkInBackground(): Promise<void> {
    const { signal } = this.#stopping;
    const { clock, log } = this.#context;
    try {
      await this.box.check(signal, () => pause(clock, checkRestMs, signal));
    } catch (error) {
      if (!signal.aborted) log.warn({ reason: messageOf(error) }, 'the chain could not be checked');
    }
  }
}
