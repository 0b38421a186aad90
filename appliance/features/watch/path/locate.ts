import { isIP } from 'node:net';
import { AppError } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Family } from '../../../core/shapes.ts';
import type { LatencyPort, Target } from '../latency/schema.ts';
import type { MtuRequest } from './schema.ts';

export interface Located {
  /** Null for a host that is no target. */
  target: Target | null;
  host: string;
  address: string;
  family: Family;
  line: string | null;
}

/** Where a request leads: to a target by id, name or address, to any host, or without either to the first anchor. */
export async function locate(
  { names }: Pick<FeatureContext, 'names'>,
  latency: Pick<LatencyPort, 'targets'>,
  { target: word, host, family }: MtuRequest,
): Promise<Located> {
  const wanted = word ?? host;
  const target = findTarget(latency.targets(), wanted, family);
  if (target) {
    if (target.address === null)
      throw new AppError('TARGET_UNRESOLVED', `${target.host} has no ${target.family} address now.`, {
        status: 409,
      });
    const { address, line } = target;
    return { target, host: target.host, address, family: target.family, line };
  }
  if (host === undefined) {
    const text = word === undefined ? 'Nothing is probed yet.' : `There is no target "${word}".`;
    throw new AppError('TARGET_UNKNOWN', `${text} GET /api/targets lists them.`, { status: 404 });
  }
  return { target: null, host, line: null, ...(await resolve(names, host, family)) };
}

function findTarget(
  targets: readonly Target[],
  word: string | undefined,
  family?: Family,
): Target | undefined {
  const fitting = targets.filter((target) => family === undefined || target.family === family);
  if (word === undefined)
    return fitting.find(({ segment, address }) => segment === 'anchor' && address !== null);
  const wanted = word.toLowerCase();
  const isNamed = ({ name, host, address }: Target) =>
    [name, host, address].some((each) => each?.toLowerCase() === wanted);
  // Of a router that is also the resolver the first is meant: targets stand in the order of the path.
  return fitting.find(({ id }) => id.toLowerCase() === wanted) ?? fitting.find(isNamed);
}

async function resolve(
  names: FeatureContext['names'],
  host: string,
  family: Family | undefined,
): Promise<{ address: string; family: Family }> {
  const invalid = (reason: string) =>
    new AppError('HOST_INVALID', `${host} ${reason}.`, { status: 400, details: { host } });
  const kind = isIP(host);
  const own: Family | null = kind === 0 ? null : kind === 4 ? 'ipv4' : 'ipv6';
  const say = (each: Family) => (each === 'ipv4' ? 'IPv4' : 'IPv6');
  if (own !== null) {
    if (family !== undefined && family !== own) throw invalid(`is not an ${say(family)} address`);
    return { address: host, family: own };
  }
  if (!/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/.test(host))
    throw invalid('is neither an address nor a host name');
  for (const each of family === undefined ? (['ipv4', 'ipv6'] as const) : [family]) {
    const [address] = await names.resolve(host, each);
    if (address !== undefined) return { address, family: each };
  }
  throw invalid(family === undefined ? 'has no address' : `has no ${say(family)} address`);
}
