/** One destination that is silent while others of its family answer. */
import type { Family } from '../../../core/shapes.ts';
import type { LineView } from './line-view.ts';
import { type RecordDesk, sortFamilies } from './record-desk.ts';
import type { OutageRecord } from './records.ts';
import type { NodeTrack } from './track.ts';

const lostInRow = 5;
const silentMs = 4500;
/** How long after its last answer another destination must have answered. */
const othersMs = 2000;
/** The second family of a destination that follows within this belongs to the same record. */
const togetherMs = 10_000;
/** Answers over so long end it. */
const goodMs = 2000;
/** Loss is counted over a minute. */
const afterwardsMs = 60_000;

/** Follows anchors and own targets of one line, each by its name in both families. */
export class DestinationWatch {
  readonly #view: LineView;
  readonly #desk: RecordDesk;
  readonly #open = new Map<string, OutageRecord>();
  /** When each destination was last silent; as many as there are targets. */
  readonly #ended = new Map<string, number>();

  constructor(view: LineView, desk: RecordDesk) {
    this.#view = view;
    this.#desk = desk;
  }

  get records(): OutageRecord[] {
    return [...this.#open.values()];
  }

  isSilent({ facts }: NodeTrack): boolean {
    return this.#open.get(facts.name)?.families.includes(facts.family) ?? false;
  }

  /** Now, or so recently that its losses are still in view. */
  wasSilent(track: NodeTrack): boolean {
    const endedMs = this.#ended.get(track.facts.name) ?? Number.NEGATIVE_INFINITY;
    return this.isSilent(track) || track.lastAnsweredMs - endedMs < afterwardsMs;
  }

  /** Nothing was measured since `fromMs`. */
  interrupt(fromMs: number): void {
    for (const record of this.#open.values()) this.#desk.interrupt(record, fromMs, 'gap');
    this.#open.clear();
    this.#ended.clear();
  }

  judge(atMs: number, works: (family: Family) => boolean): void {
    const tracks = [...this.#view.nodes('anchor'), ...this.#view.nodes('custom')];
    for (const track of tracks) {
      const { name, family } = track.facts;
      const open = this.#open.get(name);
      if (open?.families.includes(family)) this.#follow(open, name, atMs);
      else if (works(family) && this.#isAlone(track, tracks)) this.#begin(track, open, atMs);
    }
    for (const [name, record] of this.#open)
      if (!tracks.some(({ facts }) => facts.name === name)) this.#end(record, name, record.lastMs);
  }

  #isAlone(track: NodeTrack, tracks: readonly NodeTrack[]): boolean {
    const { lostInRow: lost, lostSinceMs, hasAnswered, lastLostMs } = track;
    if (!hasAnswered || lost < lostInRow || lastLostMs - lostSinceMs < silentMs) return false;
    return tracks.some(
      (other) =>
        other.facts.name !== track.facts.name &&
        other.facts.family === track.facts.family &&
        other.facts.segment === 'anchor' &&
        other.lastAnsweredMs > lostSinceMs + othersMs,
    );
  }

  #begin(track: NodeTrack, open: OutageRecord | undefined, atMs: number): void {
    const { name, family } = track.facts;
    if (open) {
      if (Math.abs(open.startMs - track.lostSinceMs) > togetherMs) return;
      open.families = sortFamilies([...open.families, family]);
      open.startMs = Math.min(open.startMs, track.lostSinceMs);
      this.#desk.update(open);
      return;
    }
    const record = this.#desk.open(
      {
        families: [family],
        startMs: track.lostSinceMs,
        lastMs: track.lastLostMs,
        kind: 'degradation',
        symptom: 'no-answer',
        rule: 'no-answer/one-destination',
        target: name,
      },
      atMs,
    );
    this.#open.set(name, record);
    this.#desk.decide(record, atMs, { candidates: ['service'], confidence: 0.92, segment: 'destination' });
  }

  #follow(record: OutageRecord, name: string, atMs: number): void {
    const own = [...this.#view.tracks.values()].filter(
      ({ facts }) => facts.name === name && record.families.includes(facts.family),
    );
    record.lastMs = Math.max(record.lastMs, ...own.map(({ lastLostMs }) => lastLostMs));
    const isBack = own.every(
      ({ lostInRow: lost, lastAnsweredMs, lastLostMs }) =>
        lost === 0 && lastAnsweredMs - lastLostMs >= goodMs,
    );
    if (isBack && atMs - record.lastMs >= goodMs) this.#end(record, name, record.lastMs);
  }

  #end(record: OutageRecord, name: string, endMs: number): void {
    this.#open.delete(name);
    this.#ended.set(name, endMs);
    this.#desk.finish(record, endMs);
  }
}
