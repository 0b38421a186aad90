import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { Command, Terminal } from '../../../core/feature.ts';
import type { CheckedBundle, Manifest } from './check/check-bundle.ts';
import { verifyArchive, verifyBundle, verifyChainText } from './check/verify.ts';
import type { VerifyResult } from './schema.ts';

const maxBytes = 512 * 1024 * 1024;
const maxFiles = 200;

/** What was checked, and what of it a person wants to read beside the result. */
interface Verified extends VerifyResult {
  manifest?: Manifest | null;
  formerKeys?: string[];
}

export const verify: Command = {
  name: 'verify',
  arguments: '[file]',
  summary:
    'check a report (ZIP or folder) or an exported chain, without service and network; or the own chain',
  options: [
    {
      flags: '-k, --key <fingerprint>',
      description: 'the key that must have signed it, as its device shows it',
    },
  ],
  async run({ arguments: [file], options, client, terminal }) {
    const expected = readKey(options.key);
    if (file === undefined) terminal.progress('Checking every link of the chain …');
    const found: Verified =
      file === undefined
        ? await client.send<VerifyResult>('POST', '/api/evidence/verify')
        : await verifyPath(file);
    const verified = expected === null ? found : requireKey(found, expected);
    if (terminal.isJson) {
      const { isValid, checked, fingerprint, problems } = verified;
      terminal.json({ isValid, checked, fingerprint, problems });
    } else print(verified, file ?? 'The chain of this device', terminal);
    return verified.isValid ? 0 : 1;
  },
};

async function verifyPath(path: string): Promise<Verified> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new AppError('FILE_UNREADABLE', `Cannot read ${path}: ${messageOf(cause)}`, { status: 404, cause });
  });
  if (facts.isDirectory()) return resultOf(await verifyBundle({ files: await readFolder(path) }));
  if (facts.size > maxBytes)
    throw new AppError(
      'FILE_TOO_LARGE',
      `${path} has more than ${maxBytes / 1024 / 1024} MB: it is no report.`,
      {
        status: 400,
      },
    );
  const bytes = await readFile(path);
  return bytes[0] === 0x7b || path.endsWith('.json')
    ? verifyChainText(bytes.toString())
    : resultOf(await verifyArchive(bytes));
}

function resultOf(checked: CheckedBundle): Verified {
  return { ...checked, isValid: checked.manifest !== null && checked.problems.length === 0 };
}

/** Regular files only: a link would lead out of the folder. */
async function readFolder(folder: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  if (files.length > maxFiles)
    throw new AppError('FOLDER_TOO_LARGE', `${folder} holds ${files.length} files: it is no report.`, {
      status: 400,
    });
  const read = new Map<string, Uint8Array>();
  let room = maxBytes;
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name);
    room -= (await lstat(path)).size;
    if (room < 0)
      throw new AppError('FOLDER_TOO_LARGE', `${folder} holds more than ${maxBytes / 1024 / 1024} MB.`, {
        status: 400,
      });
    read.set(relative(folder, path), entry.isFile() ? await readFile(path) : new Uint8Array(0));
  }
  return read;
}

/** The fingerprint in capital digits, or null when none was asked for. */
function readKey(text: string | boolean | undefined): string | null {
  if (text === undefined) return null;
  const digits = String(text)
    .toUpperCase()
    .replaceAll(/[\s:-]/g, '');
  if (/^[0-9A-F]{32}$/.test(digits)) return digits;
  throw new AppError(
    'USAGE',
    `--key ${String(text)} is no fingerprint: eight groups of four digits and letters.`,
    {
      status: 400,
    },
  );
}

function requireKey(verified: Verified, expected: string): Verified {
  if (verified.fingerprint?.replaceAll('-', '') === expected) return verified;
  const message = `it was signed by ${verified.fingerprint ?? 'nobody'}, not by the key that was expected`;
  return { ...verified, isValid: false, problems: [...verified.problems, { where: 'the key', message }] };
}

function print(
  { isValid, checked, fingerprint, formerKeys = [], problems, manifest }: Verified,
  what: string,
  terminal: Terminal,
): void {
  const { draw } = terminal;
  terminal.line(
    isValid
      ? `${draw.shape('up')} ${what} is as it was signed: ${checked} ${manifest ? 'files and links' : checked === 1 ? 'link' : 'links'} checked.`
      : `${draw.shape('down')} ${what} is not as it was signed.`,
  );
  for (const { where, message } of problems) terminal.line(plain(`  ${where}: ${message}.`));
  if (manifest) {
    const { incident, site, madeAt, isPreliminary, isAnonymous, isDemo, link } = manifest;
    const place =
      isPreliminary || link === null ? 'not in the chain yet (preliminary)' : `link ${link.seq} of the chain`;
    terminal.line(plain(`Incident ${incident} at ${site}, ${place}; report made ${madeAt}.`));
    if (isAnonymous)
      terminal.line('Addresses of the home are masked, so the link cannot be compared word for word.');
    if (isDemo) terminal.line('Demonstration: what it reports was simulated.');
  }
  if (fingerprint !== null) terminal.line(`Signed by ${fingerprint}`);
  for (const former of formerKeys)
    terminal.line(
      `Before that the device had the key ${former}, so its chain says; compare the new one above.`,
    );
}

/** A file from somewhere must not drive the terminal: no controls, no invisible letters. */
const plain = (text: string) => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\ufffd');
