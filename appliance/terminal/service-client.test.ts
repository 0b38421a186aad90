import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError } from '../core/errors.ts';
import { createServiceClient } from './service-client.ts';

const isUnreachable = (words: RegExp) => (error: unknown) =>
  error instanceof AppError && error.code === 'SERVICE_UNREACHABLE' && words.test(error.message);

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ist-client-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

async function serve(
  t: TestContext,
  where: string | { port: number },
  listener: RequestListener,
): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((done) => {
    if (typeof where === 'string') server.listen(where, done);
    else server.listen(where.port, '127.0.0.1', done);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

test('speaks JSON over the local socket and strips control characters from the answer', async (t) => {
  const dataFolder = await folder(t);
  const seen: string[] = [];
  await serve(t, join(dataFolder, 'ist.sock'), (request, answer) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${request.headers.host} ${body}`);
      answer.end(JSON.stringify({ name: 'evil\x1b[2Jname' }));
    });
  });
  const client = createServiceClient({ dataFolder });
  assert.deepEqual(await client.get('/api/x?y=1'), { name: 'evil[2Jname' });
  assert.deepEqual(await client.send('POST', '/api/z', { a: 1 }), { name: 'evil[2Jname' });
  assert.deepEqual(seen, ['GET /api/x?y=1 localhost ', 'POST /api/z localhost {"a":1}']);
});

test('an error of the service arrives with its code, message and status', async (t) => {
  const dataFolder = await folder(t);
  await serve(t, join(dataFolder, 'ist.sock'), (_, answer) => {
    answer.statusCode = 404;
    answer.end(JSON.stringify({ error: { code: 'TARGET_UNKNOWN', message: 'There is no target "x".' } }));
  });
  await assert.rejects(createServiceClient({ dataFolder }).get('/api/x'), {
    code: 'TARGET_UNKNOWN',
    message: 'There is no target "x".',
    status: 404,
  });
});

test('a file arrives byte for byte, and an error in its place is an error', async (t) => {
  const dataFolder = await folder(t);
  const bytes = Buffer.from([0x50, 0x4b, 0x00, 0x1b, 0xff, 0x9b]);
  await serve(t, join(dataFolder, 'ist.sock'), (request, answer) => {
    if (request.url === '/api/file') return void answer.end(bytes);
    answer.statusCode = 404;
    answer.end(JSON.stringify({ error: { code: 'INCIDENT_UNKNOWN', message: 'There is no incident 9.' } }));
  });
  const client = createServiceClient({ dataFolder });
  assert.deepEqual(Buffer.from(await client.bytes('/api/file')), bytes);
  await assert.rejects(client.bytes('/api/other'), { code: 'INCIDENT_UNKNOWN', status: 404 });
});

test('a service that does not run is unreachable, and the message says how to start it', async (t) => {
  const dataFolder = await folder(t);
  const client = createServiceClient({ dataFolder });
  await assert.rejects(client.get('/api/x'), isUnreachable(/no socket .*ist\.sock.*npm start/));
});

test('a socket that nobody listens on is unreachable too', async (t) => {
  const dataFolder = await folder(t);
  await writeFile(join(dataFolder, 'ist.sock'), '');
  await assert.rejects(createServiceClient({ dataFolder }).get('/api/x'), isUnreachable(/nobody listens/));
});

test('speaks to an address with a key', async (t) => {
  const server = await serve(t, { port: 0 }, (request, answer) => {
    answer.end(JSON.stringify({ path: request.url, key: request.headers.authorization }));
  });
  const { port } = server.address() as AddressInfo; // a TCP server has one
  const client = createServiceClient({ url: `127.0.0.1:${port}`, key: 'secret' });
  assert.deepEqual(await client.get('/api/x'), { path: '/api/x', key: 'Bearer secret' });
});

test('an address that answers something else says so', async (t) => {
  const server = await serve(t, { port: 0 }, (_, answer) => answer.end('<html>'));
  const { port } = server.address() as AddressInfo; // a TCP server has one
  const client = createServiceClient({ url: `http://127.0.0.1:${port}` });
  await assert.rejects(client.get('/api/x'), { code: 'SERVICE_ANSWER' });
  assert.throws(() => createServiceClient({ url: 'ftp://x' }), { code: 'USAGE' });
});

test('the live stream yields parsed events and ends when the connection does', async (t) => {
  const dataFolder = await folder(t);
  await serve(t, join(dataFolder, 'ist.sock'), (_, answer) => {
    answer.setHeader('content-type', 'text/event-stream');
    answer.write('id: 1\nevent: a\ndata: {"n":1}\n\n');
    setImmediate(() => answer.destroy());
  });
  const client = createServiceClient({ dataFolder });
  const events: object[] = [];
  for await (const event of client.stream('/api/live', new AbortController().signal)) events.push(event);
  assert.deepEqual(events, [{ id: '1', event: 'a', data: { n: 1 } }]);
});

test('the live stream ends when its signal aborts', async (t) => {
  const dataFolder = await folder(t);
  await serve(t, join(dataFolder, 'ist.sock'), (_, answer) => answer.write('data: 1\n\n'));
  const abort = new AbortController();
  for await (const { data } of createServiceClient({ dataFolder }).stream('/api/live', abort.signal)) {
    assert.equal(data, 1);
    abort.abort();
  }
  assert.ok(abort.signal.aborted);
});
