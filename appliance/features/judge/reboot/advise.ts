/** Whether to restart router or modem, from what restarts did before. Pure; times are epoch ms. */
import type { Verdict } from '../../../core/shapes.ts';
import type { RebootAdvice, RebootDevice, RebootRecord } from './schema.ts';

/** A modem needs two to five minutes to be back; what takes longer was not ended by it. */
export const recoveryMs = 10 * 60_000;
/** So many vain trials show that it does not help here. */
const enoughTrials = 3;
const dayMs = 86_400_000;

/** Where a restart in the house can change something, and of what. */
const devices: Partial<Record<Verdict, RebootDevice>> = {
  gateway: 'router',
  access: 'modem',
  unclear: 'modem',
};

export interface PastOutage {
  id: number;
  line: string;
  verdict: Verdict;
  startMs: number;
  /** Null while it lasts. */
  endMs: number | null;
}

export interface PastReboot {
  id: number;
  line: string;
  atMs: number;
  device: RebootDevice;
  source: 'told' | 'seen';
}

export interface Trial {
  outage: number;
  /** Null: within its ten minutes. */
  helped: boolean | null;
  recoveredAfterMs: number | null;
}

export interface AdviceInput {
  /** Outages only, no degradations; in any order. */
  outages: readonly PastOutage[];
  reboots: readonly PastReboot[];
  /** When a reboot was advised, and in which outage. */
  advised: readonly { atMs: number; outage: number }[];
  nowMs: number;
  afterMs: number;
  mostPerDay: number;
}

/** What one reboot did; null when nothing was wrong that it could have ended. */
export function trialOf(reboot: PastReboot, { outages, reboots, nowMs }: AdviceInput): Trial | null {
  const outage = outages.find(
    ({ line, startMs, endMs, verdict }) =>
      line === reboot.line &&
      verdict in devices &&
      startMs <= reboot.atMs &&
      (endMs ?? Number.POSITIVE_INFINITY) >= reboot.atMs,
  );
  if (!outage) return null;
  const endMs = outage.endMs;
  const isFollowed = reboots.some(
    ({ line, atMs }) => line === reboot.line && atMs > reboot.atMs && atMs <= (endMs ?? nowMs),
  );
  if (isFollowed) return { outage: outage.id, helped: false, recoveredAfterMs: null };
  const tookMs = (endMs ?? nowMs) - reboot.atMs;
  if (tookMs > recoveryMs) return { outage: outage.id, helped: false, recoveredAfterMs: null };
  return endMs === null
    ? { outage: outage.id, helped: null, recoveredAfterMs: null }
    : { outage: outage.id, helped: true, recoveredAfterMs: tookMs };
}

export function recordOf(line: string, input: AdviceInput): RebootRecord {
  const trials = input.reboots
    .filter((reboot) => reboot.line === line)
    .flatMap((reboot) => trialOf(reboot, input) ?? []);
  const judged = trials.filter(({ helped }) => helped !== null);
  const tried = new Set(trials.map(({ outage }) => outage));
  // Only those long enough that somebody would have thought of a reboot.
  const without = input.outages.flatMap(({ id, line: of, verdict, startMs, endMs }) =>
    of === line && verdict in devices && endMs !== null && endMs - startMs >= input.afterMs && !tried.has(id)
      ? [endMs - startMs]
      : [],
  );
  return {
    tried: judged.length,
    helped: judged.filter(({ helped }) => helped).length,
    recoveredAfterSeconds: medianSeconds(judged.flatMap(({ recoveredAfterMs }) => recoveredAfterMs ?? [])),
    without: without.length,
    withoutSeconds: medianSeconds(without),
  };
}

export function advise(input: AdviceInput, fallbackLine: string): RebootAdvice {
  const { outages, reboots, advised, nowMs, afterMs, mostPerDay } = input;
  const recent = advised.filter(({ atMs }) => nowMs - atMs < dayMs);
  const leftToday = Math.max(0, mostPerDay - recent.length);
  const open = outages
    .filter(({ endMs }) => endMs === null)
    .sort((a, b) => Number(b.verdict in devices) - Number(a.verdict in devices) || a.startMs - b.startMs)[0];
  const line = open?.line ?? fallbackLine;
  const record = recordOf(line, input);
  const device = open === undefined ? null : (devices[open.verdict] ?? null);
  const say = (code: RebootAdvice['code'], reason: string): RebootAdvice => ({
    isAdvised: code === 'advised',
    device,
    line: open?.line ?? null,
    outage: open?.id ?? null,
    code,
    reason,
    leftToday,
    record,
  });
  if (open === undefined) return say('no-outage', 'There is no outage.');
  if (device === null)
    return say('elsewhere', `The cause (${open.verdict}) is where a reboot changes nothing.`);
  const own = reboots.filter(({ line: of, atMs }) => of === open.line && atMs >= open.startMs);
  const newest = own.sort((a, b) => b.atMs - a.atMs)[0];
  if (newest)
    return nowMs - newest.atMs < recoveryMs
      ? say(
          'under-way',
          `The ${newest.device} was restarted ${minutes(nowMs - newest.atMs)} ago; it may take ten minutes.`,
        )
      : say('no-help', `Restarting the ${newest.device} did not end it.`);
  if (nowMs - open.startMs < afterMs)
    return say(
      'too-early',
      `It has lasted ${minutes(nowMs - open.startMs)}; most outages end by themselves.`,
    );
  const isSaid = advised.some(({ outage }) => outage === open.id);
  if (!isSaid && leftToday === 0)
    return say('too-often', `It was advised ${recent.length} times within 24 hours.`);
  if (record.tried >= enoughTrials && record.helped === 0)
    return say('never-helps', `${record.tried} reboots during such outages have helped none of them.`);
  return say(
    'advised',
    `Restart the ${device}: the line has been down for ${minutes(nowMs - open.startMs)}. ${experience(record)}`,
  );
}

/** What is known of how well it works, measured. */
export function experience({
  tried,
  helped,
  recoveredAfterSeconds,
  without,
  withoutSeconds,
}: RebootRecord): string {
  const alone =
    withoutSeconds === null
      ? ''
      : ` Without one such outages lasted ${minutes(withoutSeconds * 1000)} (median of ${without}).`;
  if (tried === 0) return `It was never tried.${alone}`;
  const after = recoveredAfterSeconds === null ? '' : `, after ${minutes(recoveredAfterSeconds * 1000)}`;
  return `It helped ${helped} of ${tried} times${after}.${alone}`;
}

function minutes(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

function medianSeconds(timesMs: readonly number[]): number | null {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return low === undefined || high === undefined ? null : Math.round((low + high) / 2000);
}
