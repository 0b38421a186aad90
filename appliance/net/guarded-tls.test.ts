import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { callLoopback, listening, web } from '../testing/fakes/outside.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe('a call out over TLS', {
  skip: hasOpenssl ? false : 'needs openssl for a certificate (apt-get install openssl)',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ist-call-'));
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string) => join(folder, name);
  if (hasOpenssl) {
    const subject = ['-subj', '/CN=hooks.test', '-addext', 'subjectAltName=DNS:hooks.test'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const out = ['-keyout', file('key.pem'), '-out', file('cert.pem'), '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...out], { stdio: 'ignore' });
  }
  const ca = () => readFileSync(file('cert.pem'), 'utf8');
  let asked: string[] = [];
  const secured = (t: TestContext, answer: RequestListener) => {
    const server = createHttps({ key: readFileSync(file('key.pem')), cert: ca() }, (request, response) => {
      asked.push(`${request.headers.host} ${request.headers.authorization}`);
      answer(request, response);
    });
    return listening(
      server.on('tlsClientError', () => undefined),
      t,
    );
  };

  it('speaks to a server that shows a certificate of its own authority, by the name that was asked for', async (t) => {
    const port = await secured(t, (_, response) => response.end('safe'));
    const url = `https://hooks.test:${port}/`;
    const reply = await callLoopback(port, { url, ca: ca() });
    assert.deepEqual([reply.outcome, Buffer.from(reply.body).toString()], ['ok', 'safe']);
    assert.ok(reply.sentBytes > 300 && reply.receivedBytes > 500, 'the handshake is counted');
  });

  it('sends nothing to a server whose certificate is unknown or of another name', async (t) => {
    const port = await secured(t, (_, response) => response.end('safe'));
    asked = [];
    const headers = { authorization: 'Bearer abc' };
    const unknown = await callLoopback(port, { url: `https://hooks.test:${port}/`, headers });
    assert.equal(unknown.outcome, 'tls');
    assert.match(unknown.message ?? '', /the certificate is not believed/);
    const other = await callLoopback(port, { url: `https://other.test:${port}/`, headers, ca: ca() });
    assert.equal(other.outcome, 'tls');
    assert.deepEqual(asked, []);
  });

  it('never steps down from https to http', async (t) => {
    let plain = 0;
    const open = await web(t, (_, response) => {
      plain += 1;
      response.end();
    });
    const port = await secured(t, (_, response) =>
      response.writeHead(302, { location: `http://hooks.test:${open}/` }).end(),
    );
    const reply = await callLoopback(port, { url: `https://hooks.test:${port}/`, ca: ca() });
    assert.equal(reply.outcome, 'denied');
    assert.match(reply.message ?? '', /sends on from https: to http:/);
    assert.equal(plain, 0);
  });

  it('steps up from http to https, without what was meant for the plain host', async (t) => {
    const port = await secured(t, (_, response) => response.end('safe'));
    const open = await web(t, (_, response) =>
      response.writeHead(301, { location: `https://hooks.test:${port}/` }).end(),
    );
    asked = [];
    const reply = await callLoopback(open, { headers: { authorization: 'Bearer abc' }, ca: ca() });
    assert.equal(reply.outcome, 'ok');
    assert.deepEqual(asked, [`hooks.test:${port} undefined`]);
  });
});
