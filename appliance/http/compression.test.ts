import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { JsonBytes, RawReply, route } from '../core/feature.ts';
import { ask, startTestServer } from './testing.ts';

const text = (length: number) =>
  route({
    method: 'GET',
    path: `/api/text${length}`,
    scope: 'read',
    tag: 'test',
    summary: 'Text',
    response: { contentType: 'text/plain' },
    handle: () => new RawReply('text/plain', '1.234,'.repeat(length / 6)),
  });

test('a long answer is packed for a client that takes gzip, and only then', async (context) => {
  const { port, url } = await startTestServer(context, { routes: [text(60_000), text(600)] });
  const get = (accepted: string, path = '/api/text60000', method = 'GET') =>
    ask({ port, path, method, headers: { 'accept-encoding': accepted } });
  const packed = await get('gzip, deflate, br');
  assert.deepEqual([packed.headers['content-encoding'], packed.headers.vary], ['gzip', 'accept-encoding']);
  assert.ok(Number(packed.headers['content-length']) < 6_000);
  for (const accepted of ['', 'br', 'gzip;q=0', 'gzip; q=0.0, br']) {
    const plain = await get(accepted);
    assert.deepEqual([plain.headers['content-encoding'], plain.text.length], [undefined, 60_000], accepted);
  }
  assert.equal((await get('gzip;q=0.5')).headers['content-encoding'], 'gzip');
  assert.equal((await get('gzip', '/api/text600')).headers['content-encoding'], undefined);
  assert.deepEqual([(await get('gzip', '/api/text60000', 'HEAD')).text], ['']);
  assert.equal((await (await fetch(`${url}/api/text60000`)).text()).length, 60_000);
});

test('JSON that a route wrote itself is packed too, other bytes are sent as they are', async (context) => {
  const list = JSON.stringify(Array.from({ length: 5_000 }, (_, index) => index));
  const about = { method: 'GET', scope: 'read', tag: 'test', summary: 'Bytes' } as const;
  const routes = [
    route({
      ...about,
      path: '/api/list',
      response: Type.Array(Type.Integer()),
      handle: () => new JsonBytes<number[]>(Buffer.from(list)),
    }),
    route({
      ...about,
      path: '/api/file',
      response: { contentType: 'application/zip' },
      handle: () => new RawReply('application/zip', Buffer.alloc(20_000)),
    }),
  ];
  const { port, url } = await startTestServer(context, { routes });
  const get = (path: string, accepted: string) =>
    ask({ port, path, headers: { 'accept-encoding': accepted } });
  const plain = await get('/api/list', '');
  assert.deepEqual(
    [plain.text, plain.headers['content-type'], plain.headers['content-length']],
    [list, 'application/json; charset=utf-8', String(list.length)],
  );
  const packed = await fetch(`${url}/api/list`, { headers: { 'accept-encoding': 'gzip' } });
  assert.deepEqual([packed.headers.get('content-encoding'), await packed.text()], ['gzip', list]);
  assert.equal((await get('/api/file', 'gzip')).headers['content-encoding'], undefined);
});
