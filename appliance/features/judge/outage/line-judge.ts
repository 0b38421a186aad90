/** Everything that is judged of one line, on the evidence of all layers. Pure: the same evidence gives the same records. */
import type { Family, Verdict } from '../../../core/shapes.ts';
import { BusyWatch } from './busy.ts';
import { Connectivity } from './connectivity.ts';
import { type DelayView, viewDelay } from './delay.ts';
import { DestinationWatch } from './destination.ts';
import type {
  ExchangeEvidence,
  FullSizeEvidence,
  NameEvidence,
  NodeFacts,
  PageEvidence,
} from './evidence.ts';
import { type BlackHole, FullSizeWatch } from './full-size.ts';
import { LineView } from './line-view.ts';
import type { Located, Place } from './localise.ts';
import { LossWatch } from './loss.ts';
import { NameWatch } from './names.ts';
import type { BusyRecord, Change, OutageRecord, Thresholds } from './records.ts';
import type { NodeTrack } from './track.ts';

const tickMs = 1000;
/** Longer than the bursts in which a lossy line loses packets. */
const muteMs = 1900;
/** Evidence is counted over the beginning of what lasts longer. */
const countedMs = 60_000;
/** After a silence, what was sent before or just behind its end says nothing about loss or names. */
const afterSilenceMs = 2500;
/** A delay must last so long, and be gone so long. */
const delayedMs = 10_000;
const undelayedMs = 10_000;
/** Where packets are lost shows by the quick exchanges that a first loss brings; waiting for it has an end. */
const locateMs = 10_000;
const confident = 0.8;
const settleMs = 1500;
const reviseMs = 30_000;
/** Portals are believed at the second page. */
const portalPages = 2;
/** A page that was answered as it should be so recently denies a portal. */
const names3Ms = 3000;

export class LineJudge {
  readonly view: LineView;
  readonly connectivity: Connectivity;
  readonly busy: BusyWatch;
  readonly #changes: Change[];
  readonly #nextKey: () => number;
  readonly #thresholds: Thresholds;
  readonly #loss: LossWatch;
  readonly #names = new NameWatch();
  readonly #fullSize = new FullSizeWatch();
  readonly #destinations: DestinationWatch;
  #quality: { record: OutageRecord; place: Place } | null = null;
  #lossPending: { startMs: number; sinceMs: number } | null = null;
  #delayedSinceMs = Number.NaN;
  #lastDelayedMs = Number.NEGATIVE_INFINITY;
  #nameRecord: { record: OutageRecord; servers: string[] } | null = null;
  #mtuRecord: OutageRecord | null = null;
  #portalRecord: OutageRecord | null = null;
  readonly #portals = new Map<string, PageEvidence>();
  #tickedMs = Number.NEGATIVE_INFINITY;

  constructor(
    name: string,
    changes: Change[],
    nextKey: () => number,
    thresholds: Thresholds,
    everUp: readonly Family[],
  ) {
    this.#changes = changes;
    this.#nextKey = nextKey;
    this.#thresholds = thresholds;
    this.view = new LineView(name);
    this.connectivity = new Connectivity(
      this.view,
      {
        open: (draft, atMs) => {
          this.#quiet(draft.startMs);
          return this.#open({ ...draft, target: null }, atMs);
        },
        update: (record) => this.#update(record),
        close: (record) => {
          this.#names.forgive();
          this.#fullSize.forgive();
          this.#loss.reset();
          this.#tell('closed', record);
        },
      },
      thresholds,
      everUp,
    );
    this.busy = new BusyWatch(name, nextKey, (busy) => changes.push({ type: 'busy', busy: { ...busy } }));
    this.#loss = new LossWatch(
      this.view,
      thresholds.lossRatio,
      (track) => isMute(track) || this.#destinations.wasSilent(track),
    );
    this.#destinations = new DestinationWatch(this.view, {
      open: (draft, atMs) => this.#open(draft, atMs),
      update: (record) => this.#update(record),
      close: (record) => this.#tell('closed', record),
    });
  }

  #forgetLoss(): void {
    this.#lossPending = null;
    this.#loss.reset();
  }

  get openRecords(): OutageRecord[] {
    const open = [
      this.connectivity.record,
      this.#portalRecord,
      this.#nameRecord?.record,
      this.#quality?.record,
      this.#mtuRecord,
      ...this.#destinations.records,
    ];
    return open.filter((record) => record !== null && record !== undefined);
  }

  get openBusy(): BusyRecord | null {
    return this.busy.record;
  }

  setTargets(targets: readonly NodeFacts[], atMs: number): void {
    this.view.setTargets(targets, atMs);
  }

  exchange(exchange: ExchangeEvidence): void {
    const track = this.view.add(exchange);
    if (!track) return;
    const { sentMs, atMs, rttUs, isQuick } = exchange;
    const { family } = track.facts;
    const isLost = Number.isNaN(rttUs);
    if (this.view.worldNodes(family).includes(track))
      this.connectivity.exchange(family, sentMs, !isLost, atMs);
    if (!isQuick) {
      if (this.#isCalm(atMs)) track.learn(rttUs);
      this.#watchLoss(track, sentMs, isLost, atMs);
    }
    if (atMs - this.#tickedMs >= tickMs) this.#tick(atMs);
  }

  name(evidence: NameEvidence): void {
    const { atMs, sentMs } = evidence;
    const silentUntil = Math.max(...this.#silenceEnds(), Number.NEGATIVE_INFINITY);
    if (this.connectivity.record || sentMs <= silentUntil + afterSilenceMs) return;
    this.#names.take(evidence);
    if (!this.connectivity.worksAt(atMs - names3Ms) && !this.#nameRecord) return;
    this.#judgeNames(atMs);
  }

  page(page: PageEvidence): void {
    this.connectivity.page(page);
    if (page.outcome === 'portal') this.#portals.set(page.url, page);
    else if (page.outcome === 'ok') this.#portals.clear();
    else return;
    if (this.connectivity.record) return;
    const found = [...this.#portals.values()];
    if (!this.#portalRecord && found.length >= portalPages) {
      this.#portalRecord = this.#open(
        {
          families: [...new Set(found.map(({ family }) => family))].sort(),
          startMs: Math.min(...found.map(({ sentMs }) => sentMs)),
          lastMs: page.sentMs,
          kind: 'outage',
          symptom: 'portal',
          rule: 'portal/pages-answered-by-somebody-else',
          target: null,
        },
        page.atMs,
      );
      this.#decide(this.#portalRecord, page.atMs, ['captive-portal'], 0.9, 'access', page.portal);
    } else if (this.#portalRecord && page.outcome === 'portal') this.#portalRecord.lastMs = page.sentMs;
    else if (this.#portalRecord && page.outcome === 'ok') {
      this.#finish(this.#portalRecord, this.#portalRecord.lastMs);
      this.#portalRecord = null;
    }
  }

  fullSize(probe: FullSizeEvidence): void {
    const track = this.view.tracks.get(probe.target);
    const areSmallAnswered =
      track !== undefined &&
      track.lostInRow === 0 &&
      track.lastAnsweredMs >= probe.sentMs - 2 * track.facts.intervalMs - tickMs;
    if (this.connectivity.record) return;
    this.#fullSize.take(probe, areSmallAnswered);
    const holes = (['ipv4', 'ipv6'] as const).flatMap((family) => this.#fullSize.find(family) ?? []);
    this.#judgeFullSize(holes, probe.atMs);
  }

  gap(fromMs: number): void {
    this.connectivity.gap(fromMs);
    for (const record of this.openRecords) this.#finish(record, Math.min(record.lastMs, fromMs), 'gap');
    this.busy.end(fromMs);
    this.#forgetRecords();
    this.#names.forgive();
    this.#fullSize.forgive();
    this.#loss.reset();
    this.#portals.clear();
    for (const track of this.view.tracks.values()) track.forgetBlock();
  }

  #forgetRecords(): void {
    this.#quality = null;
    this.#nameRecord = null;
    this.#mtuRecord = null;
    this.#portalRecord = null;
    this.#lossPending = null;
    this.#delayedSinceMs = Number.NaN;
    this.#destinations.forget();
  }

  /** The line fell silent: what it looked like in the seconds before was the beginning of this. */
  #quiet(startMs: number): void {
    this.#names.forgive();
    this.#fullSize.forgive();
    this.#loss.reset();
    this.#lossPending = null;
    this.#delayedSinceMs = Number.NaN;
    this.busy.end(startMs);
    if (this.#quality) this.#finish(this.#quality.record, Math.min(this.#quality.record.lastMs, startMs));
    if (this.#mtuRecord) this.#finish(this.#mtuRecord, Math.min(this.#mtuRecord.lastMs, startMs));
    if (this.#nameRecord)
      this.#finish(this.#nameRecord.record, Math.min(this.#nameRecord.record.lastMs, startMs));
    this.#quality = null;
    this.#mtuRecord = null;
    this.#nameRecord = null;
    for (const track of this.view.tracks.values()) track.forgetBlock();
  }

  #isCalm(atMs: number): boolean {
    return (
      this.connectivity.record === null &&
      this.#quality === null &&
      this.#lossPending === null &&
      Number.isNaN(this.#delayedSinceMs) &&
      !this.busy.explains(atMs)
    );
  }

  *#silenceEnds(): Generator<number> {
    yield* this.connectivity.silentUntilMs.values();
  }

  #watchLoss(track: NodeTrack, sentMs: number, isLost: boolean, atMs: number): void {
    const silentUntil = this.connectivity.silentUntilMs.get(track.facts.family) ?? Number.NEGATIVE_INFINITY;
    if (this.connectivity.record || sentMs <= silentUntil + afterSilenceMs) return;
    if (this.#destinations.isSilent(track)) return;
    const open = this.#quality?.record;
    if (open?.symptom === 'loss') {
      if (isLost) open.lastMs = Math.max(open.lastMs, sentMs);
      return;
    }
    const alarm = this.#loss.add(track, sentMs, isLost);
    if (alarm && !this.#lossPending) this.#lossPending = { startMs: alarm.startMs, sinceMs: atMs };
  }

  #tick(atMs: number): void {
    this.#tickedMs = atMs;
    if (this.connectivity.record) return;
    const families = this.view.families().filter((family) => !this.connectivity.isSilent(family));
    const views = families.flatMap((family) => {
      const seen = viewDelay(this.view, family, atMs, this.#thresholds.addedUs);
      return seen ? [{ family, ...seen }] : [];
    });
    this.busy.judge(views, this.#lossPending !== null, atMs);
    this.#judgeLoss(atMs);
    this.#judgeDelay(views, atMs);
    this.#reviseLoss(atMs);
    if (this.#nameRecord) this.#judgeNames(atMs);
    this.#destinations.judge(atMs, (family) => !this.connectivity.isSilent(family));
  }

  #judgeLoss(atMs: number): void {
    const pending = this.#lossPending;
    if (!pending || this.#quality?.record.symptom === 'loss' || atMs - pending.sinceMs < settleMs) return;
    if (this.busy.explains(atMs)) {
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
    const draft = {
      families,
      startMs: pending.startMs,
      lastMs: atMs,
      kind: 'degradation' as const,
      symptom: 'loss' as const,
      rule: `loss/${located.place}`,
      target: alone ?? null,
    };
    // What began as uneven answers turns out to lose packets: one trouble, told by its graver side.
    const known = this.#quality?.record;
    const record = known
      ? Object.assign(known, draft, { startMs: Math.min(known.startMs, draft.startMs) })
      : this.#open(draft, atMs);
    this.#quality = { record, place: located.place };
    if (alone !== undefined) this.#decide(record, atMs, ['service'], 0.8, 'destination', null);
    else this.#decideLoss(record, located, atMs);
  }

  #decideLoss(record: OutageRecord, located: Located, atMs: number): void {
    const isOnlyIpv6 = record.families.length === 1 && record.families[0] === 'ipv6';
    record.rule = `loss/${located.place}`;
    if (isOnlyIpv6) this.#decide(record, atMs, ['ipv6'], located.confidence, located.place, null);
    else this.#decide(record, atMs, located.candidates, located.confidence, located.place, null);
  }

  #reviseLoss(atMs: number): void {
    const quality = this.#quality;
    if (quality?.record.symptom !== 'loss') return;
    const { record } = quality;
    if (this.#loss.isCalm(quality.place, record.families as Family[], atMs)) {
      this.#finish(record, record.lastMs);
      this.#quality = null;
      this.#loss.reset();
      return;
    }
    if (atMs - record.announcedMs > reviseMs || record.target !== null) return;
    const located = this.#loss.locate(record.families as Family[], record.startMs, atMs);
    if (!located || located.confidence < confident || located.place === quality.place) return;
    quality.place = located.place;
    this.#decideLoss(record, located, atMs);
  }

  #judgeDelay(views: readonly (DelayView & { family: Family })[], atMs: number): void {
    const affected = views.filter(({ isSlow, isJittery }) => isSlow || isJittery);
    const isDelayed = affected.length > 0 && !this.busy.explains(atMs);
    if (isDelayed) {
      this.#lastDelayedMs = atMs;
      if (Number.isNaN(this.#delayedSinceMs)) this.#delayedSinceMs = atMs;
    }
    const quality = this.#quality;
    if (quality && (quality.record.symptom === 'latency' || quality.record.symptom === 'jitter')) {
      if (isDelayed) quality.record.lastMs = atMs;
      if (this.busy.explains(atMs) || atMs - this.#lastDelayedMs >= undelayedMs) {
        this.#finish(quality.record, quality.record.lastMs);
        this.#quality = null;
        this.#delayedSinceMs = Number.NaN;
      }
      return;
    }
    if (!isDelayed) {
      if (atMs - this.#lastDelayedMs >= tickMs * 3) this.#delayedSinceMs = Number.NaN;
      return;
    }
    if (quality || this.#lossPending || atMs - this.#delayedSinceMs < delayedMs) return;
    const place = affected[0]?.place ?? 'transit';
    const isSlow = affected.some((view) => view.isSlow);
    const record = this.#open(
      {
        families: affected.map(({ family }) => family),
        startMs: this.#delayedSinceMs,
        lastMs: atMs,
        kind: 'degradation',
        symptom: isSlow ? 'latency' : 'jitter',
        rule: `${isSlow ? 'latency' : 'jitter'}/${place}`,
        target: null,
      },
      atMs,
    );
    this.#quality = { record, place };
    const isOnlyIpv6 = record.families.length === 1 && record.families[0] === 'ipv6' && views.length > 1;
    // A slow router at home is told from a slow network at home by nothing that is measured here.
    const candidates: Verdict[] = isOnlyIpv6 ? ['ipv6'] : place === 'gateway' ? ['lan', 'gateway'] : [place];
    this.#decide(record, atMs, candidates, place === 'gateway' ? 0.7 : 0.75, place, null);
  }

  #judgeNames(atMs: number): void {
    const isLossy = this.#quality?.record.symptom === 'loss';
    const open = this.#nameRecord;
    const trouble = this.#names.trouble(isLossy);
    if (open) {
      const lastMs = this.#names.lastTroubleMs(
        open.servers,
        open.record.symptom === 'names' ? 'names' : 'slow-names',
      );
      if (Number.isFinite(lastMs)) open.record.lastMs = Math.max(open.record.lastMs, lastMs);
      const isOther =
        trouble !== null &&
        (trouble.symptom !== open.record.symptom ||
          trouble.isWhole !== (open.record.kind === 'outage' || trouble.symptom === 'slow-names'));
      if (isOther ? trouble.symptom === 'names' && trouble.isWhole : this.#names.areWell(open.servers)) {
        this.#finish(open.record, open.record.lastMs);
        this.#nameRecord = null;
      } else return;
    }
    if (!trouble) return;
    const isExplained =
      trouble.symptom === 'slow-names' && (this.busy.explains(atMs) || this.#quality !== null);
    if (isExplained || !this.connectivity.worksAt(atMs - names3Ms)) return;
    const isOutage = trouble.symptom === 'names' && trouble.isWhole;
    const record = this.#open(
      {
        families: [...this.view.families()],
        startMs: trouble.startMs,
        lastMs: trouble.lastMs,
        kind: isOutage ? 'outage' : 'degradation',
        symptom: trouble.symptom,
        rule: `${trouble.symptom}/${trouble.cause}`,
        target: trouble.isWhole ? null : trouble.servers.join(', '),
      },
      atMs,
    );
    this.#nameRecord = { record, servers: trouble.servers };
    this.#decide(record, atMs, ['dns'], isLossy ? 0.7 : 0.92, 'names', trouble.cause);
  }

  #judgeFullSize(holes: readonly BlackHole[], atMs: number): void {
    const open = this.#mtuRecord;
    const [hole] = holes;
    if (!hole) {
      if (!open) return;
      this.#finish(open, open.lastMs);
      this.#mtuRecord = null;
      return;
    }
    const families = holes.map(({ family }) => family);
    if (open) {
      open.lastMs = Math.max(open.lastMs, ...holes.map(({ lastMs }) => lastMs));
      if (families.every((family) => open.families.includes(family)) && open.verdict === hole.verdict) return;
      open.families = [...new Set([...open.families, ...families])].sort();
      this.#decide(open, atMs, hole.candidates, hole.confidence, hole.verdict, 'mtu');
      return;
    }
    const record = this.#open(
      {
        families,
        startMs: Math.min(...holes.map(({ startMs }) => startMs)),
        lastMs: Math.max(...holes.map(({ lastMs }) => lastMs)),
        kind: 'degradation',
        symptom: 'mtu',
        rule: `mtu/${hole.verdict}`,
        target: null,
      },
      atMs,
    );
    record.facts = [{ name: 'full-size packet', value: `${hole.sizeBytes} bytes` }];
    this.#mtuRecord = record;
    this.#decide(record, atMs, hole.candidates, hole.confidence, hole.verdict, 'mtu');
  }

  #decide(
    record: OutageRecord,
    atMs: number,
    candidates: readonly Verdict[],
    confidence: number,
    segment: string,
    cause: string | null,
  ): void {
    record.verdict = candidates[0] ?? 'unclear';
    record.candidates = [...candidates];
    record.confidence = Math.min(0.97, confidence);
    record.segment = segment;
    record.cause = cause;
    record.decidedMs ??= atMs;
    if (record.phases.at(-1)?.segment !== segment)
      record.phases.push({ atMs: record.phases.length === 0 ? record.startMs : atMs, segment });
    this.#update(record);
  }

  #open(
    draft: Pick<OutageRecord, 'families' | 'startMs' | 'lastMs' | 'kind' | 'symptom' | 'rule' | 'target'>,
    atMs: number,
  ): OutageRecord {
    const record: OutageRecord = {
      key: this.#nextKey(),
      line: this.view.name,
      endMs: null,
      endedBy: null,
      announcedMs: atMs,
      decidedMs: null,
      verdict: 'unclear',
      candidates: [],
      confidence: 0,
      segment: null,
      cause: null,
      nodes: [],
      facts: [],
      phases: [],
      ...draft,
    };
    this.#tell('opened', record);
    return record;
  }

  #update(record: OutageRecord): void {
    this.#tell('updated', record);
  }

  #finish(record: OutageRecord, endMs: number, endedBy: OutageRecord['endedBy'] = 'recovery'): void {
    record.endMs = Math.max(record.startMs, endMs);
    record.lastMs = record.endMs;
    record.endedBy = endedBy;
    this.#tell('closed', record);
  }

  #tell(type: 'opened' | 'updated' | 'closed', record: OutageRecord): void {
    const families = record.families;
    // Later on the targets remember no more of the beginning, which is what the verdict was drawn from.
    if (record.lastMs - record.startMs <= countedMs || record.nodes.length === 0)
      record.nodes = this.view.describe(families, record.startMs, record.lastMs);
    record.facts = [
      ...record.facts.filter(({ name }) => name === 'full-size packet'),
      ...this.#linkFacts(families),
      ...this.#names.facts(),
    ];
    this.#changes.push({ type, record: structuredClone(record) });
  }

  #linkFacts(families: readonly Family[]): { name: string; value: string }[] {
    const { link } = this.view;
    if (!link) return [];
    return [
      { name: 'link', value: link.hasCarrier && link.isUp ? 'carrier' : 'no carrier' },
      ...link.families
        .filter(({ family }) => families.includes(family))
        .flatMap(({ family, hasAddress, hasRoute, neighbour }) => [
          { name: `${family} address`, value: hasAddress ? 'present' : 'missing' },
          { name: `${family} default route`, value: hasRoute ? 'present' : 'missing' },
          { name: `${family} router in the neighbour table`, value: neighbour },
        ]),
    ];
  }
}

/** Nothing from it for a while: that is silence of its own or of the line, not loss. */
function isMute({ lostInRow, lostSinceMs, lastLostMs }: NodeTrack): boolean {
  return lostInRow >= 3 && lastLostMs - lostSinceMs >= muteMs;
}
