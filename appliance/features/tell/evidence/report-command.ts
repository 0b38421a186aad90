import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { Command, CommandContext, ServiceClient } from '../../../core/feature.ts';
import { readZip } from './check/read-zip.ts';
import { chainText, verifyArchive, verifyChainText } from './check/verify.ts';
import type { ChainLink, ChainPage, ChainState } from './schema.ts';

const pageLinks = 1000;
/** Three hundred years of hours; what answers more is no chain. */
const maxLinks = 3_000_000;

const evidence: Command = {
  name: 'evidence',
  summary: 'write the signed evidence of an incident: a page to read, the data, and what proves both',
  options: [
    { flags: '-i, --incident <number>', description: 'which incident (ist incidents lists them)' },
    {
      flags: '-o, --out <path>',
      description: 'a file that ends in .zip, or a folder (default: ist-incident-N.zip)',
    },
    { flags: '--anonymous', description: 'mask the last parts of the addresses of the home' },
  ],
  async run({ options, client, terminal }) {
    const id = readIncident(options.incident);
    const out = typeof options.out === 'string' ? options.out : `ist-incident-${id}.zip`;
    terminal.progress('Collecting the evidence …');
    const query = options.anonymous === true ? '?anonymous=true' : '';
    const archive = await client.bytes(`/api/incidents/${id}/report${query}`);
    const { manifest, problems, fingerprint } = await verifyArchive(archive);
    if (manifest === null || problems.length > 0) {
      const [{ where, message } = { where: 'the report', message: 'it is empty' }] = problems;
      throw new AppError(
        'REPORT_INVALID',
        `The service sent a report that does not verify: ${where}: ${message}.`,
      );
    }
    const path = resolve(out);
    await (out.endsWith('.zip') ? save(path, archive) : unpack(path, archive));
    const { isPreliminary, isAnonymous } = manifest;
    if (terminal.isJson) {
      terminal.json({ path, bytes: archive.length, incident: id, isPreliminary, isAnonymous, fingerprint });
      return 0;
    }
    terminal.line(`The evidence of incident ${id} is in ${path}.`);
    if (isPreliminary)
      terminal.line('Preliminary: the incident is open or has just ended, and is not in the chain yet.');
    terminal.line(`It is signed by ${fingerprint}. Check it with: ist verify ${out}`);
    return 0;
  },
};

const chain: Command = {
  name: 'chain',
  summary: 'write the whole chain into a file',
  options: [{ flags: '-o, --out <file>', description: 'where to', default: 'ist-chain.json' }],
  async run({ options, client, terminal }) {
    terminal.progress('Reading the chain …');
    const text = chainText(await allLinks(client));
    const { isValid, checked, fingerprint, problems } = await verifyChainText(text);
    const path = resolve(String(options.out));
    await save(path, Buffer.from(text));
    if (terminal.isJson) terminal.json({ path, isValid, links: checked, fingerprint, problems });
    else {
      terminal.line(`The chain is in ${path}: ${links(checked)}, signed by ${fingerprint ?? 'nobody'}.`);
      for (const { where, message } of problems) terminal.error(`${where}: ${message}.`);
    }
    return isValid ? 0 : 1;
  },
};

export const report: Command = {
  name: 'report',
  summary: 'show the chain of evidence, or write reports that prove what happened',
  commands: [evidence, chain],
  run: showChain,
};

async function showChain({ client, terminal }: CommandContext): Promise<number> {
  const state = await client.get<ChainState>('/api/evidence');
  if (terminal.isJson) terminal.json(state);
  else {
    const checked =
      state.isIntact === null
        ? 'not checked since the start'
        : state.isIntact
          ? 'intact when it was last checked'
          : 'broken';
    terminal.line(`The chain has ${links(state.length)}, ${checked}.`);
    if (state.fingerprint !== '') terminal.line(`Device key: ${state.fingerprint} (since ${state.madeAt}).`);
    if (state.problem !== null) terminal.line(state.problem);
    terminal.line('The evidence of an incident: ist report evidence --incident NUMBER');
  }
  return state.problem === null ? 0 : 1;
}

const links = (count: number) => (count === 1 ? '1 link' : `${count} links`);

async function allLinks(client: ServiceClient): Promise<ChainLink[]> {
  const all: ChainLink[] = [];
  for (let from: number | null = 1; from !== null && all.length < maxLinks; ) {
    // Not `get`, which strips what a terminal must not show: the bytes of a link are what is signed.
    const bytes = await client.bytes(`/api/evidence/chain?from=${from}&limit=${pageLinks}`);
    const page = JSON.parse(Buffer.from(bytes).toString()) as ChainPage; // the service's schema vouches for it
    all.push(...page.links);
    from = page.next;
  }
  return all;
}

function readIncident(text: string | boolean | undefined): number {
  const id = Number(text);
  if (typeof text === 'string' && Number.isSafeInteger(id) && id > 0) return id;
  const given = typeof text !== 'string' ? 'is missing' : `is ${text}`;
  throw new AppError('USAGE', `--incident ${given}; it takes the number of an incident, see ist incidents.`, {
    status: 400,
  });
}

async function save(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  } catch (cause) {
    throw new AppError('FILE_UNWRITABLE', `Cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** `readZip` refuses names that lead out of the folder. */
async function unpack(folder: string, archive: Uint8Array): Promise<void> {
  const { files } = await readZip(archive);
  for (const [name, bytes] of files) await save(join(folder, name), bytes);
}
