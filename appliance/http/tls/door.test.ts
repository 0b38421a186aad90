import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import WebSocket from 'ws';
import { systemClock } from '../../core/clock.ts';
import { RawReply, route } from '../../core/feature.ts';
import { askOver, authority, GivenIdentity, makeIdentity, shakeHands } from '../../testing/fakes/tls.ts';
import { limitConnections } from '../connections.ts';
import { ask, startTestServer, TickClock, testEvent } from '../testing.ts';
import { TlsDoor } from './door.ts';

const text = { contentType: 'text/plain' };
const routes = [
  route({
    method: 'GET',
    path: '/api/secure',
    scope: 'read',
    tag: 'test',
    summary: 'how it was asked',
    response: text,
    handle: ({ isSecure }) => new RawReply('text/plain', isSecure ? 'over TLS' : 'in plain'),
  }),
  route({
    method: 'POST',
    path: '/api/secure',
    scope: 'write',
    tag: 'test',
    summary: 'something that must not be sent in plain',
    response: text,
    handle: () => new RawReply('text/plain', 'done'),
  }),
  route({
    method: 'GET',
    path: '/api/public',
    scope: 'open',
    isAlsoPlain: true,
    tag: 'test',
    summary: 'for devices that do not trust the box yet',
    response: text,
    handle: () => new RawReply('text/plain', 'public'),
  }),
];

async function startSecure(context: TestContext, isOwn = false, clock = new TickClock()) {
  const identity = new GivenIdentity(await makeIdentity(isOwn));
  const started = await startTestServer(context, { identity, routes, clock });
  return { ...started, identity };
}

/** Everything that comes until the other side ends. */
async function drain(socket: Socket): Promise<string> {
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => socket.destroy());
  await once(socket, 'close');
  return received;
}

test('one port answers over TLS and leads plain requests there', async (context) => {
  const { port } = await startSecure(context);
  const secure = await askOver(await shakeHands(port, { servername: 'localhost' }), '/api/secure');
  assert.deepEqual([secure.status, secure.text], [200, 'over TLS']);
  const plain = await ask({ port, path: '/outages?day=1', headers: { host: `localhost:${port}` } });
  assert.equal(plain.status, 307);
  assert.equal(plain.headers.location, `https://localhost:${port}/outages?day=1`);
  assert.equal(plain.headers['cache-control'], 'no-store');
  assert.equal(plain.headers['x-content-type-options'], 'nosniff');
  for (const path of ['/health', '/api/public']) assert.equal((await ask({ port, path })).status, 200, path);
});

test('what carries a key or changes something is refused in plain, not led on', async (context) => {
  const { port, url } = await startSecure(context);
  const withKey = await ask({ port, path: '/api/secure', headers: { authorization: 'Bearer ist_x' } });
  const change = await ask({ port, path: '/api/secure', method: 'POST' });
  for (const answer of [withKey, change]) {
    assert.equal(answer.status, 426);
    assert.equal(answer.json.error?.code, 'TLS_REQUIRED');
    assert.deepEqual(answer.json.error.details, {
      url: `${url.replace('http:', 'https:').replace('127.0.0.1', 'localhost')}/api/secure`,
    });
    assert.equal(answer.headers.upgrade, 'TLS/1.2, HTTP/1.1');
  }
});

test('a plain request with a name that is not ours is led nowhere', async (context) => {
  const { port } = await startSecure(context);
  const answer = await ask({ port, path: '/', headers: { host: 'evil.example' } });
  assert.deepEqual([answer.status, answer.headers.location], [421, undefined]);
});

test('the live stream and the WebSocket work over TLS', async (context) => {
  const { port, bus } = await startSecure(context);
  const socket = new WebSocket(`wss://localhost:${port}/api/ws/live`, { ca: authority.certificate });
  const [hello] = await once(socket, 'message');
  assert.match(String(hello), /"hello"/);
  bus.emit(testEvent, { number: 7 });
  const [event] = await once(socket, 'message');
  assert.match(String(event), /"number":7/);
  socket.close();
  await once(socket, 'close');
});

test('a renewed certificate is shown to new connections, and those that are open go on', async (context) => {
  const { port, identity } = await startSecure(context);
  const before = await shakeHands(port, { servername: 'localhost' });
  const fingerprint = before.getPeerX509Certificate()?.fingerprint256;
  identity.set(await makeIdentity());
  const after = await shakeHands(port, { servername: 'localhost' });
  assert.notEqual(after.getPeerX509Certificate()?.fingerprint256, fingerprint);
  assert.equal((await askOver(before, '/api/secure')).text, 'over TLS');
  assert.equal((await askOver(after, '/api/secure')).text, 'over TLS');
});

test('over TLS a page that came in plain is somebody else’s, also from our own port', async (context) => {
  const { port } = await startSecure(context);
  const statusFor = async (origin: string) =>
    (await askOver(await shakeHands(port, { servername: 'localhost' }), '/api/secure', { origin })).status;
  assert.equal(await statusFor(`https://localhost:${port}`), 200);
  assert.equal(await statusFor(`http://localhost:${port}`), 403);
});

test('a client that comes back resumes its session', async (context) => {
  const { port } = await startSecure(context);
  const first = await shakeHands(port, { servername: 'localhost' });
  const ticket = once(first, 'session');
  await askOver(first, '/api/secure');
  const [session] = await ticket;
  const second = await shakeHands(port, { servername: 'localhost', session });
  assert.equal(second.isSessionReused(), true);
  assert.equal(second.getProtocol(), 'TLSv1.3');
  second.destroy();
});

test('TLS before 1.2 is refused and 1.2 is served', async (context) => {
  const { port } = await startSecure(context);
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await assert.rejects(shakeHands(port, { ...old, servername: 'localhost' }), /protocol version/);
  const socket = await shakeHands(port, { maxVersion: 'TLSv1.2', servername: 'localhost' });
  assert.equal(socket.getProtocol(), 'TLSv1.2');
  socket.destroy();
});

test('browsers are told to insist on TLS with the certificate of the owner only, and never in plain', async (context) => {
  const hsts = 'strict-transport-security';
  const { port, identity } = await startSecure(context, true);
  const own = await askOver(await shakeHands(port, { servername: 'localhost' }), '/api/secure');
  assert.equal(own.headers[hsts], 'max-age=31536000');
  assert.equal((await ask({ port, path: '/health' })).headers[hsts], undefined);
  assert.equal((await ask({ port, path: '/' })).headers[hsts], undefined);
  identity.set(await makeIdentity(false));
  const local = await askOver(await shakeHands(port, { servername: 'localhost' }), '/api/secure');
  assert.equal(local.headers[hsts], undefined);
});

test('TLS is switched on and off while the service runs; what was plain may end its answer and is cut then', async (context) => {
  class PatientClock extends TickClock {
    readonly due: (() => void)[] = [];
    override after = (delayMs: number, fn: () => void) => {
      this.due.push(fn);
      return systemClock.after(delayMs, () => undefined);
    };
  }
  const clock = new PatientClock();
  const identity = new GivenIdentity(null);
  const { port } = await startTestServer(context, { identity, routes, clock });
  assert.equal((await ask({ port, path: '/api/secure' })).text, 'in plain');
  const stream = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, path: '/api/live', agent: false }, resolve).on('error', reject);
  });
  const { promise: cut, resolve } = Promise.withResolvers<void>();
  stream.on('error', () => stream.destroy()).on('close', resolve);
  identity.set(await makeIdentity());
  assert.equal((await ask({ port, path: '/api/secure' })).status, 307);
  const socket = await shakeHands(port, { servername: 'localhost' });
  assert.equal(stream.destroyed, false);
  stream.resume();
  for (const fn of clock.due.splice(0)) fn();
  await cut;
  identity.set(null);
  assert.equal((await ask({ port, path: '/api/secure' })).text, 'in plain');
  assert.equal((await askOver(socket, '/api/secure')).text, 'over TLS');
});

test('a request that comes in crumbs is read, whichever language its first byte spoke', async (context) => {
  const { port } = await startSecure(context);
  const socket = connect(port, '127.0.0.1');
  const answer = drain(socket);
  for (const crumb of ['G', 'ET /hea', `lth HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`]) {
    await new Promise<void>((resolve) => socket.write(crumb, () => setImmediate(resolve)));
  }
  assert.match(await answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*"status":"ok"/);
  const noise = connect(port, '127.0.0.1', () => noise.write('\x00\x01\x02 hello\r\n\r\n'));
  assert.match(await drain(noise), /^HTTP\/1\.1 400 /);
});

test('handshakes that fail are counted and leave no line in the log', async (context) => {
  const { port, log } = await startSecure(context);
  const noise = connect(port, '127.0.0.1', () => noise.write(Buffer.from([0x16, 3, 1, 0, 5, 9, 9, 9, 9, 9])));
  await drain(noise);
  await assert.rejects(shakeHands(port, { ca: [], servername: 'localhost' }), /unable to verify|self-signed/);
  const reset = connect(port, '127.0.0.1', () =>
    reset.write(Buffer.from([0x16, 3, 1]), () => reset.resetAndDestroy()),
  );
  await once(reset, 'close');
  const silent = connect(port, '127.0.0.1', () => silent.end());
  await drain(silent);
  const metrics = await askOver(await shakeHands(port, { servername: 'localhost' }), '/metrics');
  assert.match(metrics.text, /^ist_http_tls_handshake_failures_total [2-4]$/m);
  assert.deepEqual(
    log.lines.filter(({ level }) => level !== 'debug' && level !== 'info'),
    [],
  );
});

test('who says nothing does not keep the service from stopping', async (context) => {
  const { port, server } = await startSecure(context);
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  await ask({ port, path: '/health' }); // so that the server has met the silent one
  const gone = drain(silent);
  const startedMs = systemClock.monoMs();
  await server.stop();
  await gone;
  assert.ok(systemClock.monoMs() - startedMs < 1000);
});

test('silent connections make room for those that speak TLS, and those that spoke stay', async (context) => {
  const server = createServer((_request, response) => void response.end('hello'));
  const door = new TlsDoor(server, systemClock);
  limitConnections(server, 3);
  door.setIdentity(await makeIdentity());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.close();
    door.closeAll();
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const spoke = await shakeHands(port, { servername: 'localhost' });
  spoke.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await once(spoke, 'data');
  const silent = [0, 1, 2].map(() => connect(port, '127.0.0.1'));
  const closed = silent.map((socket) => once(socket, 'close'));
  await closed[0];
  const late = await shakeHands(port, { servername: 'localhost' });
  await closed[1];
  assert.deepEqual([spoke.destroyed, late.destroyed, silent[2]?.destroyed], [false, false, false]);
  for (const socket of [spoke, late, ...silent]) socket.destroy();
});
