import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readText, writeText } from './durable-file.ts';

async function makeFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ist-file-'));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('a file is replaced as a whole, keeps its mode and leaves nothing else behind', async (context) => {
  const folder = await makeFolder(context);
  const file = join(folder, 'ist.yaml');
  await writeText(file, 'one');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await chmod(file, 0o640);
  await writeText(file, 'two');
  assert.equal(await readText(file), 'two');
  assert.equal((await stat(file)).mode & 0o777, 0o640);
  assert.deepEqual(await readdir(folder), ['ist.yaml']);
});

test('what a power cut left of an earlier write does not matter', async (context) => {
  const folder = await makeFolder(context);
  await writeFile(join(folder, '.ist.yaml.new'), 'half');
  await writeText(join(folder, 'ist.yaml'), 'whole');
  assert.deepEqual(await readdir(folder), ['ist.yaml']);
});

test('a symbolic link stays one', async (context) => {
  const folder = await makeFolder(context);
  const [real, link] = [join(folder, 'real.yaml'), join(folder, 'link.yaml')];
  await writeFile(real, 'one');
  await symlink(real, link);
  await writeText(link, 'two');
  assert.ok((await lstat(link)).isSymbolicLink());
  assert.equal(await readFile(real, 'utf8'), 'two');
});

test('a place that cannot be written is an error that names it', async (context) => {
  const folder = await makeFolder(context);
  const file = join(folder, 'absent', 'ist.yaml');
  await assert.rejects(writeText(file, 'x'), {
    code: 'CONFIG_UNWRITABLE',
    status: 409,
    message: new RegExp(`Cannot write ${file}`),
  });
});

test('what is no regular file, or far too large, is refused at once', async (context) => {
  const folder = await makeFolder(context);
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await assert.rejects(readText(pipe), { code: 'CONFIG_UNREADABLE', message: /not a regular file/ });
  const large = join(folder, 'large');
  await writeFile(large, Buffer.alloc(2_000_000));
  await assert.rejects(readText(large), { code: 'CONFIG_UNREADABLE', message: /larger than/ });
  assert.equal(await readText(join(folder, 'absent')), null);
});
