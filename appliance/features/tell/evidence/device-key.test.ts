import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { seals } from './check/verify.ts';
import { fingerprintOf, makeDeviceKey, publicKeyPem, readDeviceKey } from './device-key.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ist-key-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test('a key is made for its owner alone, and is the same when it is read again', async (t) => {
  const data = await folder(t);
  const path = join(data, 'device.key');
  assert.equal(await readDeviceKey(path), null);
  const made = await makeDeviceKey(path);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(data), ['device.key']);
  const read = await readDeviceKey(path);
  assert.equal(read?.publicKey, made.publicKey);
  assert.match(made.publicKey, /^[0-9a-f]{64}$/);
});

test('what it signs is true for openssl, for this service and for a browser', async (t) => {
  const key = await makeDeviceKey(join(await folder(t), 'device.key'));
  const message = Buffer.from('what happened');
  const signature = key.sign(message);
  assert.ok(verify(null, message, createPublicKey(publicKeyPem(key.publicKey)), signature));
  assert.ok(await seals.isAble());
  assert.ok(await seals.isSigned(key.publicKey, message, signature));
  assert.equal(await seals.isSigned(key.publicKey, Buffer.from('what did not'), signature), false);
});

test('the fingerprint is the same wherever it is made, and short enough to compare', async (t) => {
  const { publicKey, fingerprint } = await makeDeviceKey(join(await folder(t), 'device.key'));
  assert.match(fingerprint, /^([0-9A-F]{4}-){7}[0-9A-F]{4}$/);
  assert.equal(fingerprintOf(Buffer.from(publicKey, 'hex')), fingerprint);
  assert.equal(await seals.fingerprintOf(publicKey), fingerprint);
});

test('a key that others may read is closed to them', async (t) => {
  const path = join(await folder(t), 'device.key');
  await makeDeviceKey(path);
  await chmod(path, 0o644);
  await readDeviceKey(path);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('what is no key of ours is refused by name, and left as it is', async (t) => {
  const data = await folder(t);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const wrong: Record<string, string | Buffer> = {
    empty: '',
    text: 'not a key',
    large: Buffer.alloc(10_000),
    rsa: rsa.export({ type: 'pkcs8', format: 'pem' }),
  };
  for (const [name, content] of Object.entries(wrong)) {
    const path = join(data, name);
    await writeFile(path, content);
    await assert.rejects(readDeviceKey(path), { code: 'DEVICE_KEY_UNREADABLE', message: new RegExp(path) });
    assert.equal((await stat(path)).size, content.length);
  }
  await mkdir(join(data, 'folder'));
  await assert.rejects(readDeviceKey(join(data, 'folder')), { code: 'DEVICE_KEY_UNREADABLE' });
  await assert.rejects(makeDeviceKey(join(data, 'nowhere', 'device.key')), { code: 'DEVICE_KEY_UNWRITABLE' });
});
