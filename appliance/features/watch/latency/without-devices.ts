import type { Target } from './schema.ts';

/** For whoever is not signed in: which other devices the house has is none of his business. */
export function withoutDevices(targets: readonly Target[]): Target[] {
  return targets.map((target) => {
    if (target.segment !== 'lan') return target;
    return { ...target, name: target.id, host: target.id, address: null };
  });
}
