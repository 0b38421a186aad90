/** Why nothing was measured between the previous run and this one, and since when. Pure: every case has a test. */
import type { Gap } from '../outage/schema.ts';

/** What a run of the service leaves behind. */
export interface RunNote {
  boot: string;
  /** When its first exchange was sent. */
  startedMonoMs: number;
  startedMs: number;
  /** False while its time of day was never known: its times on the wall clock mean nothing. */
  isKnown: boolean;
  /** When it was stopped; null when it ended without a word. */
  stoppedMonoMs: number | null;
  stoppedMs: number | null;
}

export interface StartFacts {
  previous: RunNote | null;
  /** This boot; empty where the kernel does not say. */
  boot: string;
  /** The store was not closed cleanly: all that is known where no note was left. */
  wasUnclean: boolean;
  /** Epoch ms of the last measurement on disk; null without any. */
  storedMs: number | null;
  isKnown: boolean;
  wallMs: (monoMs: number) => number;
}

export interface GapStart {
  reason: Gap['reason'];
  /** Epoch ms, as this run counts. */
  startMs: number;
  /** The beginning moves with the clock of this boot when that becomes known. */
  isOfThisBoot: boolean;
}

/** Null: there was no run before. */
export function gapBefore(facts: StartFacts): GapStart | null {
  const { previous, boot, storedMs } = facts;
  if (previous === null) {
    if (storedMs === null) return null;
    return { reason: facts.wasUnclean ? 'power' : 'stopped', startMs: storedMs, isOfThisBoot: false };
  }
  if (previous.boot === boot && boot !== '') return afterRestart(previous, facts);
  if (!previous.isKnown) {
    // Nobody can say when that run was, so the time without measurements reaches back beyond it.
    return storedMs === null ? null : { reason: 'clock', startMs: storedMs, isOfThisBoot: false };
  }
  if (previous.stoppedMs !== null)
    return { reason: 'stopped', startMs: previous.stoppedMs, isOfThisBoot: false };
  const startMs = Math.max(previous.startedMs, storedMs ?? Number.NEGATIVE_INFINITY);
  return { reason: 'power', startMs, isOfThisBoot: false };
}

/** The monotonic clock ran on, so the length is known even where the time of day is not. */
function afterRestart(previous: RunNote, { storedMs, isKnown, wallMs }: StartFacts): GapStart {
  if (previous.stoppedMonoMs === null) {
    const startMs = Math.max(wallMs(previous.startedMonoMs), storedMs ?? Number.NEGATIVE_INFINITY);
    return { reason: 'crashed', startMs, isOfThisBoot: true };
  }
  const byMono = wallMs(previous.stoppedMonoMs);
  // It stands still while the machine sleeps; then the wall clock tells more.
  const isWallGood = isKnown && previous.isKnown && previous.stoppedMs !== null;
  const startMs = isWallGood ? Math.min(byMono, previous.stoppedMs ?? byMono) : byMono;
  return { reason: 'stopped', startMs, isOfThisBoot: true };
}
