import { toIso } from '../../../../core/clock.ts';
import type { SpeedPlan, SpeedPorts } from '../engine.ts';
import type { EngineName, SpeedPhase, SpeedProgress } from '../schema.ts';

/** Where a phase begins and ends in the whole, as people wait for it. */
const spans: Readonly<Record<SpeedPhase, readonly [from: number, to: number]>> = {
  waiting: [0, 0],
  server: [0, 0.05],
  preflight: [0.05, 0.3],
  idle: [0.05, 0.3],
  download: [0.3, 0.55],
  drain: [0.55, 0.6],
  upload: [0.6, 0.85],
  both: [0.85, 0.93],
  recovery: [0.93, 1],
  done: [1, 1],
};
const leastGapMs = 100;

/** Tells how a run goes, ten times a second at most, and never backwards. */
export class ProgressTeller {
  readonly #ports: Pick<SpeedPorts, 'clock' | 'timeline'>;
  readonly #plan: Pick<SpeedPlan, 'line'>;
  readonly #tell: (progress: SpeedProgress) => void;
  #phase: SpeedPhase = 'waiting';
  #phaseMs = 0;
  #expectedMs = 1;
  #fraction = 0;
  #toldMs = Number.NEGATIVE_INFINITY;
  engine: EngineName = 'peer';
  server: string | null = null;
  bytes = 0;

  constructor(
    ports: Pick<SpeedPorts, 'clock' | 'timeline'>,
    plan: Pick<SpeedPlan, 'line'>,
    tell: (progress: SpeedProgress) => void,
  ) {
    this.#ports = ports;
    this.#plan = plan;
    this.#tell = tell;
  }

  get phase(): SpeedPhase {
    return this.#phase;
  }

  enter(phase: SpeedPhase, expectedMs: number): void {
    this.#phase = phase;
    this.#phaseMs = this.#ports.clock.monoMs();
    this.#expectedMs = expectedMs;
    this.#toldMs = Number.NEGATIVE_INFINITY;
    this.now({});
  }

  now({ downMbps = Number.NaN, upMbps = Number.NaN, rttMs = Number.NaN }): void {
    const nowMs = this.#ports.clock.monoMs();
    if (nowMs - this.#toldMs < leastGapMs) return;
    this.#toldMs = nowMs;
    const [from, to] = spans[this.#phase];
    const share = Math.min(1, (nowMs - this.#phaseMs) / this.#expectedMs);
    this.#fraction = Math.max(this.#fraction, from + (to - from) * share);
    const known = (value: number) => (Number.isFinite(value) ? Math.max(0, value) : null);
    this.#tell({
      at: toIso(this.#ports.timeline.wallMs(nowMs)),
      line: this.#plan.line,
      engine: this.engine,
      server: this.server,
      phase: this.#phase,
      fraction: this.#fraction,
      downMbps: known(downMbps),
      upMbps: known(upMbps),
      rttMs: known(rttMs),
      bytes: Math.round(this.bytes),
    });
  }
}
