import { canonicalJson } from '../check/canonical-json.ts';
import { checkBundle } from '../check/check-bundle.ts';
import { walkChain } from '../check/check-chain.ts';
import { readZip } from '../check/read-zip.ts';
import { createSeals } from '../check/seals.ts';
import { html, Markup } from './markup.ts';
import { pageStyle } from './page-style.ts';

/** The part of a page that this script touches. */
interface Page {
  getElementById(id: string): PageElement;
  createElement(name: string): PageElement;
}
interface PageElement {
  textContent: string;
  className: string;
  files: Iterable<{ name: string; webkitRelativePath: string; arrayBuffer(): Promise<ArrayBuffer> }>;
  append(...elements: PageElement[]): void;
  replaceChildren(): void;
  addEventListener(name: string, listener: (event: PageEvent) => void): void;
}
interface PageEvent {
  preventDefault(): void;
  dataTransfer: Pick<PageElement, 'files'> | null;
}

/** What runs in verify.html. Refers to nothing but its parameters: the page carries its source. */
function runVerifier(
  document: Page,
  tools: Parameters<typeof checkBundle>[1],
  open: typeof readZip,
  check: typeof checkBundle,
): void {
  const place = (id: string) => document.getElementById(id);

  function say(kind: 'good' | 'bad' | 'unknown', title: string, lines: readonly string[]): void {
    const result = place('result');
    result.replaceChildren();
    result.className = kind;
    for (const [index, text] of [title, ...lines].entries()) {
      const line = document.createElement(index === 0 ? 'h2' : 'p');
      line.textContent = text;
      result.append(line);
    }
  }

  async function read(files: PageElement['files']): Promise<Parameters<typeof checkBundle>[0]> {
    const given = [...files];
    const [first] = given;
    if (given.length === 1 && first !== undefined) {
      const { files: unpacked, sealed, comment } = await open(new Uint8Array(await first.arrayBuffer()));
      return { files: unpacked, archive: { sealed, comment } };
    }
    const read = await Promise.all(
      given.map(async (file): Promise<[string, Uint8Array]> => {
        // A chosen folder gives "folder/data/points.csv".
        const name = file.webkitRelativePath.split('/').slice(1).join('/') || file.name;
        return [name, new Uint8Array(await file.arrayBuffer())];
      }),
    );
    return { files: new Map(read) };
  }

  async function verify(files: PageElement['files']): Promise<void> {
    say('unknown', 'Checking …', []);
    try {
      const { manifest, problems, checked, fingerprint, formerKeys } = await check(await read(files), tools);
      const lines = problems.map(({ where, message }) => `${where}: ${message}.`);
      if (manifest === null || problems.length > 0)
        return say('bad', 'This report is not as it was signed.', lines);
      say('good', 'Valid. Nothing was changed since the device signed it.', [
        `Incident ${manifest.incident} at ${manifest.site}, signed ${manifest.madeAt}; ${checked} files and links checked.`,
        manifest.isPreliminary
          ? 'Preliminary: the incident was not in the chain yet.'
          : `The incident is link ${manifest.link?.seq} of the chain of this device.`,
        ...(manifest.isAnonymous
          ? ['Addresses of the home are masked, so the link cannot be compared word for word.']
          : []),
        ...(manifest.isDemo ? ['Demonstration: what it reports was simulated.'] : []),
        `Signed by ${fingerprint}. Compare this with the fingerprint that the device shows.`,
        ...formerKeys.map((former) => `Before that the device had the key ${former}, so its chain says.`),
      ]);
    } catch (error) {
      const told = Object.assign({ where: 'the files', message: 'they cannot be read' }, error);
      say('bad', 'This is no report that can be checked.', [`${told.where}: ${told.message}.`]);
    }
  }

  async function start(): Promise<void> {
    if (!(await tools.seals.isAble()))
      return say('unknown', 'This browser cannot check signatures of this kind (Ed25519).', [
        'Use Chrome or Edge from version 137, Firefox from 129 or Safari from 17 on, or: ist verify FILE.',
      ]);
    for (const id of ['archive', 'folder'])
      place(id).addEventListener('change', () => void verify(place(id).files));
    place('page').addEventListener('dragover', (event) => event.preventDefault());
    place('page').addEventListener('drop', (event) => {
      event.preventDefault();
      if (event.dataTransfer !== null) void verify(event.dataTransfer.files);
    });
    say('unknown', 'Choose a report, or drop it here.', []);
  }

  void start();
}

const ownStyle = `
.good, .bad, .unknown { padding: .6rem 1rem; border-radius: 6px; background: var(--ground) }
.good { background: #e0f2ef } .bad { background: var(--shade) }
h2 { margin: 0 } label { display: block; margin: .75rem 0 }
`;

/** A page that checks reports without a network: the checks of this program, as they run here, in one file. */
export function verifyPage(): string {
  const script = `const canonicalJson = ${sourceOf(canonicalJson)};
const seals = (${sourceOf(createSeals)})();
const walkChain = ${sourceOf(walkChain)};
const readZip = ${sourceOf(readZip)};
const checkBundle = ${sourceOf(checkBundle)};
const tools = { canonicalJson, seals, walk: (isWhole) => walkChain(canonicalJson, seals, isWhole) };
(${sourceOf(runVerifier)})(document, tools, readZip, checkBundle);`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<title>Check a report</title>
<style>${new Markup(pageStyle + ownStyle)}</style>
</head>
<body id="page">
<header><h1>Check a report of the Internet Stability Tracker</h1></header>
<main>
<p>The report stays on this computer; this page has no access to any network.</p>
<label>The archive: <input id="archive" type="file" accept=".zip,application/zip"></label>
<label>Or the folder it was unpacked to: <input id="folder" type="file" webkitdirectory multiple></label>
<div id="result" class="unknown" role="status"><h2>This page needs JavaScript.</h2></div>
</main>
<script>
${new Markup(script)}
</script>
</body>
</html>
`.text;
}

/** The function as text; `</` would end the script. */
function sourceOf(fn: (...parameters: never[]) => unknown): string {
  return String(fn).replaceAll('</', '<\\/');
}
