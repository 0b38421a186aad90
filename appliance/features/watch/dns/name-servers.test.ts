import assert from 'node:assert/strict';
import { test } from 'node:test';
import Value from 'typebox/value';
import { sections } from '../latency/config.ts';
import { controlsOf, parseServer, serversOf } from './name-servers.ts';

const link = {
  name: 'main',
  interface: 'eth0',
  gateways: ['192.168.1.1', 'fe80::1%eth0'],
  ispHops: [],
  resolvers: ['192.168.1.1', '9.9.9.9', '2620:fe::fe', 'fe80::1%eth0'],
};
const line = { link, interfaceName: null };
const both = [
  { line: 'main', family: 'ipv4' },
  { line: 'main', family: 'ipv6' },
] as const;

test('the network’s servers come first, and the one that is the gateway is the router', () => {
  const servers = serversOf(line, both, []);
  assert.deepEqual(
    servers.map(({ server }) => [server.id, server.role, server.family, server.transport]),
    [
      ['192.168.1.1', 'router', 'ipv4', 'udp'],
      ['9.9.9.9', 'system', 'ipv4', 'udp'],
      ['2620:fe::fe', 'system', 'ipv6', 'udp'],
      ['fe80::1%eth0', 'router', 'ipv6', 'udp'],
    ],
  );
});

test('servers of a family that the line does not have are left out', () => {
  const servers = serversOf(line, [{ line: 'other', family: 'ipv6' }], ['tls://[2620:fe::9]#dns.quad9.net']);
  assert.deepEqual(
    servers.map(({ server }) => server.id),
    ['192.168.1.1', '9.9.9.9'],
  );
});

test('the owner’s servers follow, once each, and leave by the interface of their line', () => {
  const servers = serversOf({ link, interfaceName: 'wan1' }, both, [
    '9.9.9.9',
    'tls://9.9.9.9#dns.quad9.net',
  ]);
  assert.deepEqual(servers.at(-1), {
    server: {
      id: 'tls://9.9.9.9',
      line: 'main',
      address: '9.9.9.9',
      family: 'ipv4',
      transport: 'tls',
      role: 'configured',
    },
    question: {
      address: '9.9.9.9',
      transport: 'tls',
      serverName: 'dns.quad9.net',
      interfaceName: 'wan1',
    },
  });
  assert.equal(servers.filter(({ server }) => server.id === '9.9.9.9').length, 1);
});

test('every way to write a server is understood, and the configuration takes it', () => {
  const written: [string, ReturnType<typeof parseServer>][] = [
    ['9.9.9.9', { id: '9.9.9.9', question: { address: '9.9.9.9', transport: 'udp' } }],
    ['2620:fe::fe', { id: '2620:fe::fe', question: { address: '2620:fe::fe', transport: 'udp' } }],
    [
      'udp://9.9.9.9:5353',
      { id: 'udp://9.9.9.9:5353', question: { address: '9.9.9.9', transport: 'udp', port: 5353 } },
    ],
    ['tcp://9.9.9.9', { id: 'tcp://9.9.9.9', question: { address: '9.9.9.9', transport: 'tcp' } }],
    [
      'tls://[2620:fe::fe]:8853#dns.quad9.net',
      {
        id: 'tls://[2620:fe::fe]:8853',
        question: { address: '2620:fe::fe', transport: 'tls', port: 8853, serverName: 'dns.quad9.net' },
      },
    ],
    [
      'https://9.9.9.9/dns-query#dns.quad9.net',
      {
        id: 'https://9.9.9.9/dns-query',
        question: {
          address: '9.9.9.9',
          transport: 'https',
          path: '/dns-query',
          serverName: 'dns.quad9.net',
        },
      },
    ],
  ];
  for (const [text, parsed] of written) {
    assert.deepEqual(parseServer(text), parsed);
    assert.ok(
      Value.Check(sections.dns, {
        resolvers: 'auto',
        names: ['a'],
        intervalMs: 1000,
        pulseMs: 1000,
        compare: [text],
      }),
      text,
    );
  }
});

test('a slip in a server is refused by the configuration, and what it takes can be parsed', () => {
  const wrong = [
    '',
    'dns.quad9.net',
    '9.9.9',
    '9.9.9.256',
    '09.9.9.9',
    '9.9.9.9#dns.quad9.net',
    '9.9.9.9:53',
    'tls://dns.quad9.net',
    'tls://9.9.9.9#',
    'tls://9.9.9.9#dns quad9',
    'tls://9.9.9.9:0',
    'tls://9.9.9.9:65536',
    'tcp://2620:fe::fe',
    'https://9.9.9.9',
    'http://9.9.9.9/dns-query',
    '2620::fe::1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::',
    ':::',
    'g::1',
  ];
  const takes = (text: string) =>
    Value.Check(sections.dns, {
      resolvers: 'auto',
      names: ['a'],
      intervalMs: 1000,
      pulseMs: 1000,
      compare: [text],
    });
  for (const text of wrong) assert.equal(takes(text), false, text);
  const right = ['::1', '1::', '1:2:3:4:5:6:7::', '1::8', '1:2:3:4:5:6:7:8', '1:2::7:8', '::2:3:4:5:6:7:8'];
  for (const text of right) {
    assert.ok(takes(text), text);
    assert.notEqual(parseServer(text), null, text);
  }
});

test('anchors of the line may serve to compare, unless they are asked anyway', () => {
  const anchor = { line: 'main', family: 'ipv4', segment: 'anchor' } as const;
  const targets = [
    { ...anchor, address: '1.1.1.1' },
    { ...anchor, address: '9.9.9.9' },
    { ...anchor, address: null },
    { ...anchor, address: '8.8.8.8', line: 'other' },
    { ...anchor, address: '192.168.1.1', segment: 'gateway' },
  ] as const;
  const controls = controlsOf(line, targets, serversOf(line, both, []));
  assert.deepEqual(
    controls.map(({ server }) => [server.id, server.role]),
    [['1.1.1.1', 'control']],
  );
});
