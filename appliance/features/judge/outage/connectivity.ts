/** Silence of a line: from the first lost exchange to recovery, with the place of the break. */
import type { Family } from '../../../core/shapes.ts';
import type { PageEvidence } from './evidence.ts';
import type { LineView } from './line-view.ts';
import { type RecordDesk, sortFamilies } from './record-desk.ts';
import type { OutageRecord, Thresholds } from './records.ts';
import { SilenceWatch, type Silent } from './silence.ts';
import { judgeSilence } from './silence-verdict.ts';

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
/** Looking again is worth it a few times a second, however many exchanges there are. */
const decideEveryMs = 250;
/** Later evidence may still turn a verdict over, when it is clear. */
const revisionMs = 30_000;
/** An anchor that answered so long after the beginning belongs to a family that works. */
const otherFamilyMs = 700;
/** Its answers in flight around the end prove nothing. */
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
}

/** Follows the families of one line. */
export class Connectivity {
  readonly #view: LineView;
  readonly #desk: RecordDesk;
  readonly #thresholds: Thresholds;
  readonly #watches = new Map<Family, FamilyWatch>();
  /** Families that worked here at some time, also before this start. */
  readonly #everUp: Set<Family>;
  #record: OutageRecord | null = null;
  /** The last record that ended: exchanges that wait longer for their answer may still move its end. */
  #ended: OutageRecord | null = null;
  /** Up to where the first stretch of silence of the record reached: behind it answers are recovery. */
  #stretchEndMs = Number.NaN;
  /** When a page was answered in the midst of the silence. */
  #pageAnsweredMs = Number.NaN;
  #portal: string | null = null;
  #lookedMs = Number.NEGATIVE_INFINITY;
  /** End of the last silence, by family: what was lost before it says nothing about names or loss. */
  readonly silentUntilMs = new Map<Family, number>();

  constructor(view: LineView, desk: RecordDesk, thresholds: Thresholds, everUp: readonly Family[]) {
    this.#view = view;
    this.#desk = desk;
    this.#thresholds = thresholds;
    this.#everUp = new Set(everUp);
  }

  get record(): OutageRecord | null {
    return this.#record;
  }

  isSilent(family: Family): boolean {
    const state = this.#watches.get(family)?.state;
    return state === 'silent' || state === 'recovering';
  }

  /** Nothing of the line works: a family is silent and no other one answers. */
  get isDark(): boolean {
    const states = [...this.#watches.values()].map(({ state }) => state);
    return states.some((state) => state === 'silent' || state === 'recovering') && !states.includes('up');
  }

  /** Up to when nothing worked; what was sent before says nothing about names. */
  get darkUntilMs(): number {
    if (this.isDark) return Number.POSITIVE_INFINITY;
    const ends = [...this.#watches.values()]
      .filter(({ state }) => state === 'up')
      .map(({ family }) => this.silentUntilMs.get(family) ?? Number.NEGATIVE_INFINITY);
    return ends.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...ends);
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
    }
  }

  exchange(family: Family, sentMs: number, isAnswered: boolean, atMs: number): void {
    const watch = this.#watchOf(family);
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
    this.#decide(record, page.atMs);
  }

  #watchOf(family: Family): FamilyWatch {
    const known = this.#watches.get(family);
    if (known) return known;
    const watch: FamilyWatch = {
      family,
      state: 'unknown',
      silence: new SilenceWatch(this.#thresholds),
      startMs: Number.NaN,
      answeredMs: Number.NaN,
      lastAnsweredMs: Number.NEGATIVE_INFINITY,
    };
    this.#watches.set(family, watch);
    return watch;
  }

  #answered(watch: FamilyWatch, sentMs: number, atMs: number): void {
    watch.lastAnsweredMs = Math.max(watch.lastAnsweredMs, sentMs);
    if (!this.#everUp.has(watch.family)) {
      this.#everUp.add(watch.family);
      this.#desk.worked(watch.family);
    }
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
        const isBelieved = watch.family === 'ipv4' || this.#everUp.has(watch.family);
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
    if (this.#join(watch, silent)) return;
    if (record) {
      // The second family follows later: the first one's record goes on for both, the line is down from now.
      this.#close(record, record.lastMs, 'recovery');
      this.#open([...record.families, watch.family], silent, atMs);
    } else this.#open([watch.family], silent, atMs);
  }

  /** Makes a family that fell silent at the same time part of the open record. */
  #join({ family }: FamilyWatch, { firstLostMs, lastLostMs }: Silent): boolean {
    const record = this.#record;
    if (!record || Math.abs(record.startMs - firstLostMs) > togetherMs) return false;
    record.families = sortFamilies([...record.families, family]);
    record.startMs = Math.min(record.startMs, firstLostMs);
    record.lastMs = Math.max(record.lastMs, lastLostMs);
    this.#desk.update(record);
    return true;
  }

  #open(families: readonly Family[], silent: Silent, atMs: number): void {
    this.#pageAnsweredMs = Number.NaN;
    this.#portal = null;
    this.#stretchEndMs = Number.isFinite(silent.answeredAfterMs) ? silent.answeredAfterMs : Number.NaN;
    // A family whose targets went away with the route at this moment is silent too.
    const vanished = [...this.#view.vanishedMs]
      .filter(([, ms]) => Math.abs(ms - silent.firstLostMs) <= togetherMs)
      .map(([family]) => family);
    this.#record = this.#desk.open(
      {
        families: sortFamilies([...families, ...vanished]),
        startMs: silent.firstLostMs,
        lastMs: silent.lastLostMs,
        kind: 'outage',
        symptom: 'no-answer',
        rule: 'no-answer/noticed',
        target: null,
      },
      atMs,
    );
  }

  /** A silence that was over before it was sure: it is recorded all the same. */
  #pastSilence(watch: FamilyWatch, silent: Silent, atMs: number): void {
    const isKnown = silent.lastLostMs <= (this.silentUntilMs.get(watch.family) ?? Number.NEGATIVE_INFINITY);
    if (isKnown) {
      this.#moveEnd(watch.family, silent.lastLostMs);
      return;
    }
    this.silentUntilMs.set(watch.family, silent.lastLostMs);
    if (this.#join(watch, silent) || this.#record) return;
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
    this.#desk.update(ended);
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
      if (!this.#everUp.has(gone) || this.#view.brokenDuring(gone, sinceMs, atMs) === null) continue;
      this.silentUntilMs.set(gone, Number.POSITIVE_INFINITY);
      const silent = {
        firstLostMs: sinceMs,
        lastLostMs: atMs,
        answeredBeforeMs: sinceMs,
        answeredAfterMs: Number.POSITIVE_INFINITY,
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
    if (record.decidedMs === null) this.#decide(record, record.lastMs);
    this.#record = null;
    this.#ended = record;
    this.#desk.finish(record, record.lastMs, endedBy);
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
    if (atMs - this.#lookedMs < decideEveryMs && atMs >= this.#lookedMs) return;
    this.#lookedMs = atMs;
    if (record.decidedMs === null || atMs - record.startMs <= revisionMs) this.#decide(record, atMs);
  }

  #decide(record: OutageRecord, atMs: number): void {
    const { families, startMs, lastMs } = record;
    const judgement = judgeSilence(this.#view, {
      families,
      startMs,
      untilMs: this.#silentUntil(lastMs),
      atMs,
      isOver: record.endMs !== null,
      isDecided: record.decidedMs !== null,
      other: this.#otherFamily(record),
      portal: this.#portal,
      isPageAnswered: lastMs >= this.#pageAnsweredMs + pageMs,
    });
    if (judgement) this.#desk.decide(record, atMs, judgement);
  }

  /** The first stretch of silence ends with the first answer; what follows is recovery. */
  #silentUntil(lastMs: number): number {
    return Number.isNaN(this.#stretchEndMs) ? lastMs : Math.min(lastMs, this.#stretchEndMs);
  }

  /** Whether the family that is not in the record answered in the midst of its silence. */
  #otherFamily({ families, startMs, lastMs }: OutageRecord): 'works' | 'silent' | 'none' {
    const other = (['ipv4', 'ipv6'] as const).find((family) => !families.includes(family));
    if (other === undefined) return 'none';
    const watch = this.#watches.get(other);
    const untilMs = this.#silentUntil(lastMs) - edgeMs;
    if (watch?.state === 'up' && watch.silence.hasAnswerBetween(startMs + otherFamilyMs, untilMs))
      return 'works';
    return this.#everUp.has(other) && this.#view.worldNodes(other).length > 0 ? 'silent' : 'none';
  }
}
