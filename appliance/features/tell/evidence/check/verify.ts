import type { VerifyResult } from '../schema.ts';
import { canonicalJson } from './canonical-json.ts';
import { type BundleParts, type CheckedBundle, checkBundle } from './check-bundle.ts';
import { type Problem, walkChain } from './check-chain.ts';
import { readZip } from './read-zip.ts';
import { createSeals } from './seals.ts';

const maxProblems = 50;
export const seals = createSeals();
export const walk = (isWhole: boolean) => walkChain(canonicalJson, seals, isWhole);

/** Checks a report that was packed or unpacked. What is wrong with it is in the result, never thrown. */
export function verifyBundle(parts: BundleParts): Promise<CheckedBundle> {
  return checkBundle(parts, { canonicalJson, seals, walk });
}

export async function verifyArchive(bytes: Uint8Array): Promise<CheckedBundle> {
  try {
    const { files, sealed, comment } = await readZip(bytes);
    return await verifyBundle({ files, archive: { sealed, comment } });
  } catch (error) {
    if (!isProblem(error)) throw error;
    return { manifest: null, checked: 0, fingerprint: null, formerKeys: [], problems: [error] };
  }
}

/** Checks the text of an exported chain, from its first link to its last. */
export async function verifyChainText(text: string): Promise<VerifyResult & { formerKeys: string[] }> {
  const problems: Problem[] = [];
  const chain = walk(true);
  let checked = 0;
  for (const link of linksOf(text, problems)) {
    problems.push(...(await chain.next(link)));
    checked += 1;
    if (problems.length >= maxProblems) break;
  }
  if (checked === 0 && problems.length === 0)
    problems.push({ where: 'the chain', message: 'it holds no links' });
  const fingerprint = chain.key === null ? null : await seals.fingerprintOf(chain.key);
  return {
    isValid: problems.length === 0,
    checked,
    fingerprint,
    formerKeys: await Promise.all(chain.formerKeys.slice(0, maxProblems).map(seals.fingerprintOf)),
    problems: problems.slice(0, maxProblems),
  };
}

/** How a chain is written to a file. */
export function chainText(links: readonly unknown[]): string {
  return canonicalJson({ format: 'ist-chain', version: 1, links });
}

function linksOf(text: string, problems: Problem[]): unknown[] {
  const tell = (message: string) => {
    problems.push({ where: 'the chain', message });
    return [];
  };
  let chain: unknown;
  try {
    chain = JSON.parse(text);
  } catch {
    return tell('it is no readable JSON');
  }
  const { format, version, links } = Object.assign({ format: '', version: 0, links: null }, chain);
  if (format !== 'ist-chain' || version !== 1 || !Array.isArray(links))
    return tell('it is no chain of this product');
  try {
    if (canonicalJson(chain) !== text) tell('it is not in the canonical form in which it was written');
  } catch {
    tell('it holds something that has no canonical form');
  }
  return links;
}

function isProblem(error: unknown): error is Problem {
  return typeof error === 'object' && error !== null && 'where' in error && 'message' in error;
}
