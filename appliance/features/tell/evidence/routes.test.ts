import assert from 'node:assert/strict';
import { get } from 'node:http';
import { type TestContext, test } from 'node:test';
import { startTestServer } from '../../../http/testing.ts';
import { evidenceWorld } from '../../../testing/fakes/evidence-world.ts';
import { verifyArchive } from './check/verify.ts';
import { evidence } from './index.ts';

async function serve(t: TestContext) {
  const world = await evidenceWorld();
  const parts = evidence.setup?.(world.context) ?? {};
  const caughtUp = new Promise<void>((fulfil) => {
    world.fake.bus.on('chain.extended', ({ kind }) => kind === 'incident' && fulfil());
  });
  await parts.start?.(new AbortController().signal);
  await caughtUp;
  t.after(async () => {
    await parts.stop?.();
    await world.close();
  });
  const { port } = await startTestServer(t, {
    routes: [...(parts.routes ?? [])],
    metrics: [...(parts.metrics ?? [])],
  });
  const ask = (path: string, method = 'GET') =>
    new Promise<{ status: number; type: string; disposition: string; bytes: Buffer }>((fulfil, reject) => {
      const request = get({ port, path, method, agent: false }, async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk);
        const { 'content-type': type = '', 'content-disposition': disposition = '' } = answer.headers;
        fulfil({ status: answer.statusCode ?? 0, type, disposition, bytes: Buffer.concat(chunks) });
      });
      request.on('error', reject);
    });
  const json = async (path: string, method?: string) =>
    JSON.parse((await ask(path, method)).bytes.toString());
  return { ask, json, parts };
}

test('the report comes as an archive that verifies, or as a page', async (t) => {
  const { ask } = await serve(t);
  const archive = await ask('/api/incidents/12/report');
  assert.equal(archive.type, 'application/zip');
  assert.equal(archive.disposition, 'attachment; filename="ist-incident-12.zip"');
  assert.deepEqual((await verifyArchive(archive.bytes)).problems, []);
  const masked = await verifyArchive((await ask('/api/incidents/12/report?anonymous=true')).bytes);
  assert.equal(masked.manifest?.isAnonymous, true);
  const page = await ask('/api/incidents/12/report?format=html');
  assert.match(page.type, /^text\/html/);
  assert.equal(page.disposition, '');
  assert.match(page.bytes.toString(), /^<!doctype html>/);
});

test('an incident that is not there is an error that names it', async (t) => {
  const { ask, json } = await serve(t);
  assert.equal((await ask('/api/incidents/99/report')).status, 404);
  assert.equal((await json('/api/incidents/99/report')).error.code, 'INCIDENT_UNKNOWN');
  assert.equal((await ask('/api/incidents/12/report?format=pdf')).status, 400);
  assert.equal((await ask('/api/incidents/x/report')).status, 400);
});

test('the chain is told, paged and checked', async (t) => {
  const { json, parts } = await serve(t);
  const state = await json('/api/evidence');
  assert.equal(state.isIntact, null);
  assert.match(state.fingerprint, /^[0-9A-F-]{39}$/);
  const first = await json('/api/evidence/chain?limit=1');
  assert.deepEqual([first.links.length, first.links[0].kind, first.next], [1, 'genesis', 2]);
  const rest = await json(`/api/evidence/chain?from=${first.next}`);
  assert.equal(rest.next, null);
  const checked = await json('/api/evidence/verify', 'POST');
  assert.deepEqual(checked, {
    isValid: true,
    checked: state.length,
    fingerprint: state.fingerprint,
    problems: [],
  });
  assert.equal((await json('/api/evidence')).isIntact, true);
  const values = Object.fromEntries(
    (parts.metrics ?? []).map(({ name, collect }) => [name, collect()[0]?.value]),
  );
  assert.deepEqual(values, { evidence_chain_length: state.length, evidence_chain_intact: 1 });
});
