import type { ChainLink } from '../schema.ts';
import type { ChainWalk, Problem } from './check-chain.ts';
import type { Seals } from './seals.ts';

/** manifest.json of a report: what is in it, and who says so. */
export interface Manifest {
  format: 'ist-report';
  version: 1;
  serviceVersion: string;
  madeAt: string;
  site: string;
  incident: number;
  /** The incident is not in the chain yet. */
  isPreliminary: boolean;
  /** Addresses of the home are masked, so the incident is not word for word what the chain speaks of. */
  isAnonymous: boolean;
  isDemo: boolean;
  device: { publicKey: string; fingerprint: string };
  /** The incident's link, and the last one when the report was made. */
  link: { seq: number; hash: string } | null;
  head: { seq: number; hash: string } | null;
  /** By name; everything but this file and its signature. */
  files: { name: string; size: number; sha256: string }[];
}

export interface CheckedBundle {
  manifest: Manifest | null;
  /** Links and files that were looked at. */
  checked: number;
  fingerprint: string | null;
  /** Fingerprints of keys that the device had before, by what its chain says. */
  formerKeys: string[];
  problems: Problem[];
}

export interface BundleParts {
  files: ReadonlyMap<string, Uint8Array>;
  /** Of a ZIP archive. One that was packed again by other means has no seal; its files speak for themselves. */
  archive?: { sealed: Uint8Array; comment: string };
}

export interface BundleTools {
  canonicalJson(value: unknown): string;
  seals: Seals;
  walk(isWhole: boolean): ChainWalk;
}

/**
 * Checks a report offline: who signed it, every file, the chain, and that the chain speaks of this very incident.
 * Refers to nothing outside itself: verify.html carries its source.
 */
export async function checkBundle(parts: BundleParts, tools: BundleTools): Promise<CheckedBundle> {
  const { canonicalJson, seals } = tools;
  const { files, archive } = parts;
  const maxProblems = 50;
  const problems: Problem[] = [];
  const tell = (where: string, message: string) => {
    if (problems.length < maxProblems) problems.push({ where, message });
  };
  const result: CheckedBundle = { manifest: null, checked: 0, fingerprint: null, formerKeys: [], problems };

  /** The value of a file that must be canonical JSON, byte for byte. */
  function jsonOf(name: string): unknown {
    const bytes = files.get(name);
    if (bytes === undefined) return tell(name, 'it is missing');
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      const value: unknown = JSON.parse(text);
      if (canonicalJson(value) === text) return value;
      tell(name, 'it is not in the canonical form in which it was written');
    } catch {
      tell(name, 'it is no readable JSON');
    }
    return undefined;
  }

  function isManifest(value: unknown): value is Manifest {
    if (typeof value !== 'object' || value === null) return false;
    const manifest = value as Partial<Manifest>; // each member is looked at here
    const { format, version, device, files: listed, link, head, incident } = manifest;
    const isPlace = (place: unknown) =>
      place === null || (typeof place === 'object' && place !== null && 'seq' in place && 'hash' in place);
    const texts = [manifest.serviceVersion, manifest.madeAt, manifest.site, device?.fingerprint];
    const flags = [manifest.isPreliminary, manifest.isAnonymous, manifest.isDemo];
    return (
      format === 'ist-report' &&
      version === 1 &&
      texts.every((text) => typeof text === 'string') &&
      flags.every((flag) => typeof flag === 'boolean') &&
      /^[0-9a-f]{64}$/.test(String(device?.publicKey)) &&
      Number.isSafeInteger(incident) &&
      isPlace(link) &&
      manifest.isPreliminary === (link === null) &&
      isPlace(head) &&
      Array.isArray(listed) &&
      listed.every((file) => typeof file?.name === 'string' && typeof file.sha256 === 'string')
    );
  }

  async function checkFiles(manifest: Manifest): Promise<void> {
    const own = ['manifest.json', 'manifest.sig'];
    const listed = new Set([...own, ...manifest.files.map((file) => file.name)]);
    for (const { name, size, sha256 } of manifest.files) {
      const bytes = files.get(name);
      result.checked += 1;
      if (bytes === undefined) tell(name, 'it is missing');
      else if (bytes.length !== size)
        tell(name, `it has ${bytes.length} bytes, and had ${size} when it was signed`);
      else if ((await seals.sha256(bytes)) !== sha256) tell(name, 'it is not as it was signed');
    }
    for (const name of files.keys())
      if (!listed.has(name))
        tell(name, 'it does not belong to this report: the signed list does not name it');
  }

  async function checkArchive(publicKey: string): Promise<void> {
    if (archive === undefined || archive.comment === '') return;
    const [, written = ''] = /^ist-seal:ed25519:(.+)$/s.exec(archive.comment) ?? [];
    const seal = seals.fromBase64(written);
    const message = new TextEncoder().encode(`ist-archive:${await seals.sha256(archive.sealed)}`);
    if (seal === null || !(await seals.isSigned(publicKey, message, seal)))
      tell('the archive', 'the packing around the files is not as it was sealed');
  }

  async function checkChain(manifest: Manifest): Promise<void> {
    const chain = jsonOf('chain.json');
    if (chain === undefined) return;
    const links: unknown =
      typeof chain === 'object' && chain !== null && 'links' in chain ? chain.links : null;
    if (!Array.isArray(links)) return tell('chain.json', 'it holds no links');
    const walk = tools.walk(false);
    let own: ChainLink | null = null;
    for (const link of links) {
      result.checked += 1;
      for (const { where, message } of await walk.next(link)) tell(`chain.json, ${where}`, message);
      if (walk.last?.seq === manifest.link?.seq) own = walk.last;
    }
    result.formerKeys = await Promise.all(walk.formerKeys.slice(0, maxProblems).map(seals.fingerprintOf));
    if (walk.key !== manifest.device.publicKey)
      tell('chain.json', 'its last key is not the key that signed the report');
    if (manifest.head !== null && walk.last?.hash !== manifest.head.hash)
      tell('chain.json', 'it does not end with the link that the signed list names as the last');
    if (manifest.link === null) return;
    if (own?.hash !== manifest.link.hash)
      tell('chain.json', 'the link of the incident is not the one that was signed');
    else await checkRecord(own, manifest);
  }

  function payloadOf(link: ChainLink): { incident?: unknown; record?: unknown } {
    try {
      return Object.assign({}, JSON.parse(link.payload));
    } catch {
      return {}; // a link that is not as it was signed, which is told
    }
  }

  /** The link holds the hash of the record, and the record those of what was measured. */
  async function checkRecord(link: ChainLink, manifest: Manifest): Promise<void> {
    const name = 'data/incident.json';
    const record = jsonOf(name);
    if (record === undefined || manifest.isAnonymous) return;
    const { incident, record: hash } = payloadOf(link);
    if (incident !== manifest.incident) tell('chain.json', `link ${link.seq} speaks of incident ${incident}`);
    if ((await seals.sha256(files.get(name) ?? '')) !== hash)
      tell(name, `it is not the record that link ${link.seq} of the chain speaks of`);
    const { attached } = Object.assign({ attached: null }, record);
    for (const [file, hashes] of Object.entries(attached ?? {}))
      await checkItems(file, new Set([hashes].flat()));
  }

  /** Some items may no longer be kept, but what is there must be what the record holds the hash of. */
  async function checkItems(file: string, hashes: ReadonlySet<unknown>): Promise<void> {
    const items = files.has(file) ? jsonOf(file) : [];
    if (items === undefined) return;
    const known = await Promise.all(
      [items].flat().map(async (item) => hashes.has(await seals.sha256(canonicalJson(item)))),
    );
    if (known.includes(false))
      tell(file, 'it holds something that the record of the incident does not speak of');
  }

  const manifest = jsonOf('manifest.json');
  if (manifest !== undefined && !isManifest(manifest)) tell('manifest.json', 'it is no list of a report');
  if (!isManifest(manifest)) return result;
  const { publicKey } = manifest.device;
  result.manifest = manifest;
  result.fingerprint = await seals.fingerprintOf(publicKey);
  const signature = files.get('manifest.sig');
  const signed = files.get('manifest.json') ?? new Uint8Array(0);
  if (signature === undefined) tell('manifest.sig', 'it is missing');
  else if (!(await seals.isSigned(publicKey, signed, signature)))
    tell('manifest.json or manifest.sig', 'the signature is not that of the device over this list');
  if (manifest.device.fingerprint !== result.fingerprint)
    tell('manifest.json', 'the fingerprint in it is not that of its key');
  await checkFiles(manifest);
  await checkChain(manifest);
  await checkArchive(publicKey);
  return result;
}
