import type { InterfaceCounters } from '../core/network.ts';

export async function readCounters(): Promise<InterfaceCounters[]> {
  return [];
}
