/** The record of name servers that fail, or are slow, while the line works. */
import type { Family } from '../../../core/shapes.ts';
import type { NameEvidence } from './evidence.ts';
import { type NameTrouble, NameWatch } from './names.ts';
import { type RecordDesk, sortFamilies } from './record-desk.ts';
import type { OutageRecord } from './records.ts';

/** While packets are lost, a missing answer may be one of them. */
const confidence = { calm: 0.92, lossy: 0.7 };
const lossy = 0.03;

/** What else is true of the line at this moment. */
export interface NameSurroundings {
  families: readonly Family[];
  /** Share of all packets that the line loses, 0..1. */
  lossRatio: number;
  /** Slow answers have another reason. */
  isSlowAnyway: boolean;
  /** The line answered just now. */
  isWorking: boolean;
}

export class NameJudge {
  readonly #desk: RecordDesk;
  readonly #watch = new NameWatch();
  #open: { record: OutageRecord; servers: string[] } | null = null;

  constructor(desk: RecordDesk) {
    this.#desk = desk;
  }

  get record(): OutageRecord | null {
    return this.#open?.record ?? null;
  }

  facts(): OutageRecord['facts'] {
    return this.#watch.facts();
  }

  take(evidence: NameEvidence): void {
    this.#watch.take(evidence);
  }

  judge(surroundings: NameSurroundings, atMs: number): void {
    const trouble = this.#watch.trouble(surroundings.lossRatio);
    if (this.#open && this.#goesOn(this.#open, trouble)) return;
    const isExplained = trouble?.symptom === 'slow-names' && surroundings.isSlowAnyway;
    if (trouble && !isExplained && surroundings.isWorking) this.#begin(trouble, surroundings, atMs);
  }

  /** What was lost with the line was not the servers' fault. */
  forgive(): void {
    this.#watch.forgive();
  }

  interrupt(atMs: number, endedBy: OutageRecord['endedBy']): void {
    if (this.#open) this.#desk.interrupt(this.#open.record, atMs, endedBy);
    this.#open = null;
  }

  /** False when it is over, or has become the failure of all servers, which is another record. */
  #goesOn(
    { record, servers }: { record: OutageRecord; servers: string[] },
    trouble: NameTrouble | null,
  ): boolean {
    const symptom = record.symptom === 'names' ? 'names' : 'slow-names';
    const lastMs = this.#watch.lastTroubleMs(servers, symptom);
    if (Number.isFinite(lastMs)) record.lastMs = Math.max(record.lastMs, lastMs);
    const isWhole = record.kind === 'outage' || symptom === 'slow-names';
    const isAnother = trouble !== null && (trouble.symptom !== symptom || trouble.isWhole !== isWhole);
    const isGraver = trouble?.symptom === 'names' && trouble.isWhole;
    if (isAnother ? !isGraver : !this.#watch.areWell(servers)) return true;
    this.#desk.finish(record, record.lastMs);
    this.#open = null;
    return false;
  }

  #begin(trouble: NameTrouble, { families, lossRatio }: NameSurroundings, atMs: number): void {
    const { symptom, isWhole, startMs, lastMs, servers, cause } = trouble;
    const record = this.#desk.open(
      {
        families: sortFamilies(families),
        startMs,
        lastMs,
        kind: symptom === 'names' && isWhole ? 'outage' : 'degradation',
        symptom,
        rule: `${symptom}/${cause}`,
        target: isWhole ? null : servers.join(', '),
      },
      atMs,
    );
    this.#open = { record, servers };
    this.#desk.decide(record, atMs, {
      candidates: ['dns'],
      confidence: lossRatio >= lossy ? confidence.lossy : confidence.calm,
      segment: 'names',
      cause,
    });
  }
}
