import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { certificateWorld, dayMs, ownersFiles } from '../../../testing/fakes/certificate-world.ts';

const minuteMs = 60_000;
const names = ['ist.example', '127.0.0.1'];

async function makeFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ist-own-'));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function makeOwn(context: TestContext, days = { from: -30, to: 300 }) {
  const folder = await makeFolder(context);
  const { authority, leaf, make, ...files } = await ownersFiles(folder, names, days);
  const world = await certificateWorld(context, { tls: 'own', allowedHosts: ['ist.example'], ...files });
  return { ...world, authority, leaf, make, files };
}

test('the certificate of the owner is used as it is, and nothing else is made', async (context) => {
  const { service, leaf, orders } = await makeOwn(context);
  assert.deepEqual(service.current, { ...leaf, isOwn: true });
  const { inUse, problem, certificate, authority } = service.status();
  assert.deepEqual([inUse, problem, authority, orders], ['own', null, null, []]);
  assert.equal(certificate?.daysLeft, 299);
  assert.deepEqual(certificate.uncovered, ['localhost', 'box', 'box.local', '192.168.1.2']);
});

test('what is wrong with the files is told by name and place, and the box’s own certificate stands in', async (context) => {
  const folder = await makeFolder(context);
  const { make, leaf, ...files } = await ownersFiles(folder, names, { from: -30, to: 300 });
  const other = await make({ from: -1, to: 300 });
  const expired = await make({ from: -30, to: -1 });
  const future = await make({ from: 2, to: 300 });
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const key = createPrivateKey(leaf.key);
  const locked = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' });
  const lockedOld = key.export({ type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' });
  const damaged = leaf.certificate.replace(/\n.{20}/, '\n********************');
  const cases: [Partial<typeof files> | { tlsCertificateFile: null }, string, RegExp][] = [
    [{ tlsCertificateFile: null }, 'TLS_FILE_MISSING', /^http\.tlsCertificateFile names no file/],
    [
      { tlsKeyFile: '/nowhere/key.pem' },
      'TLS_FILE_MISSING',
      /^http\.tlsKeyFile \(\/nowhere\/key\.pem\) does not exist/,
    ],
    [{ tlsKeyFile: folder }, 'TLS_FILE_UNREADABLE', /not a regular file/],
    [
      { tlsKeyFile: await file('other.key', other.key) },
      'TLS_KEY_MISMATCH',
      /other\.key\) holds the key of another certificate than .*chain\.pem/,
    ],
    [
      { tlsKeyFile: await file('locked.key', locked.toString()) },
      'TLS_KEY_UNUSABLE',
      /locked\.key\) is protected by a passphrase/,
    ],
    [
      { tlsKeyFile: await file('old.key', lockedOld.toString()) },
      'TLS_KEY_UNUSABLE',
      /old\.key\) is protected by a passphrase/,
    ],
    [{ tlsKeyFile: files.tlsCertificateFile }, 'TLS_KEY_UNUSABLE', /holds no private key in PEM form/],
    [
      { tlsCertificateFile: files.tlsKeyFile },
      'TLS_CERTIFICATE_UNUSABLE',
      /holds no certificate in PEM form/,
    ],
    [{ tlsCertificateFile: await file('damaged.pem', damaged) }, 'TLS_CERTIFICATE_UNUSABLE', /damaged/],
    [
      {
        tlsCertificateFile: await file('expired.pem', expired.certificate),
        tlsKeyFile: await file('expired.key', expired.key),
      },
      'TLS_CERTIFICATE_EXPIRED',
      /expired\.pem\) ended on \d{4}-\d\d-\d\d; renew it/,
    ],
    [
      {
        tlsCertificateFile: await file('future.pem', future.certificate),
        tlsKeyFile: await file('future.key', future.key),
      },
      'TLS_CERTIFICATE_TOO_NEW',
      /begins only on/,
    ],
  ];
  const { service, change } = await certificateWorld(context, { tls: 'off' });
  for (const [wrong, code, words] of cases) {
    change({ tls: 'own', ...files, ...wrong });
    await service.look();
    const { inUse, problem } = service.status();
    assert.equal(problem?.code, code, JSON.stringify(wrong));
    assert.match(problem.message, words);
    assert.doesNotMatch(problem.message, /BEGIN|secret/);
    assert.equal(inUse, 'local', 'encrypted all the same');
    assert.equal(service.current?.isOwn, false);
  }
  change({ tls: 'own', ...files });
  await service.look();
  assert.deepEqual(service.current, { ...leaf, isOwn: true });
});

test('files that change are read again; while only one of the two is new, the last pair goes on', async (context) => {
  const { service, make, files, clock, pass, leaf } = await makeOwn(context);
  const next = await make({ from: -1, to: 90 });
  await writeFile(files.tlsCertificateFile, next.certificate);
  await pass(minuteMs);
  assert.deepEqual(service.current, { ...leaf, isOwn: true });
  assert.equal(service.status().problem?.code, 'TLS_KEY_MISMATCH');
  await writeFile(files.tlsKeyFile, next.key);
  const changed = new Promise<void>((resolve) => service.onChange(resolve));
  clock.advance(minuteMs);
  await changed;
  assert.deepEqual([service.current, service.status().problem], [{ ...next, isOwn: true }, null]);
});

test('one that ends soon is told in time, and when it is over the box’s own stands in', async (context) => {
  const { service, pass } = await makeOwn(context, { from: -30, to: 20 });
  assert.equal(service.status().problem, null);
  await pass(7 * dayMs);
  assert.deepEqual(
    [service.status().inUse, service.status().problem?.code],
    ['own', 'TLS_CERTIFICATE_ENDS_SOON'],
  );
  await pass(14 * dayMs);
  assert.deepEqual(
    [service.status().inUse, service.status().problem?.code],
    ['local', 'TLS_CERTIFICATE_EXPIRED'],
  );
});

test('nothing goes back to plain HTTP where no other certificate can be made', async (context) => {
  const { service, folder, pass } = await makeOwn(context, { from: -30, to: 20 });
  await writeFile(join(folder, 'tls'), 'in the way');
  await pass(21 * dayMs);
  assert.deepEqual(
    [service.status().inUse, service.status().problem?.code],
    ['own', 'TLS_CERTIFICATE_EXPIRED'],
  );
});

test('a certificate for a name that the box does not answer to is used, and the missing name is told', async (context) => {
  const folder = await makeFolder(context);
  const { tlsCertificateFile, tlsKeyFile } = await ownersFiles(folder, ['ist.example'], { from: -1, to: 90 });
  const { service, change } = await certificateWorld(context, { tls: 'own', tlsCertificateFile, tlsKeyFile });
  const { inUse, problem } = service.status();
  assert.deepEqual([inUse, problem?.code], ['own', 'TLS_NAME_MISSING']);
  assert.match(problem?.message ?? '', /is for ist\.example.*add the name to http\.allowedHosts/);
  change({ allowedHosts: ['ist.example'] });
  await service.look();
  assert.equal(service.status().problem, null);
});

test('while the time is not known nothing is said of its end', async (context) => {
  const folder = await makeFolder(context);
  const { tlsCertificateFile, tlsKeyFile } = await ownersFiles(folder, names, { from: -30, to: -1 });
  const { service } = await certificateWorld(context, {
    tls: 'own',
    tlsCertificateFile,
    tlsKeyFile,
    isTimeKnown: false,
  });
  assert.deepEqual([service.status().inUse, service.status().problem], ['own', null]);
});
