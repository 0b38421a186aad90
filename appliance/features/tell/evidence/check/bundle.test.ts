import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import vm from 'node:vm';
import { deflateRawSync } from 'node:zlib';
import { type EvidenceWorld, evidenceWorld } from '../../../../testing/fakes/evidence-world.ts';
import type { DeviceKey } from '../device-key.ts';
import { makeDeviceKey } from '../device-key.ts';
import { attachmentsOf } from '../incident-record.ts';
import { makeBundle } from '../report/bundle.ts';
import { maskHome } from '../report/mask.ts';
import { gather, type ReportMatter } from '../report/matter.ts';
import { verifyPage } from '../report/verify-page.ts';
import { writeZip } from '../write-zip.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Manifest } from './check-bundle.ts';
import { readZip } from './read-zip.ts';
import { verifyArchive, verifyBundle } from './verify.ts';

let world: EvidenceWorld;
let matter: ReportMatter;
let key: DeviceKey;
let archive: Uint8Array;
let files: Map<string, Uint8Array>;

before(async () => {
  world = await evidenceWorld();
  await world.service.start();
  await world.service.stop();
  ({ key } = world.service.box);
  matter = await gather(world.context, world.service.box, 12);
  archive = await makeBundle(matter, key);
  ({ files } = await readZip(archive));
});
after(() => world.close());

const problemsOf = async (changed: Uint8Array) =>
  (await verifyArchive(changed)).problems.map(({ where, message }) => `${where}: ${message}`);
const bundleProblems = async (changed: Map<string, Uint8Array>) =>
  (await verifyBundle({ files: changed })).problems.map(({ where, message }) => `${where}: ${message}`);
/** The same files with some of them changed, added or (null) left out. */
const but = (change: Record<string, Uint8Array | null>) => {
  const changed = new Map(files);
  for (const [name, bytes] of Object.entries(change)) {
    if (bytes === null) changed.delete(name);
    else changed.set(name, bytes);
  }
  return changed;
};
const flipped = (bytes: Uint8Array, at: number, bits = 1) => {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ bits;
  return copy;
};
const entriesOf = (map: ReadonlyMap<string, Uint8Array>) =>
  [...map].map(([name, bytes]) => ({ name, bytes }));

test('a report is valid as it was made, packed and unpacked, and says whose it is', async () => {
  const packed = await verifyArchive(archive);
  assert.deepEqual(packed.problems, []);
  assert.equal(packed.fingerprint, key.fingerprint);
  assert.equal(packed.manifest?.incident, 12);
  assert.equal(packed.manifest?.isPreliminary, false);
  const unpacked = await verifyBundle({ files });
  assert.deepEqual(unpacked.problems, []);
  assert.equal(unpacked.checked, packed.checked);
  assert.ok(packed.checked > 16);
});

test('the same matter gives the same bytes', async () => {
  assert.deepEqual(Buffer.from(await makeBundle(matter, key)), Buffer.from(archive));
});

test('packed again by other means, with the same files, it is still valid', async () => {
  const again = await writeZip(entriesOf(files).reverse());
  assert.deepEqual(await problemsOf(again), []);
});

test('a changed byte in any file of it is found, and the file is named', async () => {
  for (const [name, bytes] of files) {
    for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const problems = await bundleProblems(but({ [name]: flipped(bytes, at) }));
      assert.ok(problems.length > 0, `${name} byte ${at}`);
      assert.ok(
        problems.some((text) => text.includes(name)),
        `${name} byte ${at}: ${problems}`,
      );
    }
  }
});

test('a changed byte anywhere in the archive is found', async () => {
  const detail = { ...matter.detail, captures: [] };
  const attachments = await attachmentsOf(matter.record, detail);
  const small = await makeBundle({ ...matter, detail, attachments, points: [] }, key);
  assert.deepEqual(await problemsOf(small), []);
  const undetected: number[] = [];
  const tail = small.length - 300; // the end record and the seal, byte by byte; the list of files is before them
  const list = tail - 1500;
  for (let at = 0; at < small.length; at += at < list ? 211 : at < tail ? 5 : 1) {
    if ((await problemsOf(flipped(small, at, 1 << (at % 8)))).length === 0) undetected.push(at);
  }
  assert.deepEqual(undetected, []);
});

test('an archive that was cut off is no archive, wherever it was cut', async () => {
  for (const length of [0, 1, 21, 22, 1000, archive.length / 2, archive.length - 120, archive.length - 1]) {
    const problems = await problemsOf(archive.slice(0, length));
    assert.match(problems[0] ?? '', /its end was cut off/, `${length} bytes`);
  }
});

test('files that are added, missing or renamed are named', async () => {
  assert.deepEqual(await bundleProblems(but({ 'data/more.csv': new Uint8Array(3) })), [
    'data/more.csv: it does not belong to this report: the signed list does not name it',
  ]);
  assert.deepEqual(await bundleProblems(but({ 'data/points.csv': null })), [
    'data/points.csv: it is missing',
  ]);
  const renamed = but({ 'data/points.csv': null, 'data/point.csv': files.get('data/points.csv') ?? null });
  assert.deepEqual((await bundleProblems(renamed)).length, 2);
  for (const name of ['manifest.json', 'manifest.sig', 'chain.json', 'data/incident.json'])
    assert.match(
      (await bundleProblems(but({ [name]: null })))[0] ?? '',
      new RegExp(`^${name}: it is missing`),
    );
});

/** The files with a changed one, listed and signed anew by some key: what a forger can do. */
async function forged(
  change: Record<string, string>,
  signer: DeviceKey,
  edit: (manifest: Manifest) => void = () => undefined,
) {
  const changed = but(
    Object.fromEntries(Object.entries(change).map(([name, text]) => [name, Buffer.from(text)])),
  );
  const manifest: Manifest = JSON.parse(Buffer.from(files.get('manifest.json') ?? []).toString());
  for (const file of manifest.files) {
    const bytes = changed.get(file.name) ?? new Uint8Array(0);
    file.size = bytes.length;
    file.sha256 = createHash('sha256').update(bytes).digest('hex');
  }
  manifest.device = { publicKey: signer.publicKey, fingerprint: signer.fingerprint };
  edit(manifest);
  const text = Buffer.from(canonicalJson(manifest));
  changed.set('manifest.json', text).set('manifest.sig', signer.sign(text));
  return changed;
}
const textOf = (name: string) => Buffer.from(files.get(name) ?? []).toString();

test('who changes the report and signs it with another key does not fit the chain', async () => {
  const folder = world.dataFolder;
  const stranger = await makeDeviceKey(`${folder}/stranger.key`);
  const page = textOf('report.html').replace('97 % certain', '99 % certain');
  const problems = await bundleProblems(await forged({ 'report.html': page }, stranger));
  assert.deepEqual(problems, ['chain.json: its last key is not the key that signed the report']);
});

test('who has the key and changes the incident afterwards does not fit the link', async () => {
  const incident = textOf('data/incident.json').replace('"verdict":"access"', '"verdict":"lan"');
  assert.match(
    (await bundleProblems(await forged({ 'data/incident.json': incident }, key)))[0] ?? '',
    /^data\/incident\.json: it is not the record that link 2/,
  );
  const captures = textOf('data/captures.json').replace('null', '20');
  assert.deepEqual(await bundleProblems(await forged({ 'data/captures.json': captures }, key)), [
    'data/captures.json: it holds something that the record of the incident does not speak of',
  ]);
});

test('links that were changed in a signed report are named', async () => {
  const chain = JSON.parse(textOf('chain.json'));
  const rewritten = (edit: (links: { payload: string; previous: string }[]) => void) => {
    const copy = structuredClone(chain);
    edit(copy.links);
    return forged({ 'chain.json': canonicalJson(copy) }, key);
  };
  const payload = await bundleProblems(
    await rewritten(([, link]) =>
      Object.assign(link ?? {}, { payload: link?.payload.replace('access', 'lan') }),
    ),
  );
  assert.ok(
    payload.some((text) => /^chain\.json, link 2 \(incident, .*its content is not what its hash/.test(text)),
    String(payload),
  );
  const gone = await bundleProblems(await rewritten((links) => links.splice(1, 1)));
  assert.ok(
    gone.includes('chain.json: the link of the incident is not the one that was signed'),
    String(gone),
  );
  const other = await bundleProblems(
    await forged({}, key, (manifest) => {
      manifest.incident = 13;
    }),
  );
  assert.deepEqual(other, ['chain.json: link 2 speaks of incident 12']);
});

test('what has another shape than a report is refused in words', async () => {
  const shapes = [
    '{}',
    '[]',
    'null',
    '{"format":"ist-report","version":1}',
    'no json',
    '{"a":1, "b":2}',
    '\ufeff{}',
  ];
  for (const text of shapes) {
    const problems = await bundleProblems(but({ 'manifest.json': Buffer.from(text) }));
    assert.match(problems[0] ?? '', /^manifest\.json: it is/, text);
  }
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  assert.match((await bundleProblems(but({ 'chain.json': Buffer.from(deep) }))).join(), /chain\.json/);
});

test('an anonymous report is valid, and says that its link cannot be compared word for word', async () => {
  const { manifest, problems } = await verifyArchive(await makeBundle(await maskHome(matter), key));
  assert.deepEqual(problems, []);
  assert.equal(manifest?.isAnonymous, true);
  assert.equal(manifest?.link?.seq, 2);
});

/** A ZIP with one entry, by hand. */
function zipOf(
  name: string,
  content: Uint8Array,
  facts: { method?: number; size?: number; count?: number } = {},
): Uint8Array {
  const { method = 0, size = content.length, count = 1 } = facts;
  const title = Buffer.from(name);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(method, 8);
  local.writeUInt32LE(content.length, 18);
  local.writeUInt32LE(size, 22);
  local.writeUInt16LE(title.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt32LE(content.length, 20);
  entry.writeUInt32LE(size, 24);
  entry.writeUInt16LE(title.length, 28);
  const at = 30 + title.length + content.length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE((46 + title.length) * count, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([local, title, content, ...Array(count).fill(Buffer.concat([entry, title])), end]);
}

test('names that lead out of the archive are refused', async () => {
  for (const name of [
    '../device.key',
    '/etc/passwd',
    'data/../../x',
    'data\\..\\x',
    'C:x',
    'a//b',
    './a',
    'a\0b',
    '',
  ])
    await assert.rejects(
      readZip(zipOf(name, new Uint8Array(1))),
      { message: /leads out of the archive/ },
      JSON.stringify(name),
    );
  assert.deepEqual([...(await readZip(zipOf('data/', new Uint8Array(0)))).files], []);
  assert.deepEqual(
    [...(await readZip(zipOf('data/a..b.csv', new Uint8Array(1)))).files.keys()],
    ['data/a..b.csv'],
  );
});

test('an archive that unpacks to more than it says, or than a report has, is refused before it does', async () => {
  const bomb = deflateRawSync(Buffer.alloc(50_000_000));
  await assert.rejects(readZip(zipOf('a', bomb, { method: 8, size: 1000 })), {
    where: 'a',
    message: /more than it says/,
  });
  await assert.rejects(readZip(zipOf('a', bomb, { method: 8, size: 2 ** 31 })), {
    message: /more than 128 MB/,
  });
  await assert.rejects(readZip(zipOf('a', bomb, { method: 8, size: 50_000_001 })), {
    message: /less than it says/,
  });
  await assert.rejects(readZip(zipOf('a', bomb, { method: 0, size: 2 ** 20 })), {
    message: /its size is not/,
  });
  await assert.rejects(readZip(zipOf('a', bomb, { method: 12 })), { message: /unknown way/ });
  await assert.rejects(readZip(zipOf('a', new Uint8Array(9), { count: 2 })), { message: /there twice/ });
  await assert.rejects(readZip(zipOf('a', new Uint8Array(9), { count: 60_000 })), { message: /60000 files/ });
});

test('verify.html holds the same checks, needs nothing of this program and no network', async () => {
  const page = verifyPage();
  const script = /<script>([\s\S]*)<\/script>/.exec(page)?.[1] ?? '';
  assert.doesNotMatch(page.replaceAll(/xmlns="[^"]*"/g, ''), /https?:\/\//);
  assert.doesNotMatch(script, /\b(import|require|fetch|process|Buffer)\b\s*[(.]/);
  const web = {
    crypto,
    TextEncoder,
    TextDecoder,
    DecompressionStream,
    Blob,
    atob,
    btoa,
    Uint8Array,
    DataView,
  };
  const sandbox = vm.createContext({
    ...web,
    document: {
      getElementById: () => ({
        replaceChildren: () => undefined,
        append: () => undefined,
        addEventListener: () => undefined,
      }),
      createElement: () => ({}),
    },
  });
  vm.runInContext(
    `${script}; globalThis.check = async (bytes) => {
    const { files, sealed, comment } = await readZip(bytes);
    return checkBundle({ files, archive: { sealed, comment } }, tools);
  };`,
    sandbox,
  );
  const { check } = sandbox as unknown as { check: typeof verifyArchive }; // put there by the script above
  const valid = await check(archive);
  assert.equal(valid.problems.length, 0);
  assert.equal(valid.fingerprint, key.fingerprint);
  const other = await check(await writeZip(entriesOf(but({ 'report.html': Buffer.from('other') }))));
  assert.match(other.problems[0]?.where ?? '', /report\.html/);
});
