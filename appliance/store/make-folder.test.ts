import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from './make-folder.ts';

test('folders above are made too, and one that is there is left alone', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'ist-folder-'));
  t.after(() => rmSync(root, { recursive: true }));
  const deep = join(root, 'a/b/c');
  makeFolder(deep);
  makeFolder(deep);
  assert.equal(statSync(deep).mode & 0o777, 0o700);
});

test('where no folder can be made it fails at once', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'ist-folder-'));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'file'), '');
  assert.throws(() => makeFolder(join(root, 'file')), { code: 'EEXIST' });
  assert.throws(() => makeFolder(join(root, 'file/below')), { code: 'ENOTDIR' });
  assert.throws(() => makeFolder('/proc/nothing/below'), { code: 'ENOENT' });
});
