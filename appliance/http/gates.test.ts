import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { AppError } from '../core/errors.ts';
import { OwnNames, parseAuthority } from './own-names.ts';
import { ask, startTestServer, TickClock } from './testing.ts';

test('an authority is a name or an address with an optional port, and nothing else', () => {
  assert.deepEqual(parseAuthority('Ist.Local.:8080'), { name: 'ist.local', port: '8080' });
  assert.deepEqual(parseAuthority('[::1]:80'), { name: '::1', port: '80' });
  assert.deepEqual(parseAuthority('[0:0:0:0:0:0:0:1]'), { name: '::1', port: '' });
  assert.deepEqual(parseAuthority('[fe80::1%25eth0]'), { name: 'fe80::1', port: '' });
  for (const text of ['', 'a b', 'a@b', 'a:b', '::1', '[::1', 'a/b', 'a:123456', 'http://a']) {
    assert.equal(parseAuthority(text), null, text);
  }
});

test('names are read again when an unknown one is asked for, but not more often than every two seconds', () => {
  const clock = new TickClock();
  let now = 0;
  clock.monoMs = () => now;
  let reads = 0;
  const machine = ['ist'];
  const names = new OwnNames(clock, ['box.example'], () => {
    reads += 1;
    return machine;
  });
  assert.equal(names.has('ist'), true);
  assert.equal(names.has('box.example'), true);
  machine.push('192.0.2.9');
  assert.equal(names.has('192.0.2.9'), false);
  now = 2_500;
  assert.equal(names.has('192.0.2.9'), true);
  assert.equal(reads, 2);
});

test('foreign Host headers are refused with 421 whatever the path; our own names pass', async (context) => {
  const { port, server } = await startTestServer(context, {
    config: { host: '127.0.0.1', port: 0, allowedHosts: ['status.example.org'] },
  });
  const statusFor = async (host: string, path = '/health') =>
    (await ask({ port, path, headers: { host }, setHost: false })).status;
  for (const host of [
    'localhost',
    `localhost:${port}`,
    '127.0.0.1:8080',
    '[::1]:8080',
    hostname(),
    `${hostname().split('.')[0]}.local`,
    'Status.Example.Org',
  ]) {
    assert.equal(await statusFor(host), 200, host);
  }
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    'evil.example:8080',
    '198.51.100.7',
    'a b',
    '@',
  ]) {
    for (const path of ['/health', '/', '/api/live', '/api/nothing', '/metrics', '/assets/x.js']) {
      assert.equal(await statusFor(host, path), 421, `${host} ${path}`);
    }
  }
  server.setAllowedHosts([]);
  assert.equal(await statusFor('status.example.org'), 421);
});

test('requests made by other pages are refused with 403, also before a WebSocket opens', async (context) => {
  const { port } = await startTestServer(context, {
    config: { host: '127.0.0.1', port: 0, allowedHosts: ['status.example.org'] },
  });
  const statusFor = async (headers: Record<string, string>, path = '/health') =>
    (await ask({ port, path, headers: { host: `localhost:${port}`, ...headers } })).status;
  assert.equal(await statusFor({ origin: `http://localhost:${port}` }), 200);
  assert.equal(await statusFor({ origin: 'https://status.example.org' }), 200);
  assert.equal(await statusFor({ 'sec-fetch-site': 'same-origin' }), 200);
  assert.equal(await statusFor({ 'sec-fetch-site': 'none' }), 200);
  const foreign = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:1' },
    { origin: 'http://localhost' },
    { origin: 'file://localhost' },
    { origin: `http://localhost:${port}@evil.example` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: `http://localhost:${port}` },
  ];
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  for (const headers of foreign) {
    assert.equal(await statusFor(headers), 403, JSON.stringify(headers));
    assert.equal(await statusFor({ ...headers, ...upgrade }, '/api/ws/live'), 403, JSON.stringify(headers));
  }
});

test('a link on another page opens a page of ours, and nothing but a page', async (context) => {
  const { port } = await startTestServer(context);
  const visit = {
    host: `localhost:${port}`,
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  };
  const statusOf = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    (await ask({ port, path, method, headers: { ...visit, ...headers } })).status;
  assert.equal(await statusOf('/outages'), 503); // let in: the page is not built here
  for (const path of ['/health', '/api/live', '/api/openapi.json', '/metrics']) {
    assert.equal(await statusOf(path), 403, path);
  }
  assert.equal(await statusOf('/api/nothing'), 404);
  assert.equal(await statusOf('/outages', {}, 'HEAD'), 403);
  assert.equal(await statusOf('/outages', { 'sec-fetch-dest': 'iframe' }), 403);
  assert.equal(await statusOf('/outages', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }), 403);
  assert.equal(await statusOf('/outages', { origin: 'https://evil.example' }), 403);
});

test('further gates run after ours, in order, and know the scope and the door', async (context) => {
  const seen: string[] = [];
  const { port } = await startTestServer(context, {
    gates: [
      {
        name: 'watch',
        check({ scope, isLocal, address }, caller) {
          seen.push(`${scope} ${isLocal} ${address} ${caller.kind}`);
          return caller;
        },
      },
      {
        name: 'closed',
        check({ scope }, caller) {
          if (scope === 'open') return caller;
          throw new AppError('UNCLAIMED', 'Not claimed yet', { status: 403 });
        },
      },
    ],
  });
  assert.equal((await ask({ port, path: '/health' })).status, 200);
  const refused = await ask({ port, path: '/metrics' });
  assert.deepEqual([refused.status, refused.json.error?.code], [403, 'UNCLAIMED']);
  assert.equal((await ask({ port, path: '/metrics', headers: { host: 'evil.example' } })).status, 421);
  assert.deepEqual(seen, ['open false 127.0.0.1 nobody', 'read false 127.0.0.1 nobody']);
});

test('every answer carries the security headers, and no answer opens itself to other origins', async (context) => {
  const { port } = await startTestServer(context);
  for (const path of ['/', '/health', '/api/nothing', '/api/%zz', '/metrics', '/health?x=1']) {
    const { headers } = await ask({
      port,
      path,
      headers: { origin: `http://localhost:${port}`, host: `localhost:${port}` },
    });
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['x-frame-options'], 'DENY', path);
    assert.equal(headers['referrer-policy'], 'no-referrer', path);
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin', path);
    assert.match(
      String(headers['content-security-policy']),
      /^default-src 'none'.*frame-ancestors 'none'/,
      path,
    );
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/, path);
    assert.equal(headers['access-control-allow-origin'], undefined, path);
  }
});
