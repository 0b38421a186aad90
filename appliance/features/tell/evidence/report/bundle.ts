import { createHash } from 'node:crypto';
import { canonicalJson } from '../check/canonical-json.ts';
import type { Manifest } from '../check/check-bundle.ts';
import { chainText } from '../check/verify.ts';
import { type DeviceKey, publicKeyPem } from '../device-key.ts';
import { type Seal, writeZip, type ZipFile } from '../write-zip.ts';
import { dataFiles } from './data-files.ts';
import type { ReportMatter } from './matter.ts';
import { reportPage } from './page.ts';
import { verifyPage } from './verify-page.ts';

const sealPrefix = 'ist-seal:ed25519:';
const signatureBytes = 64;

/** The report as a signed archive. The same matter gives the same bytes. */
export async function makeBundle(matter: ReportMatter, key: DeviceKey): Promise<Uint8Array> {
  const texts = [
    { name: 'report.html', text: reportPage(matter) },
    { name: 'verify.html', text: verifyPage() },
    { name: 'chain.json', text: chainText(matter.links) },
    { name: 'device-key.pem', text: publicKeyPem(key.publicKey) },
    ...(await dataFiles(matter)),
  ];
  const files = texts.map(({ name, text }): ZipFile => ({ name, bytes: Buffer.from(text) }));
  const manifest = Buffer.from(canonicalJson(manifestOf(matter, files)));
  return writeZip(
    [
      ...files,
      { name: 'manifest.json', bytes: manifest },
      { name: 'manifest.sig', bytes: key.sign(manifest) },
    ],
    sealOf(key),
  );
}

function manifestOf(matter: ReportMatter, files: readonly ZipFile[]): Manifest {
  const { link, links } = matter;
  const head = links.at(-1) ?? null;
  return {
    format: 'ist-report',
    version: 1,
    serviceVersion: matter.serviceVersion,
    madeAt: matter.madeAt,
    site: matter.record.site,
    incident: matter.record.incident.id,
    isPreliminary: link === null,
    isAnonymous: matter.isAnonymous,
    isDemo: matter.isDemo,
    device: matter.device,
    link: link && { seq: link.seq, hash: link.hash },
    head: head && { seq: head.seq, hash: head.hash },
    files: files
      .map(({ name, bytes }) => ({
        name,
        size: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Speaks for the packing itself, so that not one byte of the archive can be another one. */
function sealOf(key: DeviceKey): Seal {
  return {
    length: sealPrefix.length + Math.ceil(signatureBytes / 3) * 4,
    over(sealed) {
      const hash = createHash('sha256').update(sealed).digest('hex');
      return sealPrefix + Buffer.from(key.sign(Buffer.from(`ist-archive:${hash}`))).toString('base64');
    },
  };
}
