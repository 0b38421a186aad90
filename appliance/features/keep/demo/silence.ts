import { slot } from '../../../core/storing.ts';
import type { Happening } from './happenings.ts';
import type { ModelTarget } from './line-model.ts';

/** How long a router is away before its line synchronises. */
const routerBootShare = 0.75;

/** Of the house itself, whatever becomes of the line. */
export const isAtHome = ({ segment }: Pick<ModelTarget, 'segment'>) =>
  segment === 'gateway' || segment === 'lan';

/** 0 when the happening lets the target answer, else the kind of silence. */
export function silenceOf(one: Happening, target: ModelTarget, atMs: number): number {
  const isHome = isAtHome(target);
  switch (one.kind) {
    case 'power':
      return slot.skipped;
    case 'access':
      return isHome ? 0 : slot.timeout;
    case 'router': {
      const isBooting = atMs < one.startedAtMs + (one.endedAtMs - one.startedAtMs) * routerBootShare;
      return !isHome || (isBooting && target.segment === 'gateway') ? slot.timeout : 0;
    }
    case 'upstream':
      // The provider's first router answers, and says of IPv6 that there is no way on.
      if (isHome || target.segment === 'isp' || target.segment === 'resolver') return 0;
      return target.family === 'ipv4' ? slot.timeout : slot.unreachable;
    case 'names':
      return target.kind === 'dns' && target.segment === 'resolver' ? slot.timeout : 0;
    case 'ipv6':
      return target.family === 'ipv6' && !isHome ? slot.timeout : 0;
    case 'service':
      return target.address === one.address ? slot.timeout : 0;
    default:
      return 0;
  }
}
