/** The rooms somebody walked through, with what was measured there. They stay in this browser. */
import type { WifiResult } from './measure.ts';

export interface RoomResult extends WifiResult {
  room: string;
}

const key = 'ist.wifi-rooms';
/** A house with more is measured by parts; the oldest go first. */
export const mostRooms = 60;
export const longestName = 40;

export function readRooms(storage: Pick<Storage, 'getItem'> = localStorage): RoomResult[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(key) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isRoom).slice(0, mostRooms) : [];
  } catch {
    return []; // storage refused, or written by something else
  }
}

/** Newest first. False when the browser keeps nothing: the list holds for this page only. */
export function keepRooms(
  rooms: readonly RoomResult[],
  storage: Pick<Storage, 'setItem'> = localStorage,
): boolean {
  try {
    storage.setItem(key, JSON.stringify(rooms.slice(0, mostRooms)));
    return true;
  } catch {
    return false;
  }
}

function isRoom(value: unknown): value is RoomResult {
  if (typeof value !== 'object' || value === null) return false;
  const { room, atMs, downMbps } = value as Partial<Record<keyof RoomResult, unknown>>; // looked at one by one
  return (
    typeof room === 'string' &&
    typeof atMs === 'number' &&
    (downMbps === null || typeof downMbps === 'number')
  );
}
