import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import type { ServiceClient } from '../../../core/feature.ts';
import { ask, startTestServer } from '../../../http/testing.ts';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import { type CertificateWorldOptions, certificateWorld } from '../../../testing/fakes/certificate-world.ts';
import { tlsCommand } from './command.ts';
import { certificateRoutes } from './routes.ts';
import type { TlsStatus } from './schema.ts';

async function makeServer(context: TestContext, options: CertificateWorldOptions = {}) {
  const world = await certificateWorld(context, options);
  const routes = certificateRoutes(world.service);
  const started = await startTestServer(context, { identity: world.service, routes });
  return { ...world, ...started };
}

/** A client that knows the authority and nothing else; resolves with the names that it was shown. */
async function visit(port: number, ca: string, name = 'localhost'): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, servername: name, ca });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.subjectAltName ?? '';
  } finally {
    socket.destroy();
  }
}

test('a device fetches the authority in plain, installs it, and is content from then on', async (context) => {
  const { port, service } = await makeServer(context);
  const pem = await ask({ port, path: '/api/tls/ca.pem' });
  assert.deepEqual([pem.status, pem.headers['content-type']], [200, 'application/x-x509-ca-cert']);
  assert.equal(new X509Certificate(pem.text).fingerprint256, service.status().authority?.fingerprint);
  for (const name of ['localhost', 'box.local', 'box']) await visit(port, pem.text, name);
  await assert.rejects(visit(port, pem.text, 'other.local'), /does not match certificate's altnames/);
  await assert.rejects(visit(port, ''), /unable to verify/);
});

test('telephones get the authority as DER, under both names', async (context) => {
  const { port, service } = await makeServer(context);
  for (const path of ['/api/tls/ca.der', '/api/tls/ca.crt']) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    const der = Buffer.from(await response.arrayBuffer());
    assert.equal(new X509Certificate(der).fingerprint256, service.status().authority?.fingerprint, path);
  }
});

test('before there is an authority its files are not there, with the reason', async (context) => {
  const { port } = await makeServer(context, { tls: 'off' });
  const answer = await ask({ port, path: '/api/tls/ca.crt' });
  assert.deepEqual([answer.status, answer.json.error?.code], [404, 'TLS_NO_AUTHORITY']);
  const status = await ask({ port, path: '/api/tls' });
  assert.deepEqual([status.status, status.json.inUse], [200, 'none']);
});

test('a new address and a new authority are shown to the next visitor without a restart', async (context) => {
  const { port, service, names, pass } = await makeServer(context);
  const before = service.authorityPem();
  names.push('192.168.7.9');
  await pass(60_000);
  assert.match(await visit(port, before), /IP Address:192\.168\.7\.9/);
  await service.replaceAuthority();
  await assert.rejects(visit(port, before));
  await visit(port, service.authorityPem());
});

async function runTls(answer: TlsStatus, words: string[] = [], isJson = false, columns = 120) {
  const asked: string[] = [];
  const client: ServiceClient = {
    get: async <Result>(path: string) => {
      asked.push(`GET ${path}`);
      return answer as Result; // the command asks for nothing else
    },
    send: async <Result>(method: string, path: string) => {
      asked.push(`${method} ${path}`);
      return answer as Result; // the same
    },
    text: async (path) => `-----BEGIN CERTIFICATE----- of ${path}\n`,
    bytes: () => assert.fail('nothing is fetched as bytes here'),
    stream: () => assert.fail('nothing streams here'),
    dataFolder: '',
  };
  const command = tlsCommand.commands?.find(({ name }) => name === words[0]) ?? tlsCommand;
  const terminal = createRecordingTerminal({ columns, isJson });
  const signal = new AbortController().signal;
  const code = await command.run({ arguments: [], options: {}, client, terminal, signal });
  return { code, output: terminal.output, errors: terminal.errors, asked };
}

test('ist tls shows fingerprints, names and days, and fails where something is wrong', async (context) => {
  const { service, change } = await certificateWorld(context);
  const good = await runTls(service.status());
  assert.deepEqual([good.code, good.errors, good.asked], [0, '', ['GET /api/tls']]);
  const { certificate, authority } = service.status();
  for (const words of [
    certificate?.fingerprint,
    authority?.fingerprint,
    'box.local',
    '(45 days left)',
    'http.tls: local',
  ]) {
    assert.ok(good.output.includes(words ?? ''), `${words} in ${good.output}`);
  }
  const narrow = await runTls(service.status(), [], false, 60);
  assert.ok(narrow.output.includes(certificate?.fingerprint ?? 'none'));
  assert.match(good.output, /^ {2}fingerprint {5}[0-9A-F]{2}:/m);
  const json = await runTls(service.status(), [], true);
  assert.deepEqual(JSON.parse(json.output), service.status());
  change({ tls: 'own' });
  await service.look();
  const bad = await runTls(service.status());
  assert.equal(bad.code, 1);
  assert.match(bad.errors, /http\.tlsCertificateFile names no file/);
  change({ tls: 'off' });
  await service.look();
  const plain = await runTls(service.status());
  assert.equal(plain.code, 0);
  assert.match(plain.output, /none: plain HTTP[\s\S]*read along/);
});

test('ist tls ca prints the certificate to be installed; ist tls new-ca makes another', async (context) => {
  const { service } = await certificateWorld(context);
  const status = service.status();
  assert.match(
    (await runTls(status, ['ca'])).output,
    /^-----BEGIN CERTIFICATE----- of \/api\/tls\/ca\.pem$/m,
  );
  assert.deepEqual((await runTls(status, ['new-ca'])).asked, ['POST /api/tls/ca']);
});
