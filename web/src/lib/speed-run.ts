import type { SpeedProgress } from '../../../appliance/features/watch/speedtest/schema.ts';

/** A test tells of itself ten times a second at most: five minutes of it. */
const mostMoments = 3000;

export interface SpeedMoment {
  atMs: number;
  phase: SpeedProgress['phase'];
  downMbps: number | null;
  upMbps: number | null;
  rttMs: number | null;
}

/** A test under way, as far as this page has heard of it. */
export class SpeedRun {
  progress: SpeedProgress;
  readonly moments: SpeedMoment[] = [];

  constructor(progress: SpeedProgress) {
    this.progress = progress;
    this.add(progress);
  }

  add(progress: SpeedProgress): void {
    this.progress = progress;
    const { phase, downMbps, upMbps, rttMs } = progress;
    this.moments.push({ atMs: Date.parse(progress.at), phase, downMbps, upMbps, rttMs });
    if (this.moments.length > mostMoments) this.moments.shift();
  }

  /** Whether this is news of the same test: another line or engine, or a fraction that goes back, is another one. */
  isOf(progress: SpeedProgress): boolean {
    const { line, engine, fraction } = this.progress;
    const isNextEngine = engine !== progress.engine; // the one before did not serve
    return line === progress.line && (isNextEngine || progress.fraction >= fraction);
  }

  /** Median round-trip time before the load; null when this page came later, or nothing answered. */
  get idleMs(): number | null {
    const times = this.moments
      .flatMap((one) => (one.phase === 'idle' && one.rttMs !== null ? [one.rttMs] : []))
      .sort((a, b) => a - b);
    return times[(times.length - 1) >> 1] ?? null;
  }
}

/** The top of the axis of delays: a round number above all of them, 20 ms at least. */
export function rttAxisTop(moments: readonly SpeedMoment[]): number {
  const highest = Math.max(20, ...moments.map((one) => one.rttMs ?? 0));
  const step = 10 ** Math.floor(Math.log10(highest));
  return Math.ceil(highest / step) * step;
}
