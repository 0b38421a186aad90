import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { parseDhclient, parseDhcpMessage, parseKeyedLease } from './lease-formats.ts';
import { readLeases } from './leases.ts';

const networkd = `# This is private data. Do not parse.
ADDRESS=192.168.77.10
NETMASK=255.255.255.0
ROUTER=192.168.77.1
SERVER_ADDRESS=192.168.77.1
T1=43200
LIFETIME=86400
DNS=192.168.77.1
CLIENTID=ffb6220feb
`;

const dhclient = `default-duid "\\000\\001";
lease {
  interface "eth0";
  fixed-address 192.168.77.9;
  option dhcp-server-identifier 192.168.77.2;
  expire 1 2026/11/22 10:00:00;
}
lease {
  interface "eth0";
  fixed-address 192.168.77.10;
  option domain-name "} lease {";
  option dhcp-server-identifier 192.168.77.1;
  renew 2 2026/11/24 06:00:00;
  expire 2 2026/11/24 12:00:00;
}
lease {
  interface "wlan0";
  fixed-address 10.0.0.4;
  expire never;
}
lease {
  interface "eth1";
  fixed-address 10.0.1.4;
  expire epoch 1795521600; # Tue Nov 24 2026
}
lease6 {
  interface "eth2";
}
`;

/** A DHCPACK for 192.168.77.10 with these options. */
function dhcpMessage(...options: number[][]): Uint8Array {
  const bytes = new Uint8Array(240 + options.flat().length + 1);
  bytes.set([2, 1, 6, 0], 0);
  bytes.set([192, 168, 77, 10], 16);
  bytes.set([0x63, 0x82, 0x53, 0x63], 236);
  bytes.set([...options.flat(), 255], 240);
  return bytes;
}
const fromServer = [54, 4, 192, 168, 77, 1];
const forAnHour = [51, 4, 0, 0, 0x0e, 0x10];

describe('parseKeyedLease', () => {
  it('reads address, server and lifetime', () => {
    assert.deepEqual(parseKeyedLease(networkd), {
      address: '192.168.77.10',
      server: '192.168.77.1',
      lifetimeSeconds: 86_400,
    });
  });

  it('makes do with the address alone, and knows no lease without one', () => {
    assert.deepEqual(parseKeyedLease('ADDRESS=192.168.77.10\nSERVER_ADDRESS=nobody\nLIFETIME=4294967295\n'), {
      address: '192.168.77.10',
      server: null,
      lifetimeSeconds: null,
    });
    assert.equal(parseKeyedLease('ADDRESS=192.168.777.10\nSERVER_ADDRESS=192.168.77.1\n'), null);
    fc.assert(fc.property(fc.string(), (text) => parseKeyedLease(text) === null || text.includes('ADDRESS')));
  });
});

describe('parseDhcpMessage', () => {
  it('reads address, server and lease time out of the options', () => {
    assert.deepEqual(parseDhcpMessage(dhcpMessage([53, 1, 5], [0, 0], forAnHour, fromServer)), {
      address: '192.168.77.10',
      server: '192.168.77.1',
      lifetimeSeconds: 3600,
    });
  });

  it('keeps what stands before a cut and refuses what is no DHCP message', () => {
    const whole = dhcpMessage(fromServer, forAnHour);
    assert.equal(parseDhcpMessage(whole.subarray(0, 250))?.server, '192.168.77.1');
    assert.equal(parseDhcpMessage(whole.subarray(0, 250))?.lifetimeSeconds, null);
    assert.equal(parseDhcpMessage(whole.subarray(0, 239)), null);
    assert.equal(parseDhcpMessage(new Uint8Array(300)), null);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (options) => {
        const lease = parseDhcpMessage(dhcpMessage([...options]));
        return lease?.address === '192.168.77.10';
      }),
    );
  });
});

describe('parseDhclient', () => {
  it('takes the last lease of each interface, whatever a server wrote into its strings', () => {
    assert.deepEqual(parseDhclient(dhclient), [
      {
        interfaceName: 'eth0',
        address: '192.168.77.10',
        server: '192.168.77.1',
        expiresAtMs: Date.UTC(2026, 10, 24, 12),
      },
      { interfaceName: 'wlan0', address: '10.0.0.4', server: null, expiresAtMs: null },
      { interfaceName: 'eth1', address: '10.0.1.4', server: null, expiresAtMs: 1_795_521_600_000 },
    ]);
  });

  it('gives nothing for blocks that are cut or say nothing', () => {
    assert.deepEqual(parseDhclient(dhclient.slice(0, 120)), []);
    assert.deepEqual(parseDhclient('lease {\n  interface "eth0";\n}\nlease {\n}\n}\n'), []);
  });
});

describe('readLeases', () => {
  let root = '';
  const put = (path: string, content: string | Uint8Array, changedAtMs = Date.UTC(2026, 10, 22)) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    utimesSync(join(root, path), changedAtMs / 1000, changedAtMs / 1000);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ist-leases-'));
    for (const [index, name] of ['lo', 'eth0', 'wlan0', 'wlan0-1'].entries())
      put(`sys/class/net/${name}/ifindex`, `${index + 1}\n`);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is empty where no client of ours has ever run', async () => {
    assert.deepEqual(await readLeases(root), []);
    assert.deepEqual(await readLeases('/nonexistent'), []);
  });

  it('finds the leases of every client, newest first', async () => {
    const day = (number: number) => Date.UTC(2026, 10, number);
    put('run/systemd/netif/leases/2', networkd, day(5));
    put('var/lib/NetworkManager/internal-0f9b0a1e-1d2c-4b3a-8f7e-6a5b4c3d2e1f-wlan0.lease', networkd, day(4));
    put('var/lib/dhcp/dhclient.eth0.leases', dhclient, day(3));
    put('var/lib/dhcpcd/wlan0-My%20Home.lease', dhcpMessage(fromServer, forAnHour), day(2));
    put('var/lib/dhcpcd/wlan0-1.lease', dhcpMessage(fromServer), day(1));
    const leases = await readLeases(root);
    assert.deepEqual(
      leases.map(({ interfaceName, address, expiresAtMs }) => [interfaceName, address, expiresAtMs]),
      [
        ['eth0', '192.168.77.10', day(6)],
        ['wlan0', '192.168.77.10', day(5)],
        ['eth0', '192.168.77.10', Date.UTC(2026, 10, 24, 12)],
        ['wlan0', '10.0.0.4', null],
        ['eth1', '10.0.1.4', 1_795_521_600_000],
        ['wlan0', '192.168.77.10', day(2) + 3_600_000],
        ['wlan0-1', '192.168.77.10', null],
      ],
    );
  });

  it('leaves alone what is of no interface here, no lease, or no file', async () => {
    put('run/systemd/netif/leases/99', networkd);
    put('var/lib/NetworkManager/secret_key', networkd);
    put('var/lib/dhcpcd/duid', 'ff');
    put('var/lib/dhcpcd/eth0.lease', 'not a DHCP message');
    put('elsewhere', dhcpMessage(fromServer));
    symlinkSync(join(root, 'elsewhere'), join(root, 'var/lib/dhcpcd/wlan0.lease'));
    assert.equal(spawnSync('mkfifo', [join(root, 'run/systemd/netif/leases/2')]).status, 0);
    assert.deepEqual(await readLeases(root), []);
  });

  it('reads only the end of a file that has grown for years', async () => {
    const old = 'lease {\n  interface "eth0";\n  fixed-address 192.168.77.3;\n}\n'.repeat(20_000);
    put('var/lib/dhcp/dhclient.leases', `${old}${dhclient}`);
    const [first] = await readLeases(root);
    assert.equal(first?.address, '192.168.77.10');
  });
});
