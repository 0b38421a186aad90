import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { resolveName } from './resolve.ts';

describe('resolveName', () => {
  it('gives a numeric address back as it is', async () => {
    assert.deepEqual(await resolveName('192.0.2.1', { timeoutMs: 100 }), { ipv4: ['192.0.2.1'], ipv6: [] });
    assert.deepEqual(await resolveName('fe80::1%lo', { timeoutMs: 100 }), { ipv4: [], ipv6: ['fe80::1%lo'] });
  });

  it('knows the names of the hosts file in any case of letters', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'ist-hosts-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const hostsPath = join(folder, 'hosts');
    writeFileSync(
      hostsPath,
      '# local\n192.0.2.7 nas NAS.home # the disk\n2001:db8::7\tnas.home\nbroken nas.home\n',
    );
    assert.deepEqual(await resolveName('nas.HOME', { timeoutMs: 100, hostsPath }), {
      ipv4: ['192.0.2.7'],
      ipv6: ['2001:db8::7'],
    });
  });

  it('names the name that has no address, within the time it was given', async () => {
    await assert.rejects(resolveName('no-such-name.invalid', { timeoutMs: 300 }), {
      code: 'NAME_UNRESOLVED',
      message: /no-such-name\.invalid/,
    });
  });
});
