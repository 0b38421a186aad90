import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { AppError } from '../../../core/errors.ts';
import type { Command, CommandContext, ServiceClient } from '../../../core/feature.ts';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import { type EvidenceWorld, evidenceWorld } from '../../../testing/fakes/evidence-world.ts';
import { bareLink } from './chain-table.ts';
import { canonicalJson } from './check/canonical-json.ts';
import { makeBundle } from './report/bundle.ts';
import { maskHome } from './report/mask.ts';
import { gather } from './report/matter.ts';
import { report } from './report-command.ts';
import { verify } from './verify-command.ts';

let world: EvidenceWorld;
let archive: Uint8Array;
let anonymous: Uint8Array;
let fingerprint: string;
const asked: string[] = [];

before(async () => {
  world = await evidenceWorld();
  await world.service.start();
  await world.service.stop();
  const { box } = world.service;
  const matter = await gather(world.context, box, 12);
  archive = await makeBundle(matter, box.key);
  anonymous = await makeBundle(await maskHome(matter), box.key);
  ({ fingerprint } = box.key);
});
after(() => world.close());

/** Answers what the routes answer, two links a page. */
const client = {
  async get(path: string) {
    asked.push(path);
    return world.service.chain();
  },
  async send(method: string, path: string) {
    asked.push(`${method} ${path}`);
    return world.again().box.check(new AbortController().signal);
  },
  async bytes(path: string) {
    asked.push(path);
    const from = /from=(\d+)/.exec(path)?.[1];
    if (from !== undefined) {
      const links = await world.service.box.table.page(Number(from), 2);
      const page = { links: links.slice(0, 1).map(bareLink), next: links[1]?.seq ?? null };
      return Buffer.from(JSON.stringify(page));
    }
    if (path.includes('/12/')) return path.includes('anonymous=true') ? anonymous : archive;
    throw new AppError('INCIDENT_UNKNOWN', 'There is no incident 13.', { status: 404 });
  },
} as unknown as ServiceClient; // these commands ask nothing else

const nobody = {
  send: () =>
    Promise.reject(new AppError('SERVICE_UNREACHABLE', 'The service is not running.', { status: 503 })),
} as unknown as ServiceClient; // offline checks ask nothing

async function run(
  command: Command | undefined,
  words: readonly string[],
  options: CommandContext['options'] = {},
  with_: { isJson?: boolean; client?: ServiceClient } = {},
) {
  assert.ok(command);
  const terminal = createRecordingTerminal({ isJson: with_.isJson ?? false });
  const { signal } = new AbortController();
  const code = await command.run({
    arguments: words,
    options,
    client: with_.client ?? client,
    terminal,
    signal,
  });
  return { code, output: terminal.output, errors: terminal.errors };
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ist-report-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}
const evidence = report.commands?.find(({ name }) => name === 'evidence');
const chain = report.commands?.find(({ name }) => name === 'chain');

test('report evidence writes the archive, checked, and says who signed it', async (t) => {
  const out = join(await folder(t), 'new', 'report.zip');
  const { code, output } = await run(evidence, [], { incident: '12', out });
  assert.equal(code, 0);
  assert.deepEqual(await readFile(out), Buffer.from(archive));
  assert.match(output, new RegExp(fingerprint));
  assert.deepEqual(await run(verify, [out], {}, { client: nobody }).then((result) => result.code), 0);
});

test('report evidence unpacks into a folder, which verifies as well', async (t) => {
  const out = join(await folder(t), 'report');
  const { code, output } = await run(
    evidence,
    [],
    { incident: '12', out, anonymous: true },
    { isJson: true },
  );
  assert.equal(code, 0);
  assert.ok(asked.includes('/api/incidents/12/report?anonymous=true'));
  assert.deepEqual(JSON.parse(output), {
    path: out,
    bytes: anonymous.length,
    incident: 12,
    isPreliminary: false,
    isAnonymous: true,
    fingerprint,
  });
  assert.ok((await readdir(join(out, 'data'))).includes('incident.json'));
  assert.equal((await run(verify, [out], {}, { client: nobody })).code, 0);
  await writeFile(join(out, 'data', 'points.csv'), 'at\n');
  const changed = await run(verify, [out], {}, { client: nobody });
  assert.equal(changed.code, 1);
  assert.match(changed.output, /data\/points\.csv: it has 3 bytes, and had \d+ when it was signed/);
});

test('a wrong incident is a usage error before or after asking', async () => {
  for (const incident of [undefined, 'x', '0', '-1', '1.5', true])
    await assert.rejects(run(evidence, [], { incident }), {
      code: 'USAGE',
      status: 400,
      message: /--incident/,
    });
  await assert.rejects(run(evidence, [], { incident: '13' }), { code: 'INCIDENT_UNKNOWN' });
});

test('report chain reads every page of the chain and writes what verify takes', async (t) => {
  const out = join(await folder(t), 'chain.json');
  const { code, output } = await run(chain, [], { out });
  assert.equal(code, 0);
  assert.match(output, /chain\.json: 2 links, signed by/);
  const verified = await run(verify, [out], {}, { client: nobody });
  assert.equal(verified.code, 0);
  await writeFile(out, (await readFile(out, 'utf8')).replace('"seq":2', '"seq":3'));
  const broken = await run(verify, [out], {}, { isJson: true, client: nobody });
  assert.equal(broken.code, 1);
  assert.match(JSON.parse(broken.output).problems[0].where, /link 3/);
});

test('the bare report shows the chain', async () => {
  const { code, output } = await run(report, []);
  assert.equal(code, 0);
  assert.match(output, /The chain has 2 links/);
  assert.match(output, new RegExp(fingerprint));
});

test('verify compares with the key that was expected, in any way of writing it', async (t) => {
  const file = join(await folder(t), 'a.zip');
  await writeFile(file, archive);
  for (const key of [
    fingerprint,
    fingerprint.toLowerCase(),
    fingerprint.replaceAll('-', ''),
    fingerprint.replaceAll('-', ':'),
  ])
    assert.equal((await run(verify, [file], { key }, { client: nobody })).code, 0, key);
  const other = fingerprint.startsWith('0') ? fingerprint.replace('0', '1') : fingerprint.replace(/./, '0');
  const { code, output } = await run(verify, [file], { key: other }, { client: nobody });
  assert.equal(code, 1);
  assert.match(output, /the key: it was signed by .*, not by the key that was expected/);
  await assert.rejects(run(verify, [file], { key: 'abc' }), { code: 'USAGE', status: 400 });
});

test('verify names a changed file, and says in JSON what the API would', async (t) => {
  const file = join(await folder(t), 'a.zip');
  const changed = Buffer.from(archive);
  changed.writeUInt8(changed.readUInt8(5000) ^ 1, 5000);
  await writeFile(file, changed);
  const { code, output } = await run(verify, [file], {}, { isJson: true, client: nobody });
  assert.equal(code, 1);
  const result = JSON.parse(output);
  assert.deepEqual(Object.keys(result), ['isValid', 'checked', 'fingerprint', 'problems']);
  assert.equal(result.isValid, false);
  assert.equal(result.problems[0].where, 'report.html');
});

test('verify of what is no report says so, and a file that is not there is a usage error', async (t) => {
  const data = await folder(t);
  await writeFile(join(data, 'a.zip'), 'PK not really');
  await writeFile(join(data, 'a.json'), '{"a":1}');
  assert.match((await run(verify, [join(data, 'a.zip')])).output, /no ZIP archive/);
  assert.match((await run(verify, [join(data, 'a.json')])).output, /no chain of this product/);
  assert.equal((await run(verify, [data])).code, 1);
  await assert.rejects(run(verify, [join(data, 'none')]), { status: 404, message: /none/ });
});

test('what a hostile file says cannot drive the terminal', async (t) => {
  const file = join(await folder(t), 'chain.json');
  const link = {
    at: '\u001b[2J\u202e',
    hash: '0'.repeat(64),
    kind: 'gap',
    payload: '',
    previous: '0'.repeat(64),
    seq: 1,
    signature: '',
  };
  await writeFile(file, canonicalJson({ format: 'ist-chain', links: [link], version: 1 }));
  const { code, output } = await run(verify, [file]);
  assert.equal(code, 1);
  assert.match(output, /link 1 \(gap, \ufffd\[2J\ufffd\)/);
});

test('verify without a file asks the service to check its own chain', async () => {
  const { code, output } = await run(verify, []);
  assert.equal(code, 0);
  assert.ok(asked.includes('POST /api/evidence/verify'));
  assert.match(output, /The chain of this device is as it was signed/);
  await assert.rejects(run(verify, [], {}, { client: nobody }), { code: 'SERVICE_UNREACHABLE' });
});
