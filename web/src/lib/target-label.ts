import type { Target } from '../../../appliance/features/watch/latency/schema.ts';
import { words } from './words.ts';

/** What a target is called where several stand together: its part of the path, its name, its family if both exist. */
export function targetLabel(target: Target, all: readonly Target[]): string {
  const segment = words.segment[target.segment];
  const isAlone =
    all.filter((one) => one.segment === target.segment && one.family === target.family).length === 1;
  const name =
    target.segment === 'custom' || target.segment === 'anchor'
      ? target.name
      : isAlone
        ? segment
        : target.name;
  const hasBoth = all.some((one) => one.family !== target.family);
  return hasBoth && target.family === 'ipv6' ? `${name} ${words.family.ipv6}` : name;
}
