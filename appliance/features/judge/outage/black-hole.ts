/** The record of full-size packets that vanish while small ones pass. */
import type { Family } from '../../../core/shapes.ts';
import type { FullSizeEvidence } from './evidence.ts';
import { FullSizeWatch } from './full-size.ts';
import { fullSizeFact, type RecordDesk, sortFamilies } from './record-desk.ts';
import type { OutageRecord } from './records.ts';

export class BlackHoleJudge {
  readonly #desk: RecordDesk;
  readonly #watch = new FullSizeWatch();
  #record: OutageRecord | null = null;

  constructor(desk: RecordDesk) {
    this.#desk = desk;
  }

  get record(): OutageRecord | null {
    return this.#record;
  }

  /** `areSmallAnswered`: whether the small packets of this target are answered at this moment. */
  take(probe: FullSizeEvidence, areSmallAnswered: boolean): void {
    this.#watch.take(probe, areSmallAnswered);
    const holes = (['ipv4', 'ipv6'] as const).flatMap((family) => this.#watch.find(family) ?? []);
    const [hole] = holes;
    if (!hole) {
      if (this.#record) this.#desk.finish(this.#record, this.#record.lastMs);
      this.#record = null;
      return;
    }
    const families = sortFamilies(holes.map(({ family }) => family));
    const lastMs = Math.max(...holes.map((one) => one.lastMs));
    this.#record ??= this.#desk.open(
      {
        families,
        startMs: Math.min(...holes.map(({ startMs }) => startMs)),
        lastMs,
        kind: 'degradation',
        symptom: 'mtu',
        rule: `mtu/${hole.verdict}`,
        target: null,
      },
      probe.atMs,
    );
    const record = this.#record;
    record.facts = [{ name: fullSizeFact, value: `${hole.sizeBytes} bytes` }];
    record.families = sortFamilies([...record.families, ...families]);
    record.lastMs = Math.max(record.lastMs, lastMs);
    const { candidates, confidence, verdict } = hole;
    this.#desk.decide(record, probe.atMs, { candidates, confidence, segment: verdict, cause: 'mtu' });
  }

  /** The edge of a silence, whose losses are no sign; what is open of these families alone ends. */
  interrupt(families: readonly Family[], atMs: number, endedBy: OutageRecord['endedBy']): void {
    this.#watch.forgive();
    if (!this.#record?.families.every((family) => families.includes(family))) return;
    this.#desk.interrupt(this.#record, atMs, endedBy);
    this.#record = null;
  }
}
