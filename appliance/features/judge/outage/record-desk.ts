/** Opens, judges and closes the records of one line, and says what became of them. */
import type { Family, Verdict } from '../../../core/shapes.ts';
import type { LineView } from './line-view.ts';
import type { Change, OutageRecord } from './records.ts';

/** Evidence is counted over the beginning of what lasts longer: that is what the verdict was drawn from. */
const countedMs = 60_000;
/** Nothing that is measured is ever certain. */
const mostConfidence = 0.97;

export type Draft = Pick<
  OutageRecord,
  'families' | 'startMs' | 'lastMs' | 'kind' | 'symptom' | 'rule' | 'target'
>;

/** What a verdict says of a record. */
export interface Judgement {
  /** Likeliest first; the verdict is the first one unless it is said otherwise. */
  candidates: readonly Verdict[];
  verdict?: Verdict;
  confidence: number;
  /** Where the path broke. */
  segment: string;
  cause?: string | null;
  rule?: string;
  kind?: OutageRecord['kind'];
}

export class RecordDesk {
  readonly #view: LineView;
  readonly #nextKey: () => number;
  readonly #tell: (change: Change) => void;
  readonly #nameFacts: () => OutageRecord['facts'];

  constructor(
    view: LineView,
    nextKey: () => number,
    tell: (change: Change) => void,
    nameFacts: () => OutageRecord['facts'],
  ) {
    this.#view = view;
    this.#nextKey = nextKey;
    this.#tell = tell;
    this.#nameFacts = nameFacts;
  }

  open(draft: Draft, atMs: number): OutageRecord {
    const record: OutageRecord = {
      key: this.#nextKey(),
      line: this.#view.name,
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
    this.#say('opened', record);
    return record;
  }

  /** Gives the record its verdict, or another one; says so only when it is another one. */
  decide(record: OutageRecord, atMs: number, judgement: Judgement): void {
    const {
      candidates,
      confidence,
      segment,
      cause = null,
      rule = record.rule,
      kind = record.kind,
    } = judgement;
    const verdict = judgement.verdict ?? candidates[0] ?? 'unclear';
    const isSame =
      record.decidedMs !== null &&
      record.verdict === verdict &&
      record.kind === kind &&
      record.segment === segment &&
      record.candidates.join() === candidates.join();
    if (record.phases.at(-1)?.segment !== segment)
      record.phases.push({ atMs: record.phases.length === 0 ? record.startMs : atMs, segment });
    Object.assign(record, { verdict, segment, cause, rule, kind, candidates: [...candidates] });
    record.confidence = Math.min(mostConfidence, confidence);
    record.decidedMs ??= atMs;
    if (!isSame) this.update(record);
  }

  update(record: OutageRecord): void {
    this.#say('updated', record);
  }

  finish(record: OutageRecord, endMs: number, endedBy: OutageRecord['endedBy'] = 'recovery'): void {
    record.endMs = Math.max(record.startMs, endMs);
    record.lastMs = record.endMs;
    record.endedBy = endedBy;
    this.#say('closed', record);
  }

  /** Ends it at this moment, or where it was last seen when that is earlier. */
  interrupt(record: OutageRecord, atMs: number, endedBy: OutageRecord['endedBy']): void {
    this.finish(record, Math.min(record.lastMs, atMs), endedBy);
  }

  /** A family answered on this line for the first time ever. */
  worked(family: Family): void {
    this.#tell({ type: 'worked', line: this.#view.name, family });
  }

  #say(type: 'opened' | 'updated' | 'closed', record: OutageRecord): void {
    const { families, startMs, lastMs } = record;
    if (lastMs - startMs <= countedMs || record.nodes.length === 0)
      record.nodes = this.#view.describe(families, startMs, lastMs);
    record.facts = [
      ...record.facts.filter(({ name }) => name === fullSizeFact),
      ...this.#linkFacts(families),
      ...this.#nameFacts(),
    ];
    this.#tell({ type, record: structuredClone(record) });
  }

  #linkFacts(families: readonly Family[]): OutageRecord['facts'] {
    const { link } = this.#view;
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

/** The one fact that belongs to the record itself and not to the moment. */
export const fullSizeFact = 'full-size packet';

export const sortFamilies = (families: Iterable<Family>): Family[] => [...new Set(families)].sort();
