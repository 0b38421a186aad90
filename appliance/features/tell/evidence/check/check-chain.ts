import type { ChainLink } from '../schema.ts';
import type { Seals } from './seals.ts';

export interface Problem {
  where: string;
  message: string;
}

/** Follows a chain link by link, from its first. */
export interface ChainWalk {
  /** What is wrong with the next link; a broken one does not stop the walk. */
  next(link: unknown): Promise<Problem[]>;
  readonly last: ChainLink | null;
  /** The public key in force after the last link; null when no link named one. */
  readonly key: string | null;
  /** Keys that were replaced on the way. Whoever replaced one did not have it: only the fingerprint tells who that was. */
  readonly formerKeys: readonly string[];
}

/**
 * `isWhole`: every link is expected; otherwise some may be left out, and where two stand side by side they must fit.
 * Refers to nothing outside itself: verify.html carries its source.
 */
export function walkChain(
  canonicalJson: (value: unknown) => string,
  seals: Seals,
  isWhole: boolean,
): ChainWalk {
  const kinds = ['genesis', 'incident', 'hour', 'gap', 'key'];
  const names = ['seq', 'at', 'kind', 'payload', 'previous', 'hash', 'signature'];
  const isHash = (value: unknown): value is string =>
    typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
  let last: ChainLink | null = null;
  let key: string | null = null;
  let count = 0;
  const formerKeys: string[] = [];

  function isLink(value: unknown): value is ChainLink {
    if (typeof value !== 'object' || value === null) return false;
    const link = value as Partial<ChainLink>; // each member is looked at here
    return (
      Object.keys(value).length === names.length &&
      names.every((name) => Object.hasOwn(value, name)) &&
      Number.isSafeInteger(link.seq) &&
      (link.seq ?? 0) >= 1 &&
      typeof link.at === 'string' &&
      kinds.includes(String(link.kind)) &&
      typeof link.payload === 'string' &&
      isHash(link.previous) &&
      isHash(link.hash) &&
      typeof link.signature === 'string'
    );
  }

  function payloadOf(link: ChainLink): Record<string, unknown> {
    try {
      const payload: unknown = JSON.parse(link.payload);
      return typeof payload === 'object' && payload !== null ? { ...payload } : {};
    } catch {
      return {}; // its hash is wrong too, which is said
    }
  }

  /** The first link names the key, and a link of kind "key" names the next one and the one before. */
  function takeKey(link: ChainLink, problems: string[]): void {
    const { publicKey, previousKey } = payloadOf(link);
    if (!isHash(publicKey)) problems.push('it names no public key');
    else {
      if (link.kind === 'key' && key !== null && previousKey !== key)
        problems.push('it names another key before it than the chain does');
      if (key !== null) formerKeys.push(key);
      key = publicKey;
    }
  }

  function checkPlace(link: ChainLink, problems: string[]): void {
    if (last === null) {
      if (link.seq !== 1 || link.kind !== 'genesis')
        problems.push('the chain does not begin with its first link');
      else if (!/^0{64}$/.test(link.previous)) problems.push('the first link names one before it');
      return;
    }
    if (link.kind === 'genesis') problems.push('it begins a second chain');
    const step = link.seq - last.seq;
    if (step < 1) problems.push(`it stands after link ${last.seq}`);
    else if (step > 1 && isWhole)
      problems.push(
        step === 2
          ? `link ${last.seq + 1} is missing before it`
          : `links ${last.seq + 1} to ${link.seq - 1} are missing before it`,
      );
    else if (step === 1 && link.previous !== last.hash)
      problems.push(`it does not follow link ${last.seq}: the hash of the link before is another one`);
  }

  async function next(value: unknown): Promise<Problem[]> {
    count += 1;
    if (!isLink(value))
      return [{ where: `link ${last === null ? count : last.seq + 1}`, message: 'it is no link of a chain' }];
    const problems: string[] = [];
    checkPlace(value, problems);
    if (value.kind === 'genesis' || value.kind === 'key') takeKey(value, problems);
    const { seq, at, kind, payload, previous, hash, signature } = value;
    let content = '';
    try {
      content = canonicalJson({ seq, at, kind, payload, previous });
    } catch {
      problems.push('its content has no canonical form');
    }
    if ((await seals.sha256(content)) !== hash) problems.push('its content is not what its hash was made of');
    const bytes = seals.fromBase64(signature);
    if (key === null) problems.push('no link before it names the key that should have signed it');
    else if (bytes === null || !(await seals.isSigned(key, seals.fromHex(hash), bytes)))
      problems.push('its signature is not that of the device');
    last = value;
    return problems.map((message) => ({ where: `link ${seq} (${kind}, ${at})`, message }));
  }

  return {
    next,
    get last() {
      return last;
    },
    get key() {
      return key;
    },
    formerKeys,
  };
}
