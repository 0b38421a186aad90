/** verify.html of a report, opened from disk in a real browser without a network. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { readZip } from '../../appliance/features/tell/evidence/check/read-zip.ts';
import { makeBundle } from '../../appliance/features/tell/evidence/report/bundle.ts';
import { gather } from '../../appliance/features/tell/evidence/report/matter.ts';
import { evidenceWorld } from '../../appliance/testing/fakes/evidence-world.ts';
import { desktop } from './browser.ts';
import { openBrowser } from './shared-browser.ts';

let folder: string;
let fingerprint: string;
let browser: Awaited<ReturnType<typeof openBrowser>>;
const inFolder = (name: string) => join(folder, name);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ist-verify-'));
  const world = await evidenceWorld();
  await world.service.start();
  await world.service.stop();
  const { box } = world.service;
  const archive = await makeBundle(await gather(world.context, box, 12), box.key);
  ({ fingerprint } = box.key);
  await world.close();
  await writeFile(inFolder('report.zip'), archive);
  const changed = Buffer.from(archive);
  changed.writeUInt8(changed.readUInt8(5000) ^ 1, 5000);
  await writeFile(inFolder('changed.zip'), changed);
  for (const [name, bytes] of (await readZip(archive)).files) {
    await mkdir(dirname(inFolder(`unpacked/${name}`)), { recursive: true });
    await writeFile(inFolder(`unpacked/${name}`), bytes);
  }
  browser = await openBrowser(desktop);
});
after(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

async function openFile(name: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('request', (request) => {
    if (!/^(file|blob|data):/.test(request.url())) complaints.push(request.url());
  });
  await page.goto(pathToFileURL(inFolder(name)).href);
  return { page, complaints };
}

const resultOf = async (page: Page, kind: 'good' | 'bad') => {
  await page.locator(`#result.${kind}`).waitFor();
  return page.locator('#result').innerText();
};

test('a report is found valid, and whose it is', async () => {
  const { page, complaints } = await openFile('unpacked/verify.html');
  await page.getByText('Choose a report, or drop it here.').waitFor();
  await page.setInputFiles('#archive', inFolder('report.zip'));
  const text = await resultOf(page, 'good');
  assert.match(text, /^Valid\./);
  assert.ok(text.includes(fingerprint));
  assert.deepEqual(complaints, []);
});

test('the folder it was unpacked to is found valid as well', async () => {
  const { page } = await openFile('unpacked/verify.html');
  await page.setInputFiles('#folder', inFolder('unpacked'));
  assert.match(await resultOf(page, 'good'), /link 2 of the chain/);
});

test('a changed byte is found, and the file is named', async () => {
  const { page } = await openFile('unpacked/verify.html');
  await page.setInputFiles('#archive', inFolder('changed.zip'));
  assert.match(await resultOf(page, 'bad'), /report\.html/);
});

test('what is no report is told from a changed one', async () => {
  const { page } = await openFile('unpacked/verify.html');
  await page.setInputFiles('#archive', inFolder('unpacked/chain.json'));
  assert.match(await resultOf(page, 'bad'), /no report that can be checked[\s\S]*no ZIP archive/);
});

test('the report itself opens from disk, asks for nothing and has one heading of its own', async () => {
  const { page, complaints } = await openFile('unpacked/report.html');
  assert.equal(await page.locator('h1').innerText(), 'The line to the provider was down for 1 min 35 s');
  assert.equal(await page.locator('svg').count(), 1);
  const isWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  assert.equal(isWide, false);
  assert.deepEqual(complaints, []);
});
