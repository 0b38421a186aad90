import { AppError } from '../../../core/errors.ts';
import type { ServiceClient } from '../../../core/feature.ts';
import type { Target, TargetList } from './schema.ts';

/** The target a person means, by id, name, host or address; undefined when there is none. */
export async function findTarget(client: ServiceClient, word: string): Promise<Target | undefined> {
  const { targets } = await client.get<TargetList>('/api/targets');
  const wanted = word.toLowerCase();
  return (
    targets.find(({ id }) => id.toLowerCase() === wanted) ??
    targets.find(({ name, host, address }) =>
      [name, host, address].some((each) => each?.toLowerCase() === wanted),
    )
  );
}

/** The named target, or without a name the first that stands for the Internet as a whole. */
export async function chooseTarget(client: ServiceClient, word: string | undefined): Promise<Target> {
  if (word !== undefined) {
    const found = await findTarget(client, word);
    if (found !== undefined) return found;
    throw new AppError('TARGET_UNKNOWN', `There is no target "${word}". \`ist targets\` lists them.`, {
      status: 404,
    });
  }
  const { targets } = await client.get<TargetList>('/api/targets');
  const chosen = targets.find(({ segment }) => segment === 'anchor') ?? targets[0];
  if (chosen !== undefined) return chosen;
  throw new AppError('TARGET_UNKNOWN', 'Nothing is probed yet, so there is no history.', { status: 409 });
}

/** A number from the command line, or a usage error that names the option. */
export function readNumber(
  text: string | boolean | undefined,
  name: string,
  least: number,
  most: number,
): number {
  const value = Number(text);
  if (typeof text === 'string' && text.trim() !== '' && value >= least && value <= most) return value;
  throw new AppError('USAGE', `${name} ${String(text)} is not a number from ${least} to ${most}.`, {
    status: 400,
  });
}
