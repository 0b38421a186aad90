/** What really was, and when: from the log of the network where it says so, else from the time of the command. */
import { open } from 'node:fs/promises';
import { faults, type Step } from '../lab/faults.ts';
import type { Deed, DrillCase, Expectation } from './case.ts';
import type { Change, Moment, Observation } from './observation.ts';

export interface Interval {
  startMs: number;
  endMs: number;
}

type Timing = Pick<Observation, 'deeds' | 'cleared' | 'changes'>;

/** The intervals in which what is expected was so: one, or the downs of a flapping link. */
export function trueIntervals(drill: DrillCase, expectation: Expectation, seen: Timing): Interval[] {
  const whole = wholeInterval(drill, expectation, seen);
  if (expectation.flapping === undefined) return [whole];
  return downs(expectation.flapping, whole, seen.changes);
}

/** From the deed that begins it to what ends it. */
export function wholeInterval(
  { deeds }: DrillCase,
  { from = 0, to }: Pick<Expectation, 'from' | 'to'>,
  { deeds: moments, cleared, changes }: Timing,
): Interval {
  return {
    startMs: deedMs(deeds[from], moments[from], changes),
    endMs:
      to === undefined ? clearedMs(deeds[from], cleared, changes) : deedMs(deeds[to], moments[to], changes),
  };
}

/** The single downs of a flapping link, either direction, within a time. */
export function downs(link: string, within: Interval, changes: readonly Change[]): Interval[] {
  const found: Interval[] = [];
  const since = new Map<string, number>();
  for (const { atMs, who, text } of changes) {
    if (who !== `${link}.ab` && who !== `${link}.ba`) continue;
    if (atMs < within.startMs || atMs > within.endMs) continue;
    if (text === 'flap down') since.set(who, atMs);
    const startMs = since.get(who);
    if (text !== 'flap up' || startMs === undefined) continue;
    found.push({ startMs, endMs: atMs });
    since.delete(who);
  }
  for (const startMs of since.values()) found.push({ startMs, endMs: within.endMs });
  return merge(found);
}

/** When a deed took effect. */
export function deedMs(
  deed: Deed | undefined,
  moment: Moment | undefined,
  changes: readonly Change[],
): number {
  if (!deed || !moment) throw new Error('the case speaks of a deed that it does not have');
  const settings = changes.filter((change) => isWithin(change, moment) && change.text.startsWith('set '));
  return isOfLinks(deed) ? (settings.at(-1)?.atMs ?? middle(moment)) : middle(moment);
}

/** When clearing the lab undid it: links first, tables and addresses of the nodes a little later. */
function clearedMs(deed: Deed | undefined, moment: Moment, changes: readonly Change[]): number {
  if (deed && !isOfLinks(deed)) return middle(moment);
  const reset = changes.find((change) => isWithin(change, moment) && change.text.startsWith('set *'));
  return reset?.atMs ?? middle(moment);
}

/** True when linksim does it, or the name server, which is told at the same time. */
function isOfLinks(deed: Deed): boolean {
  if ('ctl' in deed) return true;
  if (!('fault' in deed)) return false;
  const steps: Step[] = faults[deed.fault](deed.argument);
  return steps.every((step) => 'ctl' in step || 'mode' in step);
}

const isWithin = ({ atMs }: Change, { fromMs, toMs }: Moment) => atMs >= fromMs && atMs <= toMs;
const middle = ({ fromMs, toMs }: Moment) => (fromMs + toMs) / 2;

function merge(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const { startMs, endMs } of intervals.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1);
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else merged.push({ startMs, endMs });
  }
  return merged;
}

/** Follows linksim's log from where it was left, so that hours of packets are read once. */
export class ChangeLog {
  readonly #file: string;
  #offset = 0;
  #rest = '';
  /** CLOCK_REALTIME ms at linksim's time zero; the header's stamp is taken earlier, so a packet tells it. */
  #zeroMs: number | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** The changes since the last call. */
  async read(): Promise<Change[]> {
    const changes: { t: number; who: string; text: string }[] = [];
    const file = await open(this.#file);
    try {
      const buffer = Buffer.alloc(1 << 20);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#offset);
        if (bytesRead === 0) break;
        this.#offset += bytesRead;
        const lines = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
        this.#rest = lines.pop() ?? '';
        for (const line of lines) {
          if (line.startsWith('chg,')) changes.push(parseChange(line));
          else if (this.#zeroMs === null && line.startsWith('pkt,')) this.#zeroMs = zeroOf(line);
        }
      }
    } finally {
      await file.close();
    }
    const zeroMs = this.#zeroMs;
    if (zeroMs === null) return [];
    return changes.map(({ t, who, text }) => ({ atMs: zeroMs + t * 1000, who, text }));
  }
}

function parseChange(line: string): { t: number; who: string; text: string } {
  const [, t, who = '', ...text] = line.split(',');
  return { t: Number(t), who, text: text.join(',') };
}

/** pkt,t_s,dir,verdict,len,arrival_real_ns,…: the same arrival on both clocks. */
function zeroOf(line: string): number {
  const [, t, , , , real = '0'] = line.split(',');
  return Number(BigInt(real) / 1000n) / 1000 - Number(t) * 1000;
}
