import type { Neighbour } from '../core/network.ts';

export async function readNeighbours(): Promise<Neighbour[]> {
  return [];
}
