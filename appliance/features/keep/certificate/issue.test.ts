import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, isIP } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { systemClock } from '../../../core/clock.ts';
import { allowedFor, isAllowed, namesToVouchFor } from './allowed-names.ts';
import { covers, factsOf } from './certificate-facts.ts';
import { issue, type KeyPair } from './issue.ts';
import { encodeNameConstraints } from './name-constraints.ts';

const nowMs = systemClock.wallMs();
const times = { startsAtMs: nowMs - 86_400_000, endsAtMs: nowMs + 86_400_000 };
const makeAuthority = (allowed: readonly string[]) =>
  issue({ kind: 'authority', hostName: 'box', allowed, ...times });
const makeLeaf = (authority: KeyPair, names: string[]) =>
  issue({ kind: 'leaf', authority, subject: names[0] ?? '', names, ...times });

/** What a client that trusts the authority says of the leaf; null when it is content. */
async function verdict(context: TestContext, authority: KeyPair, leaf: KeyPair, name: string) {
  const server = createServer({ cert: leaf.certificate, key: leaf.key }).on(
    'tlsClientError',
    () => undefined,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: isIP(name) === 0 ? name : '',
    ca: authority.certificate,
  });
  try {
    await once(socket, 'secureConnect');
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    socket.destroy();
  }
}

test('clients that trust the authority take its certificates, and not for names of the Internet', async (context) => {
  const authority = await makeAuthority(allowedFor(['box', 'status.example.org']));
  const trusted = await makeLeaf(authority, [
    'box.local',
    'box',
    'status.example.org',
    '192.168.1.2',
    '2001:db8::2',
  ]);
  for (const name of ['box.local', 'box', 'status.example.org']) {
    assert.equal(await verdict(context, authority, trusted, name), null, name);
  }
  for (const name of ['bank.example.com', 'example.org', '8.8.8.8']) {
    const stolen = await makeLeaf(authority, [name]);
    assert.match(
      (await verdict(context, authority, stolen, name)) ?? '',
      /permitted subtree violation/,
      name,
    );
  }
  const another = await makeAuthority(allowedFor([]));
  assert.match((await verdict(context, another, trusted, 'box.local')) ?? '', /unable to verify/);
});

test('an authority signs certificates and nothing else; what it signs may not sign', async () => {
  const authority = await makeAuthority(['local']);
  const leaf = await makeLeaf(authority, ['box.local']);
  const above = new X509Certificate(authority.certificate);
  const below = new X509Certificate(leaf.certificate);
  assert.deepEqual([above.ca, below.ca], [true, false]);
  assert.ok(below.checkIssued(above));
  assert.deepEqual(below.keyUsage, ['1.3.6.1.5.5.7.3.1']); // the extended one: id-kp-serverAuth
  for (const certificate of [above, below]) {
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    assert.match(certificate.serialNumber, /^4[0-9A-F]{31}$/);
  }
  assert.notEqual(
    factsOf((await makeAuthority(['local'])).certificate).subject,
    factsOf(authority.certificate).subject,
  );
});

test('what a certificate says is read back in one spelling', async () => {
  const leaf = await makeLeaf(await makeAuthority(['local']), [
    'box.local',
    '10.0.0.1',
    '2001:db8::1',
    '::1',
  ]);
  const { subject, issuer, names, startsAtMs, endsAtMs } = factsOf(leaf.certificate);
  assert.equal(subject, 'box.local');
  assert.match(issuer, /^Internet Stability Tracker on box /);
  assert.deepEqual(names, ['box.local', '10.0.0.1', '2001:db8::1', '::1']);
  assert.ok(Math.abs(startsAtMs - times.startsAtMs) < 1000 && Math.abs(endsAtMs - times.endsAtMs) < 1000);
  for (const name of names) assert.equal(covers(leaf.certificate, name), true, name);
  for (const name of ['other.local', '10.0.0.2', '2001:db8::2'])
    assert.equal(covers(leaf.certificate, name), false);
});

test('of its own names, the box vouches for those that people can type', () => {
  const own = [
    '127.0.0.1',
    'localhost',
    'fe80::1',
    'FE80::2',
    'box',
    'box_2.local',
    'bad name',
    '-x',
    'fd00::1',
    '169.254.1.1',
  ];
  assert.deepEqual(namesToVouchFor(own), [
    'localhost',
    'box',
    'box_2.local',
    '127.0.0.1',
    'fd00::1',
    '169.254.1.1',
  ]);
  const many = Array.from({ length: 300 }, (_, index) => `10.0.0.${index % 250}`);
  assert.equal(namesToVouchFor(['box', ...many]).length, 48);
});

test('houses are allowed, and of the rest only what the box is called', () => {
  const allowed = allowedFor(['box', 'status.example.org', '192.168.1.2', '203.0.113.9']);
  const inside = [
    'box',
    'a.local',
    'x.home.arpa',
    'sub.status.example.org',
    '10.9.8.7',
    '203.0.113.9',
    '2a02::1',
    'fd00::1',
    '127.0.0.1',
    '::1',
  ];
  const outside = [
    'example.org',
    'tatus.example.org',
    'notlocal',
    '8.8.8.8',
    '203.0.113.10',
    '::2',
    'ff02::1',
  ];
  assert.deepEqual(
    inside.filter((name) => !isAllowed(name, allowed)),
    [],
  );
  assert.deepEqual(
    outside.filter((name) => isAllowed(name, allowed)),
    [],
  );
});

test('name constraints are written as the standard says', () => {
  const hex = (allowed: string[]) => Buffer.from(encodeNameConstraints(allowed)).toString('hex');
  assert.equal(hex(['local']), '300ba009300782056c6f63616c');
  assert.equal(hex(['172.16.0.0/12']), '300ea00c300a8708ac100000fff00000');
  assert.equal(hex(['fc00::/7']), `3026a02430228720fc${'00'.repeat(15)}fe${'00'.repeat(15)}`);
  assert.equal(hex(['2001:db8::5/128']).slice(-64), `20010db8${'00'.repeat(11)}05${'ff'.repeat(16)}`);
  assert.equal(hex(Array.from({ length: 40 }, () => 'localdomain')).slice(0, 16), '3082025ca0820258');
});
