/** Whether a test that is due may start now, must wait, or is left out. Pure. */
import type { Agenda, Intent } from './agenda.ts';
import { hourMs } from './agenda.ts';
import { affordableFrom, type Purse } from './ledger.ts';
import { openMs, type QuietHours, quietUntil } from './occurrence.ts';
import type { SpeedNext } from './schema.ts';

/** Where a moment is the same for many boxes, they start over so long a time. */
const afterQuietMs = hourMs;
const afterMonthMs = 6 * hourMs;
/** Each hold may lead into another one, quiet hours into the end of the month and back; more never helps. */
const maxHolds = 6;

export interface Circumstances {
  nowMonoMs: number;
  /** Nothing starts by itself before this: the box, or the service, has just started. */
  holdUntilMonoMs: number;
  /** UTC of a moment on the monotonic clock. */
  wallMs(monoMs: number): number;
  timezone: string;
  quietHours: QuietHours | null;
  purse: Purse;
  /** What the next test sets aside. */
  priceBytes: number;
}

export type HeldBy = NonNullable<SpeedNext['heldBy']>;

export interface Start {
  atMonoMs: number;
  heldBy: HeldBy | null;
  /** Why it is left out when its time comes; null: it runs. */
  skip: 'budget' | 'quiet-hours' | null;
}

/** The owner has named the moment: it is kept or left out, and the whole budget is his to spend. */
const isOwnTime = ({ origin }: Intent) => origin === 'custom' || origin === 'burst';

export function startOf(intent: Intent, around: Circumstances): Start {
  const { nowMonoMs, holdUntilMonoMs, wallMs } = around;
  const dueMonoMs = Math.max(intent.dueMonoMs, nowMonoMs);
  const atMonoMs = Math.max(dueMonoMs, holdUntilMonoMs);
  let start: Start = {
    atMonoMs,
    heldBy: atMonoMs > dueMonoMs ? 'start' : intent.postponed > 0 ? 'busy' : null,
    skip: null,
  };
  for (let holds = 0; holds < maxHolds; holds += 1) {
    const next = hold(intent, start, around);
    if (next === null) break;
    start = next;
    if (next.skip !== null || wallMs(next.atMonoMs) >= around.purse.month.endMs) break;
  }
  return start;
}

/** One reason to start later than planned so far, or not at all; null when there is none. */
function hold(intent: Intent, { atMonoMs, heldBy }: Start, around: Circumstances): Start | null {
  const { wallMs, timezone, quietHours, purse, priceBytes } = around;
  const atMs = wallMs(atMonoMs);
  const toMono = (wall: number) => atMonoMs + (wall - atMs);
  const quietEndMs = quietUntil(quietHours, atMs, timezone);
  if (quietEndMs !== null) {
    if (isOwnTime(intent)) return { atMonoMs, heldBy, skip: 'quiet-hours' };
    const laterMs = intent.spread * Math.min(afterQuietMs, openMs(quietHours) / 2);
    return { atMonoMs: toMono(quietEndMs) + laterMs, heldBy: 'quiet-hours', skip: null };
  }
  if (atMs >= purse.month.endMs) return null; // the next month has a budget of its own
  const fromMs = affordableFrom(purse, priceBytes, atMs);
  if (fromMs === null) return { atMonoMs, heldBy: 'budget', skip: 'budget' };
  if (isOwnTime(intent) || fromMs <= atMs) return null;
  return { atMonoMs: toMono(fromMs), heldBy: 'budget', skip: null };
}

/** When a test that the budget has no room for is tried again: early in the next month, not all boxes at once. */
export function nextMonthMonoMs(intent: Intent, { wallMs, nowMonoMs, purse }: Circumstances): number {
  return nowMonoMs + (purse.month.endMs - wallMs(nowMonoMs)) + intent.spread * afterMonthMs;
}

/** The test that starts first, holds considered. */
export function nextStart(agenda: Agenda, around: Circumstances): (Start & { intent: Intent }) | null {
  let first: (Start & { intent: Intent }) | null = null;
  for (const intent of agenda.intents) {
    const start = startOf(intent, around);
    if (first === null || start.atMonoMs < first.atMonoMs) first = { ...start, intent };
  }
  return first;
}
