import { AppError } from '../core/errors.ts';
import { readingAt } from '../core/zone-time.ts';

export const hourMs = 3_600_000;
const slotMs = hourMs / 2;
const maxKnown = 8192;

/** Hours as the household lives them. */
export interface SiteHours {
  /** 0..23 on the clocks of the site. */
  hourOfDay(epochMs: number): number;
  /** 0 is Monday. */
  weekday(epochMs: number): number;
}

/** The hours of an IANA zone, summer time included. Throws AppError `TIMEZONE_UNKNOWN`. */
export function siteHours(timezone: string): SiteHours {
  const offsetMs = offsetOf(timezone);
  const local = (epochMs: number) => Math.floor((epochMs + offsetMs(epochMs)) / hourMs);
  return {
    hourOfDay: (epochMs) => positive(local(epochMs), 24),
    // 1 January 1970 was a Thursday, the third after Monday.
    weekday: (epochMs) => positive(Math.floor(local(epochMs) / 24) + 3, 7),
  };
}

const positive = (value: number, modulus: number) => ((value % modulus) + modulus) % modulus;

/** Offsets change only where half an hour of UTC begins; some months are remembered, because asking costs microseconds. */
function offsetOf(timezone: string): (epochMs: number) => number {
  if (timezone === 'UTC' || timezone === 'Etc/UTC') return () => 0;
  const known = new Map<number, number>();
  return (epochMs) => {
    const slot = Math.floor(epochMs / slotMs);
    const found = known.get(slot);
    if (found !== undefined) return found;
    const offsetMs = readingIn(timezone, slot * slotMs) - slot * slotMs;
    if (known.size >= maxKnown) known.clear();
    known.set(slot, offsetMs);
    return offsetMs;
  };
}

function readingIn(timezone: string, epochMs: number): number {
  try {
    return readingAt(epochMs, timezone);
  } catch (cause) {
    throw new AppError('TIMEZONE_UNKNOWN', `"${timezone}" is no time zone; write one like Europe/Berlin.`, {
      status: 400,
      cause,
    });
  }
}
