/** Everything that is judged of one line, on the evidence of all layers. Pure: the same evidence gives the same records. */
import type { Family } from '../../../core/shapes.ts';
import { BlackHoleJudge } from './black-hole.ts';
import { BusyWatch } from './busy.ts';
import { Connectivity } from './connectivity.ts';
import { viewDelay } from './delay.ts';
import { DestinationWatch } from './destination.ts';
import type {
  ExchangeEvidence,
  FullSizeEvidence,
  NameEvidence,
  NodeFacts,
  PageEvidence,
} from './evidence.ts';
import { LineView } from './line-view.ts';
import { momentOf } from './moment.ts';
import { NameJudge } from './name-judge.ts';
import { PortalJudge } from './portal-judge.ts';
import { QualityJudge } from './quality.ts';
import { RecordDesk } from './record-desk.ts';
import type { Change, OutageRecord, Thresholds } from './records.ts';
import type { NodeTrack } from './track.ts';

const families: readonly Family[] = ['ipv4', 'ipv6'];
const tickMs = 1000;
/** Longer than the bursts in which a lossy line loses packets. */
const muteMs = 1900;
/** After a silence, what was sent before or just behind its end says nothing about loss or names. */
const afterSilenceMs = 2500;
/** Loss is counted over a minute: what was silent within it is left out. */
const lossWindowMs = 60_000;
/** With one family gone, so much of what a name server asks itself may be lost. */
const brokenRatio = 0.3;
/** Names fail while the line works only if something else was answered so recently. */
const freshMs = 3000;

export class LineJudge {
  readonly view: LineView;
  readonly connectivity: Connectivity;
  readonly busy: BusyWatch;
  readonly #thresholds: Thresholds;
  readonly #quality: QualityJudge;
  readonly #names: NameJudge;
  readonly #blackHole: BlackHoleJudge;
  readonly #portal: PortalJudge;
  readonly #destinations: DestinationWatch;
  #silent: readonly Family[] = [];
  #wasDark = false;
  #tickedMs = Number.NEGATIVE_INFINITY;

  constructor(
    name: string,
    tell: (change: Change) => void,
    nextKey: () => number,
    thresholds: Thresholds,
    everUp: readonly Family[],
  ) {
    this.#thresholds = thresholds;
    this.view = new LineView(name);
    const desk = new RecordDesk(this.view, nextKey, tell, () => this.#names.facts());
    this.connectivity = new Connectivity(this.view, desk, thresholds, everUp);
    this.busy = new BusyWatch(name, nextKey, (busy) => tell({ type: 'busy', busy: { ...busy } }));
    this.#destinations = new DestinationWatch(this.view, desk);
    this.#quality = new QualityJudge(this.view, desk, this.busy, thresholds, (track) => this.#isApart(track));
    this.#names = new NameJudge(desk);
    this.#blackHole = new BlackHoleJudge(desk);
    this.#portal = new PortalJudge(desk);
  }

  get openRecords(): OutageRecord[] {
    return [
      this.connectivity.record,
      this.#portal.record,
      this.#names.record,
      this.#quality.record,
      this.#blackHole.record,
      ...this.#destinations.records,
    ].filter((record) => record !== null);
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
    if (this.view.isWorld(track)) {
      this.connectivity.exchange(family, sentMs, !isLost, atMs);
      this.#followSilence(atMs);
    }
    if (!isQuick && !this.connectivity.isDark) {
      if (this.#isCalm(family, atMs)) track.learn(rttUs);
      if (this.#isTelling(family, sentMs) && !this.#destinations.isSilent(track))
        this.#quality.exchange(track, sentMs, isLost, atMs);
    }
    if (atMs - this.#tickedMs >= tickMs) this.#tick(atMs);
  }

  name(evidence: NameEvidence): void {
    const { atMs, sentMs, family } = evidence;
    if (sentMs <= this.connectivity.darkUntilMs + afterSilenceMs || !this.#isTelling(family, sentMs)) return;
    this.#names.take(evidence);
    if (this.#isWorkingAt(atMs) || this.#names.record) this.#judgeNames(atMs);
  }

  page(page: PageEvidence): void {
    this.connectivity.page(page);
    this.#portal.take(page, this.connectivity.isDark || this.connectivity.isSilent(page.family));
  }

  fullSize(probe: FullSizeEvidence): void {
    if (!this.#isTelling(probe.family, probe.sentMs)) return;
    const track = this.view.tracks.get(probe.target);
    const areSmallAnswered =
      track !== undefined &&
      track.lostInRow === 0 &&
      track.lastAnsweredMs >= probe.sentMs - 2 * track.facts.intervalMs - tickMs;
    this.#blackHole.take(probe, areSmallAnswered);
  }

  /** Nothing was measured since `fromMs`. */
  gap(fromMs: number): void {
    this.connectivity.gap(fromMs);
    this.#interrupt(families, fromMs, 'gap');
    this.#portal.interrupt(fromMs, 'gap');
    this.#destinations.interrupt(fromMs);
    this.#silent = [];
    this.#wasDark = false;
  }

  /** A family that falls silent, or comes back, is the edge of what its other troubles looked like. */
  #followSilence(atMs: number): void {
    const { isDark } = this.connectivity;
    const silent = families.filter((family) => this.connectivity.isSilent(family));
    if (isDark === this.#wasDark && silent.length === this.#silent.length) return;
    this.#silent = silent;
    this.#wasDark = isDark;
    const startMs = this.connectivity.record?.startMs ?? atMs;
    this.#interrupt(isDark ? families : silent, startMs, 'recovery');
  }

  /** What is open of these families alone ends here, and what was suspected of them is forgotten. */
  #interrupt(ended: readonly Family[], atMs: number, endedBy: 'recovery' | 'gap'): void {
    this.#names.forgive();
    this.#quality.interrupt(ended, atMs, endedBy);
    this.#blackHole.interrupt(ended, atMs, endedBy);
    if (ended.length === families.length) {
      this.#names.interrupt(atMs, endedBy);
      this.busy.end(atMs);
    }
    for (const track of this.view.tracks.values())
      if (ended.includes(track.facts.family)) track.forgetBlock();
  }

  #isCalm(family: Family, atMs: number): boolean {
    return !this.connectivity.isSilent(family) && this.#quality.isCalm && !this.busy.explains(atMs);
  }

  /** What a family lost in its silence, or just behind it, is told by the silence. */
  #isTelling(family: Family, sentMs: number): boolean {
    const untilMs = this.connectivity.silentUntilMs.get(family) ?? Number.NEGATIVE_INFINITY;
    return sentMs > untilMs + afterSilenceMs;
  }

  /** Its losses within the window have a record of their own. */
  #isApart(track: NodeTrack): boolean {
    const { facts, lastAnsweredMs } = track;
    const untilMs = this.connectivity.silentUntilMs.get(facts.family) ?? Number.NEGATIVE_INFINITY;
    return lastAnsweredMs - untilMs < lossWindowMs || isMute(track) || this.#destinations.wasSilent(track);
  }

  #isWorkingAt(atMs: number): boolean {
    return this.connectivity.worksAt(atMs - freshMs);
  }

  #judgeNames(atMs: number): void {
    const moment = momentOf(this.view, this.#silent, atMs);
    this.#names.judge(
      {
        families: this.view.families(),
        lossRatio: this.#silent.length > 0 ? Math.max(brokenRatio, moment.lossRatio) : moment.lossRatio,
        isSlowAnyway: moment.isSlow || this.busy.explains(atMs) || this.#quality.record !== null,
        isWorking: this.#isWorkingAt(atMs),
      },
      atMs,
    );
  }

  #tick(atMs: number): void {
    this.#tickedMs = atMs;
    if (this.connectivity.isDark) return;
    const views = this.view
      .families()
      .filter((family) => !this.connectivity.isSilent(family))
      .flatMap((family) => {
        const seen = viewDelay(this.view, family, atMs, this.#thresholds.addedUs);
        return seen ? [{ family, ...seen }] : [];
      });
    this.busy.judge(views, this.#quality.isLossSuspected, atMs);
    this.#quality.judge(views, atMs);
    if (this.#names.record) this.#judgeNames(atMs);
    this.#destinations.judge(atMs, (family) => !this.connectivity.isSilent(family));
  }
}

/** Nothing from it for a while: that is silence of its own or of the line, not loss. */
function isMute({ lostInRow, lostSinceMs, lastLostMs }: NodeTrack): boolean {
  return lostInRow >= 3 && lastLostMs - lostSinceMs >= muteMs;
}
