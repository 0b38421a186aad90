import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseArp, readNeighbours, toNeighbours } from './neighbours.ts';

const arp = `IP address       HW type     Flags       HW address            Mask     Device
192.168.77.1     0x1         0x2         02:FC:00:00:00:05     *        eth0
192.168.77.20    0x1         0x0         00:00:00:00:00:00     *        eth0
192.168.77.21    0x1         0x6         02:00:00:00:00:15     *        wlan0
`;

describe('toNeighbours', () => {
  const raw = { interfaceName: 'eth0', mac: '02:00:00:00:00:07', state: 2, flags: 0 } as const;

  it('gives link-local addresses their zone and says who is a router', () => {
    assert.deepEqual(toNeighbours([{ ...raw, family: 6, address: 'fe80::1', flags: 0x80 }]), [
      {
        family: 'ipv6',
        interfaceName: 'eth0',
        address: 'fe80::1%eth0',
        mac: '02:00:00:00:00:07',
        state: 'reachable',
        isRouter: true,
      },
    ]);
  });

  it('names every state, and leaves out what is never asked for', () => {
    const states = [0, 1, 2, 4, 8, 16, 32, 64, 128, 3];
    const entries = states.map((state) => ({ ...raw, family: 4 as const, address: '192.168.77.1', state }));
    assert.deepEqual(
      toNeighbours(entries).map(({ state }) => state),
      ['none', 'incomplete', 'reachable', 'stale', 'delay', 'probe', 'failed', 'permanent'],
    );
  });

  it('has no hardware address while it is not known', () => {
    const [entry] = toNeighbours([{ ...raw, family: 4, address: '192.168.77.1', mac: '', state: 1 }]);
    assert.equal(entry?.mac, null);
  });
});

describe('parseArp', () => {
  it('tells complete, incomplete and permanent entries apart', () => {
    assert.deepEqual(
      parseArp(arp).map(({ address, mac, state, interfaceName }) => [address, mac, state, interfaceName]),
      [
        ['192.168.77.1', '02:fc:00:00:00:05', 'stale', 'eth0'],
        ['192.168.77.20', null, 'incomplete', 'eth0'],
        ['192.168.77.21', '02:00:00:00:00:15', 'permanent', 'wlan0'],
      ],
    );
  });

  it('leaves out damaged rows', () => {
    const damaged = arp
      .replace('192.168.77.1 ', '192.168.777.1')
      .replace('0x6', 'zz')
      .replace('*        eth0\n192.168.77.21', '\n192.168.77.21');
    assert.deepEqual(parseArp(damaged), []);
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseArp(`head\n${text}`))));
  });
});

describe('readNeighbours', () => {
  it('reads the text table where there is one, and nothing where there is none', async () => {
    const root = mkdtempSync(join(tmpdir(), 'ist-arp-'));
    try {
      assert.deepEqual(await readNeighbours(root), []);
      mkdirSync(join(root, 'proc/net'), { recursive: true });
      writeFileSync(join(root, 'proc/net/arp'), arp);
      assert.equal((await readNeighbours(root)).length, 3);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it('reads this machine without failing', async () => {
    for (const { state, mac } of await readNeighbours()) {
      assert.ok(state !== 'reachable' || mac !== null, 'who was confirmed has an address');
    }
  });
});
