import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { nobody } from '../core/access.ts';
import { ask, startTestServer } from './testing.ts';

async function withFiles(context: TestContext) {
  const bench = await startTestServer(context);
  const web = join(bench.folder, 'web');
  mkdirSync(join(web, 'assets'), { recursive: true });
  const script = 'console.log("ist");'.repeat(50);
  writeFileSync(join(web, 'index.html'), '<!doctype html><title>ist</title>');
  writeFileSync(join(web, 'assets/app-3f2a.js'), script);
  writeFileSync(join(web, 'assets/app-3f2a.js.br'), brotliCompressSync(script));
  writeFileSync(join(web, 'assets/app-3f2a.js.gz'), gzipSync(script));
  writeFileSync(join(web, 'manifest.webmanifest'), '{}');
  writeFileSync(join(web, '.secret'), 'no');
  writeFileSync(join(bench.folder, 'outside.txt'), 'no');
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    ask({ port: bench.port, path, headers, method });
  return { get, script };
}

test('a missing dashboard is explained in plain text', async (context) => {
  const { port } = await startTestServer(context);
  const answer = await ask({ port, path: '/' });
  assert.deepEqual([answer.status, answer.headers['content-type']], [503, 'text/plain; charset=utf-8']);
  assert.match(answer.text, /npm run build/);
});

test('every page path gives the page, asked about each time and cheap when unchanged', async (context) => {
  const { get } = await withFiles(context);
  for (const path of ['/', '/history', '/targets/gateway-ipv4', '/index.html']) {
    const page = await get(path);
    assert.deepEqual([page.status, page.headers['cache-control']], [200, 'no-cache'], path);
    assert.match(page.text, /<title>ist/);
    assert.match(String(page.headers['content-security-policy']), /script-src 'self'/);
    const again = await get(path, { 'if-none-match': String(page.headers.etag) });
    assert.deepEqual([again.status, again.text], [304, '']);
  }
  const head = await get('/', {}, 'HEAD');
  assert.deepEqual([head.status, head.text], [200, '']);
});

test('hashed files are kept for ever and sent compressed to those who take it', async (context) => {
  const { get, script } = await withFiles(context);
  const plain = await get('/assets/app-3f2a.js');
  assert.deepEqual([plain.text, plain.headers['content-encoding']], [script, undefined]);
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
  for (const [accepted, encoding] of [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
  ] as const) {
    const packed = await get('/assets/app-3f2a.js', { 'accept-encoding': accepted });
    assert.equal(packed.headers['content-encoding'], encoding);
    assert.match(String(packed.headers['content-type']), /javascript/);
    assert.match(String(packed.headers.vary), /accept-encoding/i);
    assert.ok(packed.text.length < script.length);
  }
});

test('missing files, hidden files and ways out of the folder are not found', async (context) => {
  const { get } = await withFiles(context);
  for (const path of [
    '/assets/missing-1.js',
    '/favicon.ico',
    '/.secret',
    '/../outside.txt',
    '/assets/../../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/assets/%2e%2e%2f%2e%2e%2foutside.txt',
    '/api/history',
    '/api',
    '/health/x',
  ]) {
    const answer = await get(path);
    assert.ok(answer.status === 404 || answer.status === 403, `${path} ${answer.status}`);
    assert.ok(answer.json.error?.code, path);
    assert.equal(answer.headers['cache-control'], 'no-store', path);
  }
});

test('the list of packages with their versions is for who may look at the box', async (context) => {
  const reader = { name: 'reader', check: () => ({ ...nobody, scopes: ['open', 'read'] as const }) };
  for (const [gates, status] of [
    [[], 401],
    [[reader], 200],
  ] as const) {
    const bench = await startTestServer(context, { gates });
    const web = join(bench.folder, 'web');
    mkdirSync(join(web, 'assets'), { recursive: true });
    for (const end of ['', '.br', '.gz']) writeFileSync(join(web, `packages.json${end}`), '{"service":[]}');
    const get = (path: string) => ask({ port: bench.port, path, headers: { 'accept-encoding': 'br' } });
    assert.equal((await get('/packages.json')).status, status);
    for (const path of [
      '/packages.json.br',
      '/packages.json.gz',
      '//packages.json',
      '/./packages.json',
      '/assets/../packages.json',
      '/%70ackages.json.br',
      '/%2570ackages.json',
      '/assets/..%2fpackages.json',
      '/.%2fpackages.json',
    ]) {
      const answer = await get(path);
      assert.ok(answer.status >= 400, `${path} ${answer.status}`);
      assert.doesNotMatch(answer.text, /service/, path);
    }
  }
});
