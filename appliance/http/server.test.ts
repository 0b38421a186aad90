import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError } from '../core/errors.ts';
import type { RawReply } from '../core/feature.ts';
import { limitConnections } from './connections.ts';
import { listenTcp } from './listeners.ts';
import { httpLimits } from './server.ts';
import { ask, KeptLog, openStream, startTestServer } from './testing.ts';

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ist-socket-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const codeIs = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AppError);
  assert.equal(error.code, code);
  assert.match(error.message, words);
  return true;
};

test('the unix socket serves the same routes, only for our user, without the Host gate', async (context) => {
  const socketPath = join(temporaryFolder(context), 'ist.sock');
  const { server } = await startTestServer(context, { socketPath });
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
  const answer = await ask({ socketPath, path: '/health', headers: { host: 'anything.example' } });
  assert.deepEqual([answer.status, answer.json.status], [200, 'ok']);
  await server.stop();
  assert.throws(() => statSync(socketPath), { code: 'ENOENT' });
});

test('a socket file left by a crash is replaced; a living one and other files are left alone', async (context) => {
  const folder = temporaryFolder(context);
  const socketPath = join(folder, 'ist.sock');
  // Closing a handle whose file was moved away leaves the file behind, as a crash does.
  const dead = createTcpServer().listen(socketPath);
  await once(dead, 'listening');
  renameSync(socketPath, join(folder, 'moved'));
  dead.close();
  await once(dead, 'close');
  renameSync(join(folder, 'moved'), socketPath);
  await startTestServer(context, { socketPath });
  assert.equal((await ask({ socketPath, path: '/health' })).status, 200);
  await assert.rejects(
    startTestServer(context, { socketPath }),
    codeIs('ALREADY_RUNNING', /ist\.sock; stop it first/),
  );
  assert.equal((await ask({ socketPath, path: '/health' })).status, 200);
  const file = join(folder, 'file');
  writeFileSync(file, 'mine');
  await assert.rejects(
    startTestServer(context, { socketPath: file }),
    codeIs('SOCKET_FAILED', /not a socket/),
  );
});

test('a port in use, a foreign address and a bad name say what to do', async (context) => {
  const { port } = await startTestServer(context);
  const start = (host: string, wanted: number) =>
    startTestServer(context, { config: { host, port: wanted } });
  await assert.rejects(
    start('127.0.0.1', port),
    codeIs('PORT_IN_USE', new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 .*IST_PORT`)),
  );
  await assert.rejects(
    start('192.0.2.1', 0),
    codeIs('HOST_NOT_LOCAL', /^192\.0\.2\.1 is not an address of this machine/),
  );
  await assert.rejects(start('no such host', 0), codeIs('HOST_NOT_LOCAL', /^no such host is not/));
});

test('a low port without permission names the port and the capability', async () => {
  const server = createServer();
  server.listen = () => {
    queueMicrotask(() => server.emit('error', Object.assign(new Error('listen EACCES'), { code: 'EACCES' })));
    return server;
  };
  await assert.rejects(
    listenTcp(server, '0.0.0.0', 80, new KeptLog()),
    codeIs('PORT_FORBIDDEN', /0\.0\.0\.0:80; .*CAP_NET_BIND_SERVICE/),
  );
});

test('"::" serves IPv4 and IPv6; without IPv6 it falls back to IPv4', async (context) => {
  const { port } = await startTestServer(context, { config: { host: '::', port: 0 } });
  assert.equal((await ask({ port, host: '127.0.0.1', path: '/health' })).status, 200);

  const server = createServer();
  context.after(() => server.close());
  const real = server.listen.bind(server);
  server.listen = ((options: { host: string; port: number }, done: () => void) => {
    if (options.host !== '::') return real(options, done);
    queueMicrotask(() => server.emit('error', Object.assign(new Error('no IPv6'), { code: 'EAFNOSUPPORT' })));
    return server;
  }) as typeof server.listen; // one of its overloads
  const log = new KeptLog();
  await listenTcp(server, '::', 0, log);
  assert.equal((server.address() as AddressInfo).address, '0.0.0.0');
  assert.equal(log.lines.length, 1);
});

test('stopping ends open streams at once and slow answers within two seconds', async (context) => {
  const { server, url } = await startTestServer(context, {
    routes: [
      {
        method: 'GET',
        path: '/api/never',
        scope: 'read',
        tag: 'test',
        summary: 'Never answers',
        response: { contentType: 'text/plain' },
        handle: () => Promise.withResolvers<RawReply>().promise,
      },
    ],
  });
  const stream = await openStream(`${url}/api/live`);
  await stream.next();
  const hanging = assert.rejects(fetch(`${url}/api/never`));
  const began = performance.now();
  const stopped = server.stop();
  await stream.ended;
  assert.ok(performance.now() - began < 500);
  await stopped;
  assert.ok(performance.now() - began < 2_000);
  await hanging;
  await server.stop();
});

test('a server holds no more connections than it may, and still answers', async (context) => {
  const { server, port } = await startTestServer(context);
  const sockets = Array.from({ length: httpLimits.connections + 20 }, () => connect(port, '127.0.0.1'));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  assert.equal((await ask({ port, path: '/health' })).status, 200);
  const held = await new Promise<number>((done) =>
    server.fastify.server.getConnections((_, count) => done(count)),
  );
  assert.ok(held <= httpLimits.connections, `${held} connections`);
});

test('silent connections make room for new ones, speaking ones stay', async (context) => {
  const server = createServer((_request, response) => response.end('ok'));
  limitConnections(server, 4);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const open = async () => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  const speaking = await open();
  speaking.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(speaking, 'data');
  const silent = await open();
  const cut = once(silent, 'close');
  for (let i = 0; i < 20; i += 1) await open();
  await cut;
  assert.equal((await ask({ port, path: '/' })).text, 'ok');
  speaking.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(speaking, 'data');
});

test('what is not HTTP gets an answer in our shape', async (context) => {
  const { port } = await startTestServer(context);
  const socket = connect(port, '127.0.0.1');
  socket.write('\x16\x03\x01 this is TLS\r\n\r\n');
  const [bytes] = await once(socket, 'data');
  assert.match(String(bytes), /^HTTP\/1\.1 400 [\s\S]*\{"error":\{"code":"REQUEST_INVALID"/);
});
