import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { AppError } from '../core/errors.ts';
import type { PageRequest } from '../core/network.ts';
import { fetchPage, type PageOptions } from './page-client.ts';

const localhost: NonNullable<PageOptions['resolve']> = async () => ({ ipv4: ['127.0.0.1'], ipv6: ['::1'] });

async function listening(server: Server, t: TestContext, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // clients that leave early are part of these tests
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port; // it listens on a port
}

/** A server that calls `answer` with everything received, once a request is complete. */
const answering = (t: TestContext, answer: (socket: Socket, head: string) => void, host?: string) =>
  listening(
    createServer((socket) => {
      let head = '';
      socket.on('data', (chunk) => {
        head += chunk.toString('latin1');
        if (head.endsWith('\r\n\r\n')) answer(socket, head);
      });
    }),
    t,
    host,
  );

const requestOf = (port: number, change: Partial<PageRequest> = {}): PageRequest => ({
  url: `http://page.test:${port}/generate_204?a=b`,
  family: 'ipv4',
  timeoutMs: 2000,
  maxBytes: 1000,
  ...change,
});
const fetchIt = (port: number, change: Partial<PageRequest> = {}, options: PageOptions = {}) =>
  fetchPage(requestOf(port, change), undefined, { resolve: localhost, ...options });

describe('fetchPage', () => {
  it('gives status, place, body and the time of every step', async (t) => {
    let asked = '';
    const port = await answering(t, (socket, head) => {
      asked = head;
      socket.end('HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 5\r\n\r\nhello');
    });
    const reply = await fetchIt(port);
    assert.match(asked, /^GET \/generate_204\?a=b HTTP\/1\.1\r\n/);
    assert.match(asked, new RegExp(`\r\nhost: page\\.test:${port}\r\n`, 'i'));
    assert.match(asked, /\r\nconnection: close\r\n/i);
    assert.equal(reply.outcome, 'ok');
    assert.equal(reply.message, null);
    assert.equal(reply.status, 302);
    assert.equal(reply.location, 'http://login.example/');
    assert.equal(Buffer.from(reply.body).toString(), 'hello');
    assert.equal(reply.address, '127.0.0.1');
    const { dnsUs, connectUs, tlsUs, firstByteUs, totalUs } = reply;
    assert.ok(dnsUs >= 0 && connectUs > 0 && firstByteUs > 0);
    assert.ok(dnsUs + connectUs + firstByteUs <= totalUs);
    assert.ok(Number.isNaN(tlsUs));
  });

  it('connects to the address that is given and looks nothing up', async (t) => {
    const port = await answering(t, (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
    const resolve = () => assert.fail('a name was looked up');
    const byAddress = await fetchIt(port, { address: '127.0.0.1' }, { resolve });
    assert.equal(byAddress.status, 204);
    assert.ok(Number.isNaN(byAddress.dnsUs));
    const literal = await fetchIt(port, { url: `http://127.0.0.1:${port}/` }, { resolve });
    assert.equal(literal.status, 204);
    const other = await fetchIt(port, { url: `http://127.0.0.1:${port}/`, family: 'ipv6' }, { resolve });
    assert.equal(other.outcome, 'dns');
  });

  it('uses the family that is asked for', async (t) => {
    const port = await answering(t, (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'), '::1');
    assert.equal((await fetchIt(port, { family: 'ipv6' })).address, '::1');
    assert.equal((await fetchIt(port)).outcome, 'refused');
    assert.equal((await fetchIt(port, { url: `http://[::1]:${port}/`, family: 'ipv6' })).status, 204);
  });

  it('leaves by the interface that is asked for, or not at all', async (t) => {
    const port = await answering(t, (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
    assert.equal((await fetchIt(port, { interfaceName: 'lo' })).status, 204);
    assert.equal((await fetchIt(port, { interfaceName: 'nosuch0' })).outcome, 'local');
  });

  it('stops reading at the limit, also when the server never stops sending', async (t) => {
    const chunk = Buffer.alloc(16_384, 'x');
    const port = await answering(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const pump = () => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', pump);
      pump();
    });
    const reply = await fetchIt(port);
    assert.equal(reply.outcome, 'ok');
    assert.equal(reply.body.length, 1000);
  });

  it('a server that accepts and says nothing, or one byte at a time, is a timeout that says at which step', async (t) => {
    const silent = await listening(createServer(), t);
    const reply = await fetchIt(silent, { timeoutMs: 100 });
    assert.equal(reply.outcome, 'timeout');
    assert.match(reply.message ?? '', /100 ms, waiting for the page/);
    assert.ok(reply.connectUs > 0);
    assert.ok(Number.isNaN(reply.firstByteUs));
    const slow = await answering(t, (socket) => {
      const timer = setInterval(() => socket.write('H'), 10);
      socket.once('close', () => clearInterval(timer));
    });
    assert.notEqual((await fetchIt(slow, { timeoutMs: 100 })).outcome, 'ok');
    const headers = await answering(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('X-Slow: yes\r\n'), 10);
      socket.once('close', () => clearInterval(timer));
    });
    assert.equal((await fetchIt(headers, { timeoutMs: 150 })).outcome, 'timeout');
  });

  it('headers without an end are rubbish, and bounded', async (t) => {
    const port = await answering(t, (socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(40_000)}`),
    );
    assert.equal((await fetchIt(port)).outcome, 'garbage');
  });

  it('what is no HTTP is rubbish, another protocol too', async (t) => {
    const port = await answering(t, (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
    assert.equal((await fetchIt(port)).outcome, 'garbage');
    const upgrade = await answering(t, (socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    );
    assert.equal((await fetchIt(upgrade)).outcome, 'garbage');
  });

  it('a connection that breaks is a reset: before the reply, and in the middle of the page', async (t) => {
    const before = await answering(t, (socket) => socket.resetAndDestroy());
    assert.equal((await fetchIt(before)).outcome, 'reset');
    const closed = await answering(t, (socket) => socket.end());
    assert.equal((await fetchIt(closed)).outcome, 'reset');
    const within = await answering(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket.resetAndDestroy());
    });
    const reply = await fetchIt(within);
    assert.equal(reply.outcome, 'reset');
    assert.equal(reply.status, 200);
  });

  it('nobody listening is refused', async (t) => {
    const server = createServer();
    const port = await listening(server, t);
    server.close();
    await once(server, 'close');
    assert.equal((await fetchIt(port)).outcome, 'refused');
  });

  it('a name that has no address is the fault of names', async () => {
    const none = async () => ({ ipv4: [], ipv6: ['::1'] });
    const reply = await fetchIt(1, {}, { resolve: none });
    assert.equal(reply.outcome, 'dns');
    assert.match(reply.message ?? '', /page\.test has no ipv4 address/);
    const refused = async () => {
      throw new AppError('NAME_UNRESOLVED', 'The name page.test could not be resolved (ESERVFAIL).');
    };
    assert.equal((await fetchIt(1, {}, { resolve: refused })).outcome, 'dns');
  });

  it('the deadline holds while a name is looked up', async () => {
    const hanging: NonNullable<PageOptions['resolve']> = () => new Promise(() => undefined);
    const reply = await fetchIt(1, { timeoutMs: 50 }, { resolve: hanging });
    assert.equal(reply.outcome, 'timeout');
    assert.match(reply.message ?? '', /looking the name up/);
  });

  it('ends with the reason of the caller who wants no more', async (t) => {
    const port = await listening(createServer(), t);
    const ending = new AbortController();
    const fetched = fetchPage(requestOf(port), ending.signal, { resolve: localhost });
    ending.abort(new Error('enough'));
    await assert.rejects(fetched, /enough/);
    await assert.rejects(fetchPage(requestOf(port), ending.signal), /enough/);
  });

  it('what cannot be asked at all is refused by name', async () => {
    for (const url of ['ftp://page.test/', 'page.test', 'http://user:secret@page.test/'])
      await assert.rejects(fetchPage(requestOf(1, { url })), { code: 'PAGE_URL_INVALID' });
  });
});

const openssl = spawnSync('openssl', ['version']).status === 0;

describe('fetchPage over TLS', {
  skip: openssl ? false : 'needs openssl for a certificate (apt-get install openssl)',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ist-page-'));
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string) => join(folder, name);
  if (openssl) {
    // Whoever signs it writes into it what he likes; what could steer a terminal is not repeated.
    const subject = [
      '-utf8',
      '-subj',
      '/CN=page.test/O=\u001bHot\u202eel',
      '-addext',
      'subjectAltName=DNS:page.test,IP:127.0.0.1',
    ];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const out = ['-keyout', file('key.pem'), '-out', file('cert.pem'), '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...out], { stdio: 'ignore' });
  }
  const ca = () => ({ ca: readFileSync(file('cert.pem'), 'utf8') });
  let asked = 0;
  const pageServer = (t: TestContext) =>
    listening(
      createHttps(
        { key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem')) },
        (_, reply) => {
          asked += 1;
          reply.writeHead(204).end();
        },
      ).on('tlsClientError', () => undefined),
      t,
    );
  const secured = (port: number) => ({ url: `https://page.test:${port}/` });

  it('is answered by a server whose certificate names it', async (t) => {
    const port = await pageServer(t);
    const reply = await fetchIt(port, secured(port), ca());
    assert.deepEqual([reply.outcome, reply.status], ['ok', 204]);
    assert.ok(reply.tlsUs > 0);
    const literal = await fetchIt(port, { url: `https://127.0.0.1:${port}/` }, ca());
    assert.equal(literal.outcome, 'ok');
  });

  it('asks nothing of a server whose certificate is unknown or of another name, and says whose it is', async (t) => {
    const port = await pageServer(t);
    const askedBefore = asked;
    const unknown = await fetchIt(port, secured(port));
    assert.equal(unknown.outcome, 'tls');
    assert.match(unknown.foreignCertificate ?? '', /SELF_SIGNED.*page\.test.*signed by Hotel/);
    const other = await fetchIt(port, { url: `https://other.test:${port}/` }, ca());
    assert.equal(other.outcome, 'tls');
    assert.match(other.foreignCertificate ?? '', /ALTNAME.*page\.test/);
    assert.equal(asked, askedBefore);
  });

  it('tells a server without TLS, a broken handshake and silence apart', async (t) => {
    const plain = await listening(
      createServer((socket) => {
        socket.on('data', () => socket.write('220 mail.example ESMTP\r\n'));
      }),
      t,
    );
    const breaking = await listening(
      createServer((socket) => {
        socket.on('data', () => socket.resetAndDestroy());
      }),
      t,
    );
    const silent = await listening(createServer(), t);
    const outcome = async (port: number) =>
      (await fetchIt(port, { ...secured(port), timeoutMs: 300 })).outcome;
    assert.equal(await outcome(plain), 'tls');
    assert.equal(await outcome(breaking), 'reset');
    assert.equal(await outcome(silent), 'timeout');
  });
});
