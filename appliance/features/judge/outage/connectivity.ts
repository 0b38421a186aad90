/** Silence of a line: from the first lost exchange to recovery, with the place of the break. */
import type { Family, Verdict } from '../../../core/shapes.ts';
import type { PageEvidence } from './evidence.ts';
import type { LineView } from './line-view.ts';
import { type Located, locate, type NodeCounts, type Place } from './localise.ts';
import type { OutageRecord, Thresholds } from './records.ts';
import { SilenceWatch, type Silent } from './silence.ts';

/** Families that fall silent within this of each other fell silent together. */
const togetherMs = 4000;
/** What works again for so long, mostly, is back. */
const recoveredMs = 1500;
/** Quick exchanges wait three seconds for their answer: by then all that was lost is known. */
const allKnownMs = 3300;
const recoveredAnswers = 3;
const recoveredRatio = 0.5;
/** A family that never answered here may be slow to come up; only IPv4 is believed to have been there. */
const neverAnsweredMs = 5000;
/** A verdict waits for this many exchanges of every node, and for the other family, but not for ever. */
const wantedExchanges = 2;
const decideAfterMs = 1500;
const decideAtLatestMs = 11_000;
/** Later evidence may still turn a verdict over, when it is clear. */
const revisionMs = 30_000;
const sure = 0.6;
const verySure = 0.9;
/** An anchor that answered so long after the beginning belongs to a family that works. */
const otherFamilyMs = 700;
/** Answers in flight around the beginning and the end. */
const edgeMs = 250;
/** Silence that goes on for so long after a page was answered is not the line's. */
const pageMs = 2000;
/** A family whose route went away while the other one works: withdrawn for good, or gone for a moment? */
const vanishedAfterMs = 5000;

type FamilyState = 'unknown' | 'up' | 'silent' | 'recovering';

interface FamilyWatch {
  family: Family;
  state: FamilyState;
  silence: SilenceWatch;
  /** First lost exchange of the silence that lasts. */
  startMs: number;
  /** Sent time of the first answer since then, while recovering. */
  answeredMs: number;
  /** Newest answered sent time. */
  lastAnsweredMs: number;
  firstSeenMs: number;
}

export interface ConnectivityEvents {
  open(
    draft: Pick<OutageRecord, 'families' | 'startMs' | 'lastMs' | 'kind' | 'symptom' | 'rule'>,
    atMs: number,
  ): OutageRecord;
  update(record: OutageRecord): void;
  close(record: OutageRecord): void;
}

/** Follows the families of one line. */
export class Connectivity {
  readonly #view: LineView;
  readonly #events: ConnectivityEvents;
  readonly #thresholds: Thresholds;
  readonly #watches = new Map<Family, FamilyWatch>();
  /** Families that worked here at some time, also before this start. */
  readonly everUp: Set<Family>;
  #record: OutageRecord | null = null;
  /** The last record that ended: exchanges that wait longer for their answer may still move its end. */
  #ended: OutageRecord | null = null;
  /** Up to where the first stretch of silence of the record reached: behind it answers are recovery. */
  #stretchEndMs = Number.NaN;
  /** When a page was answered in the midst of the silence. */
  #pageAnsweredMs = Number.NaN;
  #portal: string | null = null;
  /** End of the last silence, by family: what was lost before it says nothing about names or loss. */
  readonly silentUntilMs = new Map<Family, number>();

  constructor(view: LineView, events: ConnectivityEvents, thresholds: Thresholds, everUp: readonly Family[]) {
    this.#view = view;
    this.#events = events;
    this.#thresholds = thresholds;
    this.everUp = new Set(everUp);
  }

  get record(): OutageRecord | null {
    return this.#record;
  }

  isSilent(family: Family): boolean {
    const state = this.#watches.get(family)?.state;
    return state === 'silent' || state === 'recovering';
  }

  /** True when the newest answer of some family is this fresh. */
  worksAt(sentMs: number): boolean {
    return [...this.#watches.values()].some(
      (watch) => watch.state === 'up' && watch.lastAnsweredMs >= sentMs,
    );
  }

  hasState(): boolean {
    return [...this.#watches.values()].some(({ state }) => state !== 'unknown');
  }

  /** Nothing was measured for a while: what came before is closed and what comes after begins anew. */
  gap(fromMs: number): void {
    if (this.#record) this.#close(this.#record, Math.min(this.#record.lastMs, fromMs), 'gap');
    for (const watch of this.#watches.values()) {
      watch.silence.clear();
      watch.state = 'unknown';
      watch.firstSeenMs = Number.NaN;
    }
  }

  exchange(family: Family, sentMs: number, isAnswered: boolean, atMs: number): void {
    const watch = this.#watchOf(family, sentMs);
    const silent = watch.silence.add(sentMs, isAnswered);
    if (isAnswered) this.#answered(watch, sentMs, atMs);
    else if (silent) this.#silent(watch, silent, atMs);
    if (watch.state === 'recovering') this.#recover(watch, atMs);
    this.#judge(atMs);
  }

  page(page: PageEvidence): void {
    const record = this.#record;
    if (!record || page.sentMs < record.startMs + 300 || !record.families.includes(page.family)) return;
    if (page.outcome === 'portal') this.#portal = page.portal ?? page.url;
    else if (page.outcome === 'ok') this.#pageAnsweredMs = page.atMs;
    else return;
    this.#decide(record, page.atMs, false);
  }

  #watchOf(family: Family, sentMs: number): FamilyWatch {
    const known = this.#watches.get(family);
    if (known) {
      if (Number.isNaN(known.firstSeenMs)) known.firstSeenMs = sentMs;
      return known;
    }
    const watch: FamilyWatch = {
      family,
      state: 'unknown',
      silence: new SilenceWatch(this.#thresholds.silenceMs),
      startMs: Number.NaN,
      answeredMs: Number.NaN,
      lastAnsweredMs: Number.NEGATIVE_INFINITY,
      firstSeenMs: sentMs,
    };
    this.#watches.set(family, watch);
    return watch;
  }

  #answered(watch: FamilyWatch, sentMs: number, atMs: number): void {
    watch.lastAnsweredMs = Math.max(watch.lastAnsweredMs, sentMs);
    this.everUp.add(watch.family);
    if (watch.state === 'unknown') watch.state = 'up';
    else if (watch.state === 'silent' && sentMs >= watch.startMs) {
      watch.state = 'recovering';
      watch.answeredMs = sentMs;
      if (Number.isNaN(this.#stretchEndMs)) this.#stretchEndMs = sentMs;
    } else if (watch.state === 'recovering') watch.answeredMs = Math.min(watch.answeredMs, sentMs);
    else if (watch.state === 'up') this.#vanished(watch.family, atMs);
  }

  #silent(watch: FamilyWatch, silent: Silent, atMs: number): void {
    const isPast = Number.isFinite(silent.answeredAfterMs);
    switch (watch.state) {
      case 'up':
        if (isPast) this.#pastSilence(watch, silent, atMs);
        else this.#begin(watch, silent, atMs);
        return;
      case 'unknown': {
        const isBelieved = watch.family === 'ipv4' || this.everUp.has(watch.family);
        if (!isPast && isBelieved && silent.lastLostMs - silent.firstLostMs >= neverAnsweredMs)
          this.#begin(watch, silent, atMs);
        return;
      }
      case 'recovering':
        this.#again(watch, silent, isPast, atMs);
        return;
      case 'silent':
        this.#extend(watch, silent.lastLostMs);
    }
  }

  /** Silent once more before the recovery was sure: the same silence, unless all was well for a while in between. */
  #again(watch: FamilyWatch, silent: Silent, isPast: boolean, atMs: number): void {
    const isNew = silent.answeredBeforeMs >= watch.answeredMs;
    if (isNew && this.#wasWell(watch, silent.answeredBeforeMs)) {
      this.#endSilence(watch);
      if (isPast) this.#pastSilence(watch, silent, atMs);
      else this.#begin(watch, silent, atMs);
      return;
    }
    if (!isPast) {
      watch.state = 'silent';
      watch.answeredMs = Number.NaN;
    }
    this.#extend(watch, silent.lastLostMs);
  }

  #wasWell(watch: FamilyWatch, untilMs: number): boolean {
    if (untilMs - watch.answeredMs < recoveredMs) return false;
    const { answered, lost } = watch.silence.between(watch.answeredMs, untilMs);
    return answered >= recoveredAnswers && answered / (answered + lost) >= recoveredRatio;
  }

  #begin(watch: FamilyWatch, silent: Silent, atMs: number): void {
    watch.state = 'silent';
    watch.startMs = silent.firstLostMs;
    this.silentUntilMs.set(watch.family, Number.POSITIVE_INFINITY);
    const record = this.#record;
    if (record && Math.abs(record.startMs - silent.firstLostMs) <= togetherMs) {
      if (!record.families.includes(watch.family))
        record.families = sortFamilies([...record.families, watch.family]);
      record.startMs = Math.min(record.startMs, silent.firstLostMs);
      record.lastMs = Math.max(record.lastMs, silent.lastLostMs);
      this.#events.update(record);
    } else if (record) {
      // The second family follows later: the first one's record goes on for both, the line is down from now.
      this.#close(record, record.lastMs, 'recovery');
      this.#open([...record.families, watch.family], silent, atMs);
    } else this.#open([watch.family], silent, atMs);
  }

  #open(families: readonly Family[], silent: Silent, atMs: number): void {
    this.#pageAnsweredMs = Number.NaN;
    this.#portal = null;
    this.#stretchEndMs = Number.isFinite(silent.answeredAfterMs) ? silent.answeredAfterMs : Number.NaN;
    this.#record = this.#events.open(
      {
        families: sortFamilies(families),
        startMs: silent.firstLostMs,
        lastMs: silent.lastLostMs,
        kind: 'outage',
        symptom: 'no-answer',
        rule: 'no-answer/noticed',
      },
      atMs,
    );
    const vanished = [...this.#view.vanishedMs].find(
      ([family, ms]) => !families.includes(family) && Math.abs(ms - silent.firstLostMs) <= togetherMs,
    );
    if (vanished) this.#record.families = sortFamilies([...families, vanished[0]]);
  }

  /** A silence that was over before it was sure: it is recorded all the same. */
  #pastSilence(watch: FamilyWatch, silent: Silent, atMs: number): void {
    const record = this.#record;
    const isKnown = silent.lastLostMs <= (this.silentUntilMs.get(watch.family) ?? Number.NEGATIVE_INFINITY);
    if (isKnown) {
      this.#moveEnd(watch.family, silent.lastLostMs);
      return;
    }
    this.silentUntilMs.set(watch.family, silent.lastLostMs);
    if (record && Math.abs(record.startMs - silent.firstLostMs) <= togetherMs) {
      if (!record.families.includes(watch.family))
        record.families = sortFamilies([...record.families, watch.family]);
      record.lastMs = Math.max(record.lastMs, silent.lastLostMs);
      this.#events.update(record);
      return;
    }
    if (record) return;
    watch.startMs = silent.firstLostMs;
    watch.state = 'recovering';
    watch.answeredMs = silent.answeredAfterMs;
    this.#open([watch.family], silent, atMs);
  }

  #moveEnd(family: Family, lastLostMs: number): void {
    const ended = this.#ended;
    if (!ended?.families.includes(family) || lastLostMs <= ended.lastMs || ended.endedBy !== 'recovery')
      return;
    if (this.#record && lastLostMs >= this.#record.startMs) return;
    ended.lastMs = lastLostMs;
    ended.endMs = lastLostMs;
    this.#events.update(ended);
  }

  #extend(watch: FamilyWatch, lastLostMs: number): void {
    const record = this.#record;
    if (record?.families.includes(watch.family)) record.lastMs = Math.max(record.lastMs, lastLostMs);
  }

  #recover(watch: FamilyWatch, atMs: number): void {
    if (atMs - watch.answeredMs < allKnownMs) return;
    if (this.#wasWell(watch, watch.silence.newestMs)) this.#endSilence(watch);
  }

  /** The family answers again, and with it those of the same record that began to answer at about the same time. */
  #endSilence(watch: FamilyWatch): void {
    const record = this.#record;
    const together = [...this.#watches.values()].filter(
      (other) =>
        other === watch ||
        (other.state === 'recovering' &&
          record?.families.includes(other.family) === true &&
          Math.abs(other.answeredMs - watch.answeredMs) <= togetherMs),
    );
    for (const one of together) {
      one.state = 'up';
      this.silentUntilMs.set(one.family, one.answeredMs);
    }
    if (!record?.families.includes(watch.family)) return;
    const others = record.families.filter((family) => this.isSilent(family));
    if (others.some((family) => this.#watches.get(family)?.state === 'silent')) {
      // One family is back, the other is not: from here on it is that one's outage alone.
      const rest = others.map((family) => this.#watches.get(family)!); // isSilent knew them
      this.#settleLater(record, rest, this.#lastLost(watch.family));
      return;
    }
    if (others.length > 0) return; // recovering too: the record ends when the last one is back
    const known = record.families
      .map((family) => this.#lastLost(family))
      .filter((end) => end >= record.startMs);
    this.#close(record, known.length > 0 ? Math.max(...known) : record.lastMs, 'recovery');
  }

  /** Sent time of the last lost exchange of the family's last silence, as far as it is known. */
  #lastLost(family: Family): number {
    const watch = this.#watches.get(family);
    return watch ? watch.silence.lastLostBefore(watch.answeredMs) : Number.NaN;
  }

  /** Waits a moment before a record of both families is split: they seldom come back in the same second. */
  #settleLater(record: OutageRecord, rest: readonly FamilyWatch[], endMs: number): void {
    const newestMs = Math.max(...rest.map(({ silence }) => silence.since(endMs).newestMs));
    if (!(newestMs - endMs >= 3 * togetherMs)) return;
    this.#close(record, endMs, 'recovery');
    const lastLostMs = Math.max(...rest.map(({ silence }) => silence.since(endMs).lastLostMs));
    const silent = {
      firstLostMs: endMs,
      lastLostMs: Number.isFinite(lastLostMs) ? lastLostMs : endMs,
      answeredBeforeMs: endMs,
      answeredAfterMs: Number.POSITIVE_INFINITY,
      lost: 1,
    };
    this.#open(
      rest.map(({ family }) => family),
      silent,
      newestMs,
    );
  }

  /** The other family's route is gone for good while this one works. */
  #vanished(family: Family, atMs: number): void {
    for (const [gone, sinceMs] of this.#view.vanishedMs) {
      if (gone === family || atMs - sinceMs < vanishedAfterMs || this.#record) continue;
      if (!this.everUp.has(gone) || this.#view.brokenDuring(gone, sinceMs, atMs) === null) continue;
      this.silentUntilMs.set(gone, Number.POSITIVE_INFINITY);
      const silent = {
        firstLostMs: sinceMs,
        lastLostMs: atMs,
        answeredBeforeMs: sinceMs,
        answeredAfterMs: Number.POSITIVE_INFINITY,
        lost: 0,
      };
      const watch = this.#watches.get(gone);
      if (watch) {
        watch.state = 'silent';
        watch.startMs = sinceMs;
      }
      this.#open([gone], silent, atMs);
    }
  }

  #close(record: OutageRecord, endMs: number, endedBy: 'recovery' | 'gap'): void {
    record.lastMs = Math.max(record.startMs, endMs);
    record.endMs = record.lastMs;
    record.endedBy = endedBy;
    if (record.decidedMs === null) this.#decide(record, record.lastMs, true);
    this.#record = null;
    this.#ended = record;
    this.#events.close(record);
  }

  #judge(atMs: number): void {
    const record = this.#record;
    if (!record) return;
    // A family that is back for good but shared the record with one that is not: look again as time goes on.
    for (const watch of this.#watches.values()) {
      if (watch.state !== 'up' || !record.families.includes(watch.family) || watch.startMs < record.startMs)
        continue;
      const rest = record.families
        .map((family) => this.#watches.get(family))
        .filter((other) => other?.state === 'silent')
        .map((other) => other!); // filtered
      const endMs = this.silentUntilMs.get(watch.family);
      if (rest.length > 0 && endMs !== undefined && Number.isFinite(endMs))
        this.#settleLater(record, rest, endMs);
      if (this.#record !== record) return;
    }
    if (record.decidedMs === null || atMs - record.startMs <= revisionMs) this.#decide(record, atMs, false);
  }

  /** Reaches a verdict when there is enough to go by, or must. */
  #decide(record: OutageRecord, atMs: number, isLast: boolean): void {
    const families = record.families.filter((family) => family === 'ipv4' || family === 'ipv6');
    const untilMs = Math.min(
      Math.max(record.lastMs, record.startMs),
      this.#stretchEndMs || Number.POSITIVE_INFINITY,
    );
    const causes = families.map((family) =>
      this.#view.brokenDuring(family, record.startMs, Math.min(untilMs, record.startMs + revisionMs)),
    );
    const [broken] = causes;
    const isLate = isLast || atMs - record.startMs >= decideAtLatestMs;
    const other = (['ipv4', 'ipv6'] as const).find((family) => !record.families.includes(family));
    const otherWorks = other !== undefined && this.#otherWorks(other, record);
    if (broken && causes.every((cause) => cause !== null) && !otherWorks) {
      this.#settle(record, atMs, {
        verdict: 'device',
        candidates: ['device'],
        confidence: 0.97,
        segment: 'device',
        cause: broken,
        rule: `no-answer/${broken}`,
      });
      return;
    }
    if (this.#portal !== null) {
      this.#settle(record, atMs, {
        verdict: 'captive-portal',
        candidates: ['captive-portal'],
        confidence: 0.9,
        segment: 'access',
        cause: this.#portal,
        rule: 'no-answer/portal',
      });
      return;
    }
    // What was under way when it broke or mended belongs to neither side.
    const isLong = untilMs - record.startMs >= 4 * edgeMs;
    const counted = this.#view.counts(
      families,
      record.startMs + (isLong ? edgeMs : 0),
      untilMs - (isLong && record.endMs !== null ? edgeMs : 0),
    );
    const nodes = counted.map(({ node }) => settled(node)).concat(this.#neighbourNodes(families));
    const isOtherKnown =
      other === undefined ||
      otherWorks ||
      !this.everUp.has(other) ||
      this.#view.worldNodes(other).length === 0;
    const hasEnough = counted.every(
      ({ node }) => !node.isUsed || node.segment === 'lan' || node.sent >= wantedExchanges,
    );
    if (!isLate && (!isOtherKnown || !hasEnough || atMs - record.startMs < decideAfterMs)) return;
    const located = locate(nodes, 1);
    if (!located || (located.confidence < sure && !isLate)) return;
    const isPages = record.lastMs >= this.#pageAnsweredMs + pageMs;
    if (record.decidedMs !== null && located.confidence < verySure && !isLast && !isPages) return;
    this.#settle(record, atMs, this.#verdictOf(record, located, otherWorks));
  }

  /** It answered in the midst of the silence of the others. */
  #otherWorks(family: Family, { startMs, lastMs }: OutageRecord): boolean {
    const watch = this.#watches.get(family);
    const untilMs = Math.min(lastMs, this.#stretchEndMs || Number.POSITIVE_INFINITY) - edgeMs;
    return watch?.state === 'up' && watch.silence.hasAnswerBetween(startMs + otherFamilyMs, untilMs);
  }

  /**
   * A gateway that never answers pings is still missed by ARP and neighbour discovery. The other way round proves
   * nothing: Linux calls a dead neighbour reachable for most of a minute.
   */
  #neighbourNodes(families: readonly Family[]): NodeCounts[] {
    const hasGateway = families.some((family) =>
      this.#view.nodes('gateway', family).some(({ hasAnswered }) => hasAnswered),
    );
    if (hasGateway) return [];
    return families.flatMap((family): NodeCounts[] => {
      const neighbour = this.#view.link?.families.find((one) => one.family === family)?.neighbour;
      if (neighbour !== 'failed' && neighbour !== 'incomplete') return [];
      return [{ segment: 'gateway', sent: 3, lost: 3, baselineLoss: 0, isUsed: true }];
    });
  }

  #verdictOf(record: OutageRecord, located: Located, otherWorks: boolean): Judgement {
    const { place, confidence, candidates } = located;
    const rule = `no-answer/${place}`;
    // A page that comes back is the first sign of recovery, unless the silence goes on.
    if (record.lastMs >= this.#pageAnsweredMs + pageMs) {
      return {
        verdict: 'service',
        candidates: ['service'],
        confidence: 0.8,
        segment: 'destination',
        cause: 'pages-answer',
        rule: 'no-answer/pages-answer',
        kind: 'degradation',
      };
    }
    const isOnlyIpv6 = record.families.length === 1 && record.families[0] === 'ipv6' && otherWorks;
    if (isOnlyIpv6) {
      return {
        verdict: 'ipv6',
        candidates: ['ipv6'],
        confidence: Math.max(0.85, confidence),
        segment: place,
        cause: null,
        rule: `${rule}/ipv6`,
      };
    }
    const verdicts: Verdict[] = candidates.map((candidate): Verdict => candidate);
    // A router that answers and forwards nothing looks like a dead line; only the line's modem could tell.
    if (verdicts.includes('access') && !verdicts.includes('gateway')) verdicts.push('gateway');
    const anchors = this.#view.nodes('anchor');
    const hosts = new Set(anchors.map(({ facts }) => facts.name)).size;
    const isOneHost = place === 'transit' && hosts === 1;
    if (isOneHost) verdicts.push('service');
    return {
      verdict: confidence < 0.5 ? 'unclear' : place,
      candidates: verdicts,
      confidence: Math.min(confidence, isOneHost ? 0.6 : place === 'access' ? 0.9 : 0.97),
      segment: place,
      cause: null,
      rule,
    };
  }

  #settle(record: OutageRecord, atMs: number, judgement: Judgement): void {
    const { kind = 'outage', ...rest } = judgement;
    const isSame =
      record.decidedMs !== null &&
      record.verdict === rest.verdict &&
      record.kind === kind &&
      record.candidates.join() === rest.candidates.join();
    if (rest.segment !== null && record.phases.at(-1)?.segment !== rest.segment)
      record.phases.push({ atMs: record.decidedMs === null ? record.startMs : atMs, segment: rest.segment });
    Object.assign(record, rest, { kind });
    record.decidedMs ??= atMs;
    if (!isSame) this.#events.update(record);
  }
}

interface Judgement {
  verdict: Verdict;
  candidates: Verdict[];
  confidence: number;
  segment: Place | 'device' | 'destination' | null;
  cause: string | null;
  rule: string;
  kind?: OutageRecord['kind'];
}

/** Whoever answered more than once after the break is not behind it, however many of its answers a limit ate. */
function settled(node: NodeCounts): NodeCounts {
  const answered = node.sent - node.lost;
  if (answered >= 2) return { ...node, sent: 6, lost: 0 };
  if (answered === 1 && node.lost <= 2) return { ...node, sent: 2, lost: 0 };
  return node;
}

const sortFamilies = (families: readonly Family[]): Family[] => [...new Set(families)].sort();
