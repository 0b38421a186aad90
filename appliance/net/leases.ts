import type { Lease } from '../core/network.ts';

export async function readLeases(): Promise<Lease[]> {
  return [];
}
