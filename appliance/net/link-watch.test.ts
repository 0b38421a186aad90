import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { parseIpv4Routes, parseIpv6Routes } from './link-facts.ts';
import { createLinkWatch } from './link-watch.ts';

const silent = () => undefined;
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };

const ipv4Table = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0100A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	014DA8C0	0003	0	0	100	00000000	0	0	0
eth0	004DA8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
ppp0	00000000	00000000	0001	0	0	700	00000000	0	0	0
eth1	00000000	00000000	0201	0	0	1	00000000	0	0	0
`;

const zeros = '0'.repeat(32);
const ipv6Table = `${zeros} 00 ${zeros} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0
${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo
20010db8007700000000000000000000 40 ${zeros} 00 ${zeros} 00000100 00000001 00000000 00000001     eth0
${zeros} 00 ${zeros} 00 20010db8000700000000000000000001 00000064 00000001 00000000 00000003     eth1
`;

describe('parseIpv4Routes', () => {
  it('gives the default routes by metric, without rejecting ones', () => {
    const routes = parseIpv4Routes(ipv4Table);
    assert.deepEqual(
      routes.map(({ interfaceName, gateway, metric }) => [interfaceName, gateway, metric]),
      [
        ['eth0', '192.168.77.1', 100],
        ['wlan0', '192.168.0.1', 600],
        ['ppp0', null, 700],
      ],
    );
  });
});

describe('parseIpv6Routes', () => {
  it('puts the zone behind a link-local gateway and reads hexadecimal metrics', () => {
    assert.deepEqual(parseIpv6Routes(ipv6Table), [
      { family: 'ipv6', interfaceName: 'eth1', gateway: '2001:db8:7::1', metric: 100 },
      { family: 'ipv6', interfaceName: 'eth0', gateway: 'fe80::1%eth0', metric: 1024 },
    ]);
  });
});

describe('createLinkWatch', () => {
  let root = '';
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'ist-link-'));
    put('proc/net/route', ipv4Table);
    put('etc/resolv.conf', '# by hand\nnameserver 127.0.0.53\noptions edns0\n');
    put('sys/class/net/lan7/flags', '0x1003\n');
    put('sys/class/net/lan7/carrier', '0\n');
    put('sys/class/net/lo/flags', '0x9\n');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('looks behind the stub of systemd-resolved, and keeps the stub when nothing stands there', async () => {
    const watch = createLinkWatch({ clock: systemClock, log, root });
    assert.deepEqual((await watch.read()).resolvers, ['127.0.0.53']);
    put('run/systemd/resolve/resolv.conf', 'nameserver 192.168.77.1\nnameserver 2001:db8::53\n');
    assert.deepEqual((await watch.read()).resolvers, ['192.168.77.1', '2001:db8::53']);
  });

  it('tells an interface that is up from one that has a carrier, and needs no IPv6', async () => {
    const facts = await createLinkWatch({ clock: systemClock, log, root }).read();
    assert.deepEqual(facts.interfaces, [
      { name: 'lan7', isUp: true, hasCarrier: false, addresses: [], networks: [] },
    ]);
    assert.equal(facts.defaultRoutes.length, 3);
  });

  it('reads this machine without failing', async () => {
    const facts = await createLinkWatch({ clock: systemClock, log }).read();
    assert.ok(facts.interfaces.every(({ name }) => name !== 'lo'));
    for (const { addresses, networks = [] } of facts.interfaces) {
      assert.deepEqual(
        networks.map((network) => network.split('/')[0]),
        addresses,
      );
    }
  });
});
