import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { changeText } from './change-text.ts';
import { originName, readOrigin, readOwner } from './cymru.ts';
import { adviceFor, mssOf } from './mtu-advice.ts';
import { isPublic } from './public-address.ts';
import { cleanHostName, reverseName } from './reverse-name.ts';
import { flowOf } from './walk.ts';

test('only addresses that belong to somebody on the Internet are public', () => {
  const own = [
    '192.168.1.1',
    '10.0.0.1',
    '172.31.255.1',
    '100.64.1.1',
    '100.127.0.1',
    '169.254.1.1',
    '127.0.0.1',
  ];
  const others = [
    '0.0.0.0',
    '198.51.100.2',
    '224.0.0.1',
    'fe80::1',
    'fd00::1',
    '2001:db8::1',
    '::1',
    'gateway',
    '',
  ];
  for (const address of [...own, ...others]) assert.equal(isPublic(address), false, address);
  for (const address of ['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])
    assert.equal(isPublic(address), true, address);
});

describe('reverse names', () => {
  it('turn addresses of both families round', () => {
    assert.equal(reverseName('192.0.2.1'), '1.2.0.192.in-addr.arpa');
    assert.equal(
      reverseName('2001:db8::8a2e:370'),
      '0.7.3.0.e.2.a.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
    );
    assert.equal(reverseName('::1')?.length, 72);
    assert.equal(reverseName('fe80::1%eth0'), null);
    assert.equal(reverseName('router.example'), null);
  });

  it('are shown only when they are host names', () => {
    assert.equal(cleanHostName('core-1.example.net.'), 'core-1.example.net');
    for (const text of ['', '<script>', 'a b', '-x', '\u001b[2J', 'x'.repeat(300)])
      assert.equal(cleanHostName(text), null, text);
  });
});

describe("Team Cymru's answers", () => {
  it('are asked for by reversed addresses', () => {
    assert.equal(originName('8.8.4.4'), '4.4.8.8.origin.asn.cymru.com');
    assert.match(
      originName('2a00:1450::1') ?? '',
      /^1\.(0\.){23}0\.5\.4\.1\.0\.0\.a\.2\.origin6\.asn\.cymru\.com$/,
    );
  });

  it('give the network with the longest prefix, and its first origin', () => {
    const answers = [
      '64500 | 192.0.0.0/8 | DE | ripencc | 2001-01-01',
      '"64501 64502 | 192.0.2.0/24 | DE | ripencc | 2001-01-01"',
    ];
    assert.deepEqual(readOrigin(answers), { asn: 64501, prefix: '192.0.2.0/24' });
    assert.deepEqual(readOrigin(['64500 | 2001:db8::/32 | DE | ripencc |']), {
      asn: 64500,
      prefix: '2001:db8::/32',
    });
    for (const garbage of [[], [''], ['NA | | |'], ['-1 | 192.0.2.0/24'], ['64500 | anything']])
      assert.equal(readOrigin(garbage), null);
  });

  it('give the owner as text that can be shown', () => {
    assert.equal(
      readOwner(['64500 | DE | ripencc | 2001-01-01 | EXAMPLE Example Ltd, DE']),
      'EXAMPLE Example Ltd, DE',
    );
    assert.equal(readOwner(['64500 | DE | ripencc | 2001-01-01 | \u001b[2J\u202e']), '[2J');
    assert.equal(readOwner(['64500 | ES | ripencc | 2001-01-01 | Telefónica']), 'Telefónica');
    assert.equal(readOwner(['64500 | DE']), null);
    assert.equal(readOwner([]), null);
  });
});

test('a change is said in one sentence', () => {
  const before = { fingerprint: '1', hops: [['a'], ['b'], ['t']] };
  const after = { fingerprint: '2', hops: [['a'], ['x'], ['t']] };
  const longer = { fingerprint: '3', hops: [['a'], ['b'], ['c'], ['t']] };
  const target = { name: 'Cloudflare', family: 'ipv4' } as const;
  assert.equal(
    changeText(target, { before, after, firstDifferentTtl: 2 }),
    'From hop 2 on another way to Cloudflare: by x in place of b.',
  );
  assert.equal(
    changeText({ ...target, family: 'ipv6' }, { before, after: longer, firstDifferentTtl: 3 }),
    'From hop 3 on another way to Cloudflare over IPv6: by c in place of t; 4 hops, before it were 3.',
  );
});

test('the advice fits what was found', () => {
  const found = { mtu: 1400, from: null, probes: 9 } as const;
  assert.equal(mssOf(1500, 'ipv4'), 1460);
  assert.equal(mssOf(1280, 'ipv6'), 1220);
  assert.match(adviceFor({ ...found, verdict: 'full', mtu: 1500 }, 'ipv4', false), /Nothing to do/);
  assert.match(
    adviceFor({ ...found, verdict: 'told', from: '192.0.2.1' }, 'ipv4', false),
    /192\.0\.2\.1 says so/,
  );
  assert.match(adviceFor({ ...found, verdict: 'black-hole' }, 'ipv4', false), /TCP segments to 1360 bytes/);
  assert.match(adviceFor({ ...found, verdict: 'black-hole' }, 'ipv4', true), /may not answer large pings/);
});

test('the flow of an address is always the same one', () => {
  assert.equal(flowOf('203.0.113.10'), flowOf('203.0.113.10'));
  assert.notEqual(flowOf('203.0.113.10'), flowOf('203.0.113.11'));
  for (let i = 0; i < 2000; i += 1) {
    const flow = flowOf(`203.0.${i}`);
    assert.ok(Number.isInteger(flow) && flow >= 1 && flow <= 65_535);
  }
});
