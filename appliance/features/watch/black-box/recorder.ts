import type { Target, TargetExchange } from '../latency/schema.ts';
import type { CapturedSeries } from './codec.ts';
import { ExchangeRing, keepMs } from './ring.ts';

/** Targets that are remembered: everything a household watches. With more, those named first. */
const maxRings = 64;

interface Track {
  line: string;
  ring: ExchangeRing;
  /** When it was last seen among the targets; they vanish with the link, and then their past matters most. */
  seenMonoMs: number;
}

/** The last five minutes of every target, calm and quick exchanges together. */
export class Recorder {
  readonly #tracks = new Map<string, Track>();

  get byteLength(): number {
    return [...this.#tracks.values()].reduce((sum, { ring }) => sum + ring.byteLength, 0);
  }

  setTargets(targets: readonly Target[], nowMonoMs: number): void {
    for (const { id, line } of targets) {
      const known = this.#tracks.get(id);
      if (known) Object.assign(known, { line, seenMonoMs: nowMonoMs });
    }
    this.#forgetOld(nowMonoMs);
    for (const { id, line } of targets) {
      if (this.#tracks.has(id) || this.#tracks.size >= maxRings) continue;
      this.#tracks.set(id, { line, ring: new ExchangeRing(), seenMonoMs: nowMonoMs });
    }
  }

  record(exchanges: readonly TargetExchange[]): void {
    for (const exchange of exchanges) this.#tracks.get(exchange.target)?.ring.add(exchange);
  }

  /** What was sent to the targets of a line from one moment up to another, both included. */
  between(line: string, fromMonoMs: number, toMonoMs: number, nowMonoMs: number): CapturedSeries[] {
    return [...this.#tracks]
      .filter(([, track]) => track.line === line)
      .map(([target, { ring }]) => ({ target, ...ring.between(fromMonoMs, toMonoMs, nowMonoMs) }))
      .filter(({ codes }) => codes.length > 0);
  }

  #forgetOld(nowMonoMs: number): void {
    for (const [id, { seenMonoMs }] of this.#tracks)
      if (nowMonoMs - seenMonoMs > keepMs) this.#tracks.delete(id);
  }
}
