import type { WirelessFacts } from '../core/network.ts';

export async function readWireless(): Promise<WirelessFacts[]> {
  return [];
}
