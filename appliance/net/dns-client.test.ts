import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createSocket, type Socket as Datagrams, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSecureServer as createHttp2, type Http2SecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { createServer as createTls } from 'node:tls';
import { type Answer, decode, encode } from 'dns-packet';
import type { NameQuestion } from '../core/network.ts';
import type { ProbeEngine } from '../core/probing.ts';
import { ask } from './dns-client.ts';
import { withEngine } from './with-engine.ts';

const question: NameQuestion = {
  address: '127.0.0.1',
  transport: 'udp',
  name: 'example.com',
  type: 'A',
  timeoutMs: 400,
};

interface ReplyOptions {
  rcode?: number;
  answers?: Answer[];
  id?: number;
  name?: string;
  isTruncated?: boolean;
}

const address: Answer = { type: 'A', name: 'example.com', ttl: 60, data: '192.0.2.1' };

function replyTo(query: Uint8Array, options: ReplyOptions = {}): Buffer {
  const { id, questions } = decode(Buffer.from(query));
  const { rcode = 0, answers = [address], isTruncated = false } = options;
  return encode({
    type: 'response',
    id: options.id ?? id ?? 0,
    flags: rcode | (isTruncated ? 0x0200 : 0),
    questions: options.name === undefined ? (questions ?? []) : [{ type: 'A', name: options.name }],
    answers,
  });
}

const framed = (message: Buffer) => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
};

async function listening(server: Server | Http2SecureServer, t: TestContext, port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // clients that leave early are part of these tests
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function datagramServer(
  t: TestContext,
  answer: (query: Buffer, send: (bytes: Buffer) => void) => void,
): Promise<number> {
  const server: Datagrams = createSocket('udp4');
  server.on('message', (query: Buffer, from: RemoteInfo) =>
    answer(query, (bytes) => server.send(bytes, from.port, from.address)),
  );
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return server.address().port;
}

/** Calls back with each whole message of a connection. */
function eachMessage(socket: Socket, take: (query: Buffer) => void): void {
  let bytes = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
      const end = 2 + bytes.readUInt16BE(0);
      take(bytes.subarray(2, end));
      bytes = bytes.subarray(end);
    }
  });
}

const streamServer = (t: TestContext, answer: (query: Buffer, socket: Socket) => void, port = 0) =>
  listening(
    createServer((socket) => eachMessage(socket, (query) => answer(query, socket))),
    t,
    port,
  );

/** For transports that never touch the engine. */
const noEngine = {} as ProbeEngine;

describe('a question over UDP', () => {
  it('gives the answers of the asked type in order, with time and smallest lifetime', async (t) => {
    const port = await datagramServer(t, (query, send) =>
      send(
        replyTo(query, {
          answers: [
            { type: 'CNAME', name: 'example.com', ttl: 5, data: 'www.example.com' },
            { ...address, ttl: 300 },
            { ...address, ttl: 30, data: '192.0.2.2' },
          ],
        }),
      ),
    );
    await withEngine(async (engine) => {
      const { rttUs, sizeBytes = 0, ...reply } = await ask(engine, { ...question, port });
      assert.ok(sizeBytes > 12 && sizeBytes <= 512);
      assert.deepEqual(reply, {
        outcome: 'answer',
        rcode: 0,
        answers: ['192.0.2.1', '192.0.2.2'],
        ttlSeconds: 30,
      });
      assert.ok(rttUs > 0 && rttUs < 400_000);
    });
  });

  it('tells the ways of saying no apart', async (t) => {
    let options: ReplyOptions = {};
    const port = await datagramServer(t, (query, send) => send(replyTo(query, options)));
    const codes = [
      [0, 'empty'],
      [1, 'servfail'],
      [2, 'servfail'],
      [3, 'nxdomain'],
      [4, 'servfail'],
      [5, 'refused'],
    ] as const;
    await withEngine(async (engine) => {
      for (const [rcode, outcome] of codes) {
        options = { rcode, answers: [] };
        const reply = await ask(engine, { ...question, port });
        assert.deepEqual([reply.outcome, reply.rcode], [outcome, rcode]);
        assert.ok(reply.rttUs > 0, 'a no is a reply and has a time');
      }
      options = { answers: [{ type: 'CNAME', name: 'example.com', ttl: 5, data: 'gone.example.com' }] };
      assert.equal((await ask(engine, { ...question, port })).outcome, 'empty');
    });
  });

  it('waits past rubbish, foreign ids and foreign names for the true answer', async (t) => {
    const port = await datagramServer(t, (query, send) => {
      send(Buffer.from('no DNS at all'));
      send(replyTo(query, { id: (query.readUInt16BE(0) + 1) & 0xffff, answers: [] }));
      send(replyTo(query, { name: 'example.net', answers: [] }));
      send(replyTo(query));
    });
    await withEngine(async (engine) => {
      assert.deepEqual((await ask(engine, { ...question, port })).answers, ['192.0.2.1']);
    });
  });

  it('takes an answer that breaks off for garbage', async (t) => {
    const port = await datagramServer(t, (query, send) => send(replyTo(query).subarray(0, -3)));
    await withEngine(async (engine) => {
      const reply = await ask(engine, { ...question, port });
      assert.deepEqual([reply.outcome, reply.rttUs], ['garbage', Number.NaN]);
    });
  });

  it('is a timeout where nothing answers, and unreachable where nobody listens', async (t) => {
    const silent = await datagramServer(t, () => undefined);
    const closed = createSocket('udp4');
    closed.bind(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address();
    closed.close();
    await once(closed, 'close');
    await withEngine(async (engine) => {
      assert.equal((await ask(engine, { ...question, port: silent, timeoutMs: 100 })).outcome, 'timeout');
      assert.equal((await ask(engine, { ...question, port })).outcome, 'unreachable');
    });
  });

  it('asks again over TCP when the answer was cut, within the same time', async (t) => {
    const port = await streamServer(t, (query, socket) => {
      const answers = Array.from({ length: 200 }, (_, i): Answer => ({ ...address, data: `192.0.2.${i}` }));
      socket.write(framed(replyTo(query, { answers })));
    });
    const server = createSocket('udp4');
    t.after(() => server.close());
    server.bind(port, '127.0.0.1');
    await once(server, 'listening');
    server.on('message', (query: Buffer, from: RemoteInfo) =>
      server.send(replyTo(query, { isTruncated: true, answers: [] }), from.port, from.address),
    );
    await withEngine(async (engine) => {
      const reply = await ask(engine, { ...question, port });
      assert.equal(reply.outcome, 'answer');
      assert.equal(reply.answers.length, 200);
    });
  });

  it('is this machine’s own failure when the engine is full or stopped', async () => {
    let stopped: ProbeEngine | undefined;
    await withEngine(async (engine) => {
      stopped = engine;
    });
    assert.ok(stopped);
    assert.equal((await ask(stopped, question)).outcome, 'local');
  });

  it('refuses a question that cannot be asked, and ends with the signal', async (t) => {
    const silent = await datagramServer(t, () => undefined);
    await withEngine(async (engine) => {
      await assert.rejects(ask(engine, { ...question, name: 'a..b' }), { code: 'QUERY_INVALID' });
      await assert.rejects(ask(engine, { ...question, address: 'one.one' }), { code: 'TARGET_INVALID' });
      const abort = new AbortController();
      const asked = ask(engine, { ...question, port: silent, timeoutMs: 60_000 }, abort.signal);
      abort.abort(new Error('enough'));
      await assert.rejects(asked, /enough/);
      await assert.rejects(ask(engine, question, abort.signal), /enough/);
    });
  });
});

describe('a question over TCP', () => {
  const tcp = { ...question, transport: 'tcp' } as const;

  it('gets its answer whole, however the bytes arrive', async (t) => {
    const port = await streamServer(t, async (query, socket) => {
      for (const byte of framed(replyTo(query))) {
        socket.write(Buffer.of(byte));
        await new Promise((done) => setImmediate(done));
      }
    });
    const reply = await ask(noEngine, { ...tcp, port });
    assert.deepEqual([reply.outcome, reply.answers], ['answer', ['192.0.2.1']]);
    assert.ok(reply.rttUs > 0);
  });

  it('asks each time with another id', async (t) => {
    const ids = new Set<number>();
    const port = await streamServer(t, (query, socket) => {
      ids.add(query.readUInt16BE(0));
      socket.write(framed(replyTo(query)));
    });
    for (let i = 0; i < 6; i += 1) await ask(noEngine, { ...tcp, port });
    assert.ok(ids.size >= 5);
  });

  it('reads text records as text', async (t) => {
    const port = await streamServer(t, (query, socket) =>
      socket.write(
        framed(replyTo(query, { answers: [{ type: 'TXT', name: 'example.com', data: ['one ', 'two'] }] })),
      ),
    );
    assert.deepEqual((await ask(noEngine, { ...tcp, port, type: 'TXT' })).answers, ['one two']);
  });

  it('takes rubbish, foreign ids, foreign names and half an answer for garbage', async (t) => {
    let answer: (query: Buffer, socket: Socket) => void = () => undefined;
    const port = await streamServer(t, (query, socket) => answer(query, socket));
    const kinds: (typeof answer)[] = [
      (_query, socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(1000)),
      (_query, socket) => socket.write(Buffer.of(0, 3, 1, 2, 3)),
      (query, socket) => socket.write(framed(replyTo(query, { id: query.readUInt16BE(0) ^ 1 }))),
      (query, socket) => socket.write(framed(replyTo(query, { name: 'example.net' }))),
      (query, socket) => socket.write(framed(query)),
      (query, socket) => socket.write(framed(replyTo(query).subarray(0, -3))),
      (query, socket) => socket.end(framed(replyTo(query)).subarray(0, 20)),
      (query, socket) => socket.write(framed(replyTo(query, { isTruncated: true }))),
    ];
    for (const [index, kind] of kinds.entries()) {
      answer = kind;
      assert.equal((await ask(noEngine, { ...tcp, port })).outcome, 'garbage', `kind ${index}`);
    }
  });

  it('tells closed ports, connections closed without a word, and silence apart', async (t) => {
    const closing = await streamServer(t, (_query, socket) => socket.end());
    const resetting = await streamServer(t, (_query, socket) => socket.resetAndDestroy());
    const halfOpen = await listening(createServer({ pauseOnConnect: true }), t);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: closed } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const outcome = async (port: number) => (await ask(noEngine, { ...tcp, port, timeoutMs: 200 })).outcome;
    assert.equal(await outcome(closing), 'unreachable');
    assert.equal(await outcome(resetting), 'unreachable');
    assert.equal(await outcome(closed), 'unreachable');
    assert.equal(await outcome(halfOpen), 'timeout');
  });

  it('leaves by the interface that is named, or not at all', async (t) => {
    const port = await streamServer(t, (query, socket) => socket.write(framed(replyTo(query))));
    assert.equal((await ask(noEngine, { ...tcp, port, interfaceName: 'lo' })).outcome, 'answer');
    assert.equal((await ask(noEngine, { ...tcp, port, interfaceName: 'ist-none0' })).outcome, 'local');
  });

  it('ends with the signal', async (t) => {
    const port = await streamServer(t, () => undefined);
    const abort = new AbortController();
    const asked = ask(noEngine, { ...tcp, port, timeoutMs: 60_000 }, abort.signal);
    setImmediate(() => abort.abort(new Error('enough')));
    await assert.rejects(asked, /enough/);
  });
});

const openssl = spawnSync('openssl', ['version']).status === 0;

describe('a question over TLS and HTTPS', {
  skip: openssl ? false : 'needs openssl for a certificate (apt-get install openssl)',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ist-dns-'));
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string) => join(folder, name);
  if (openssl) {
    const subject = ['-subj', '/CN=dns.test', '-addext', 'subjectAltName=DNS:dns.test,IP:127.0.0.1'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const out = ['-keyout', file('key.pem'), '-out', file('cert.pem'), '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...out], { stdio: 'ignore' });
  }
  const identity = () => ({ key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem')) });
  const ca = () => ({ ca: readFileSync(file('cert.pem'), 'utf8') });
  const tls = { ...question, transport: 'tls', timeoutMs: 2000 } as const;
  const https = { ...question, transport: 'https', timeoutMs: 2000 } as const;
  const tlsServer = (t: TestContext, answer: (query: Buffer, socket: Socket) => void) =>
    listening(
      createTls(identity(), (socket) => eachMessage(socket, (query) => answer(query, socket))).on(
        'tlsClientError',
        () => undefined,
      ),
      t,
    );

  it('is answered by a server whose certificate names it, by name or by address', async (t) => {
    const port = await tlsServer(t, (query, socket) => socket.write(framed(replyTo(query))));
    for (const more of [{ serverName: 'dns.test' }, {}, { interfaceName: 'lo' }]) {
      const reply = await ask(noEngine, { ...tls, port, ...more }, undefined, ca());
      assert.deepEqual([reply.outcome, reply.answers], ['answer', ['192.0.2.1']]);
    }
  });

  it('does not ask a server whose certificate is unknown or of another name', async (t) => {
    let asked = 0;
    const port = await tlsServer(t, () => {
      asked += 1;
    });
    assert.equal((await ask(noEngine, { ...tls, port })).outcome, 'tls');
    const other = { ...tls, port, serverName: 'other.test' };
    assert.equal((await ask(noEngine, other, undefined, ca())).outcome, 'tls');
    assert.equal(asked, 0);
  });

  it('tells a server without TLS, a closed handshake and silence apart', async (t) => {
    const plain = await listening(
      createServer((socket) => {
        socket.on('data', () => socket.write('220 mail.example ESMTP\r\n'));
      }),
      t,
    );
    const closing = await listening(
      createServer((socket) => {
        socket.on('data', () => socket.end());
      }),
      t,
    );
    const silent = await listening(createServer(), t);
    const outcome = async (port: number) => (await ask(noEngine, { ...tls, port, timeoutMs: 300 })).outcome;
    assert.equal(await outcome(plain), 'tls');
    assert.equal(await outcome(closing), 'tls');
    assert.equal(await outcome(silent), 'timeout');
  });

  it('is asked over HTTP/2 with id 0, at the path and under the name it was given', async (t) => {
    const seen: unknown[] = [];
    const server = createHttp2(identity(), (request, reply) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const query = Buffer.concat(chunks);
        const { method, url, headers } = request;
        seen.push([query.readUInt16BE(0), method, url, headers['content-type'], headers[':authority']]);
        reply.setHeader('content-type', 'application/dns-message');
        reply.end(replyTo(query));
      });
    });
    const port = await listening(server, t);
    const asked = { ...https, port, serverName: 'dns.test', path: '/q' };
    assert.deepEqual((await ask(noEngine, asked, undefined, ca())).answers, ['192.0.2.1']);
    assert.deepEqual(seen, [[0, 'POST', '/q', 'application/dns-message', `dns.test:${port}`]]);
  });

  it('is asked over HTTP/1.1 where there is no other, and every other answer is garbage', async (t) => {
    let status = 200;
    let type = 'application/dns-message';
    let isWhole = true;
    const server = createHttps(identity(), (request, reply) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const message = replyTo(Buffer.concat(chunks));
        reply.writeHead(status, { 'content-type': type, host: request.headers.host });
        reply.end(isWhole ? message : message.subarray(0, -3));
      });
    });
    const port = await listening(server, t);
    const outcome = async () => (await ask(noEngine, { ...https, port }, undefined, ca())).outcome;
    assert.equal(await outcome(), 'answer');
    isWhole = false;
    assert.equal(await outcome(), 'garbage');
    isWhole = true;
    status = 503;
    assert.equal(await outcome(), 'garbage');
    status = 200;
    type = 'text/html; charset=utf-8';
    assert.equal(await outcome(), 'garbage');
    const raw = await tlsServer(t, () => undefined);
    const silent = { ...https, port: raw, timeoutMs: 300 };
    assert.equal((await ask(noEngine, silent, undefined, ca())).outcome, 'timeout');
    const rubbish = await listening(
      createTls({ ...identity(), ALPNProtocols: ['h2'] }, (socket) => {
        socket.on('error', () => undefined);
        socket.write('this is no HTTP/2 at all, whatever the handshake said\r\n');
      }),
      t,
    );
    assert.equal((await ask(noEngine, { ...https, port: rubbish }, undefined, ca())).outcome, 'garbage');
  });
});
