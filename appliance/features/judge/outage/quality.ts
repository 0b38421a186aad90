/** Packets that are lost and answers that are late while the line works: one trouble at a time, told by its graver side. */
import type { Family, Verdict } from '../../../core/shapes.ts';
import type { BusyWatch } from './busy.ts';
import type { DelayView } from './delay.ts';
import type { LineView } from './line-view.ts';
import type { Located, Place } from './localise.ts';
import { LossWatch } from './loss.ts';
import { type Draft, type RecordDesk, sortFamilies } from './record-desk.ts';
import type { OutageRecord, Thresholds } from './records.ts';
import type { NodeTrack } from './track.ts';

/** A delay must last so long, and be gone so long. */
const delayedMs = 10_000;
const undelayedMs = 10_000;
/** Two moments without it and the next one begins anew. */
const pausedMs = 3000;
/** Where packets are lost shows by the quick exchanges that a first loss brings; waiting for it has an end. */
const settleMs = 1500;
const locateMs = 10_000;
const confident = 0.8;
/** Later evidence may still move the place. */
const reviseMs = 30_000;
/** A slow router at home is told from a slow network at home by nothing that is measured here. */
const delayConfidence = { home: 0.7, beyond: 0.75 };
const oneAnchorConfidence = 0.8;

export interface FamilyDelay extends DelayView {
  family: Family;
}

export class QualityJudge {
  readonly #desk: RecordDesk;
  readonly #busy: BusyWatch;
  readonly #loss: LossWatch;
  #open: { record: OutageRecord; place: Place } | null = null;
  #lossPending: { startMs: number; sinceMs: number } | null = null;
  #delayedSinceMs = Number.NaN;
  #lastDelayedMs = Number.NEGATIVE_INFINITY;

  /** `isApart`: whose losses have a record of their own. */
  constructor(
    view: LineView,
    desk: RecordDesk,
    busy: BusyWatch,
    thresholds: Thresholds,
    isApart: (track: NodeTrack) => boolean,
  ) {
    this.#desk = desk;
    this.#busy = busy;
    this.#loss = new LossWatch(view, thresholds, isApart);
  }

  get record(): OutageRecord | null {
    return this.#open?.record ?? null;
  }

  get isLossy(): boolean {
    return this.record?.symptom === 'loss';
  }

  /** Losses that are not yet sure. */
  get isLossSuspected(): boolean {
    return this.#lossPending !== null;
  }

  /** Nothing is wrong and nothing is suspected: what is seen now is normal. */
  get isCalm(): boolean {
    return this.#open === null && this.#lossPending === null && Number.isNaN(this.#delayedSinceMs);
  }

  /** Takes a calm exchange of a family that is not silent. */
  exchange(track: NodeTrack, sentMs: number, isLost: boolean, atMs: number): void {
    const { record } = this;
    if (record?.symptom === 'loss') {
      if (isLost) record.lastMs = Math.max(record.lastMs, sentMs);
      return;
    }
    const startMs = this.#loss.add(track, sentMs, isLost);
    if (startMs !== null) this.#lossPending ??= { startMs, sinceMs: atMs };
  }

  /** Looks at the last seconds; `views` are those of the families that work. */
  judge(views: readonly FamilyDelay[], atMs: number): void {
    this.#judgeLoss(atMs);
    this.#judgeDelay(views, atMs);
    this.#reviseLoss(atMs);
  }

  /** The edge of a silence: what was suspected was that, and what is open of these families alone ends. */
  interrupt(families: readonly Family[], atMs: number, endedBy: OutageRecord['endedBy']): void {
    this.#forgetLoss();
    this.#delayedSinceMs = Number.NaN;
    const { record } = this;
    if (!record?.families.every((family) => families.includes(family))) return;
    this.#desk.interrupt(record, atMs, endedBy);
    this.#open = null;
  }

  #forgetLoss(): void {
    this.#lossPending = null;
    this.#loss.reset();
  }

  #judgeLoss(atMs: number): void {
    const pending = this.#lossPending;
    if (!pending || this.isLossy || atMs - pending.sinceMs < settleMs) return;
    if (this.#busy.explains(atMs)) {
      this.#forgetLoss();
      return;
    }
    const families = this.#loss.families(pending.startMs, atMs);
    const located = this.#loss.locate(families, pending.startMs, atMs);
    if (!located) return;
    const { lossy, all } = this.#loss.lossyAnchors(pending.startMs, atMs);
    // One of several anchors alone: it may be about to fall silent, which says more.
    const [alone] = located.place === 'transit' && lossy.size === 1 && all.size > 1 ? lossy : [];
    if ((located.confidence < confident || alone !== undefined) && atMs - pending.sinceMs < locateMs) return;
    this.#forgetLoss();
    const record = this.#openLoss(
      {
        families,
        startMs: pending.startMs,
        lastMs: atMs,
        kind: 'degradation',
        symptom: 'loss',
        rule: `loss/${located.place}`,
        target: alone ?? null,
      },
      atMs,
    );
    this.#open = { record, place: located.place };
    if (alone === undefined) this.#decideLoss(record, located, atMs);
    else
      this.#desk.decide(record, atMs, {
        candidates: ['service'],
        confidence: oneAnchorConfidence,
        segment: 'destination',
      });
  }

  /** What began as uneven answers turns out to lose packets: it stays the same record. */
  #openLoss(draft: Draft, atMs: number): OutageRecord {
    const { record } = this;
    if (!record) return this.#desk.open(draft, atMs);
    return Object.assign(record, draft, { startMs: Math.min(record.startMs, draft.startMs) });
  }

  #decideLoss(record: OutageRecord, { place, confidence, candidates }: Located, atMs: number): void {
    const isOnlyIpv6 = record.families.length === 1 && record.families[0] === 'ipv6';
    this.#desk.decide(record, atMs, {
      candidates: isOnlyIpv6 ? ['ipv6'] : candidates,
      confidence,
      segment: place,
      rule: `loss/${place}`,
    });
  }

  #reviseLoss(atMs: number): void {
    const open = this.#open;
    if (open?.record.symptom !== 'loss') return;
    const { record } = open;
    if (this.#loss.isCalm(open.place, record.families, atMs)) {
      this.#desk.finish(record, record.lastMs);
      this.#open = null;
      this.#loss.reset();
      return;
    }
    if (atMs - record.announcedMs > reviseMs || record.target !== null) return;
    const located = this.#loss.locate(record.families, record.startMs, atMs);
    if (!located || located.confidence < confident || located.place === open.place) return;
    open.place = located.place;
    this.#decideLoss(record, located, atMs);
  }

  #judgeDelay(views: readonly FamilyDelay[], atMs: number): void {
    const affected = views.filter(({ isSlow, isJittery }) => isSlow || isJittery);
    const isDelayed = affected.length > 0 && !this.#busy.explains(atMs);
    if (isDelayed) {
      this.#lastDelayedMs = atMs;
      if (Number.isNaN(this.#delayedSinceMs)) this.#delayedSinceMs = atMs;
    }
    const { record } = this;
    if (record && record.symptom !== 'loss') {
      this.#followDelay(record, isDelayed, atMs);
      return;
    }
    if (!isDelayed) {
      if (atMs - this.#lastDelayedMs >= pausedMs) this.#delayedSinceMs = Number.NaN;
      return;
    }
    if (record || this.#lossPending || atMs - this.#delayedSinceMs < delayedMs) return;
    this.#openDelay(affected, views, atMs);
  }

  #followDelay(record: OutageRecord, isDelayed: boolean, atMs: number): void {
    if (isDelayed) record.lastMs = atMs;
    if (!this.#busy.explains(atMs) && atMs - this.#lastDelayedMs < undelayedMs) return;
    this.#desk.finish(record, record.lastMs);
    this.#open = null;
    this.#delayedSinceMs = Number.NaN;
  }

  #openDelay(affected: readonly FamilyDelay[], views: readonly FamilyDelay[], atMs: number): void {
    const place = affected[0]?.place ?? 'transit';
    const symptom = affected.some(({ isSlow }) => isSlow) ? 'latency' : 'jitter';
    const families = sortFamilies(affected.map(({ family }) => family));
    const record = this.#desk.open(
      {
        families,
        startMs: this.#delayedSinceMs,
        lastMs: atMs,
        kind: 'degradation',
        symptom,
        rule: `${symptom}/${place}`,
        target: null,
      },
      atMs,
    );
    this.#open = { record, place };
    const isOnlyIpv6 = families.length === 1 && families[0] === 'ipv6' && views.length > 1;
    const isHome = place === 'gateway';
    const candidates: Verdict[] = isOnlyIpv6 ? ['ipv6'] : isHome ? ['lan', 'gateway'] : [place];
    const confidence = isHome ? delayConfidence.home : delayConfidence.beyond;
    this.#desk.decide(record, atMs, { candidates, confidence, segment: place });
  }
}
