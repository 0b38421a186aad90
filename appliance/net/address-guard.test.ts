import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AddressKind, judgeAddress, ownNetworks, readOwnNetworks } from './address-guard.ts';

const nowhere = ownNetworks([]);
const kindOf = (address: string, cidrs: readonly string[] = []) =>
  judgeAddress(address, cidrs.length === 0 ? nowhere : ownNetworks(cidrs)).kind;

const cases: readonly [AddressKind, readonly string[]][] = [
  ['public', ['1.1.1.1', '8.8.8.8', '172.15.255.255', '172.32.0.1', '192.167.255.255', '100.63.0.1']],
  ['public', ['100.128.0.1', '11.0.0.0', '9.255.255.255', '223.255.255.255', '198.20.0.1', '203.0.113.7']],
  ['public', ['2606:4700:4700::1111', '2a00:1450::1', '2001:4860:4860::8888', '2001:200::1', '3fff::1']],
  ['inside', ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '100.64.0.1']],
  ['inside', ['100.127.255.255', '198.18.0.1', 'fc00::1', 'fd12:3456::1']],
  ['never', ['0.0.0.0', '0.1.2.3', '127.0.0.1', '127.255.255.254', '169.254.169.254', '192.0.0.8']],
  ['never', ['224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255']],
  ['never', ['::', '::1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'ff02::1', 'fec0::1', '100::1']],
  ['never', ['2001::1', '2001:10::1', '2001:20::1', '64:ff9b:1::1.2.3.4', '::1.2.3.4', '4000::1']],
  ['never', ['2606:4700::1%eth0', '', 'localhost', '1.2.3', '0x7f.0.0.1', '017700000001', '1.2.3.4:80']],
];

test('addresses are public, of the own network, or never to be called', () => {
  for (const [kind, addresses] of cases)
    for (const address of addresses) assert.equal(kindOf(address), kind, address);
});

/** The same rules again, by arithmetic: what IPv4 says of a number. */
function expectedOf(address: number): AddressKind {
  const isIn = (network: number, bits: number) => Math.floor(address / 2 ** (32 - bits)) === network;
  if (isIn(0, 8) || isIn(127, 8) || isIn(0xa9fe, 16) || isIn(0xc00000, 24) || isIn(7, 3)) return 'never';
  if (isIn(10, 8) || isIn(0xac1, 12) || isIn(0xc0a8, 16) || isIn(0x191, 10) || isIn(0x6309, 15))
    return 'inside';
  return 'public';
}

/** Numbers that fall into the special ranges as often as beside them. */
const anyNumber = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc
    .tuple(
      fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 224, 255),
      fc.constantFrom(0, 15, 16, 18, 19, 20, 31, 32, 63, 64, 127, 128, 168, 254, 255),
      fc.integer({ min: 0, max: 0xffff }),
    )
    .map(([first, second, rest]) => first * 2 ** 24 + second * 2 ** 16 + rest),
);

const dotted = (address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
const groups = (address: number) => [address >>> 16, address & 0xffff].map((group) => group.toString(16));

/** Ways to write a mapped, translated or tunnelled IPv4 address. */
const clothes: readonly ((address: number) => string)[] = [
  (address) => `::ffff:${dotted(address)}`,
  (address) => `::FFFF:${groups(address).join(':')}`,
  (address) => `0:0:0:0:0:ffff:${groups(address).join(':')}`,
  (address) => `0000:0000:0000:0000:0000:FFFF:${dotted(address)}`,
  (address) => `64:ff9b::${dotted(address)}`,
  (address) => `0064:ff9b:0:0:0:0:${groups(address).join(':')}`,
  (address) => `2002:${groups(address).join(':')}::1`,
  (address) => `2002:${groups(address).join(':')}:ffff:1:2:3:4`,
];

test('every IPv4 address is judged alike, bare and in all its IPv6 clothes', () => {
  fc.assert(
    fc.property(anyNumber, fc.constantFrom(...clothes), (address, dress) => {
      const expected = expectedOf(address);
      assert.equal(kindOf(dotted(address)), expected, dotted(address));
      assert.equal(kindOf(dress(address)), expected, dress(address));
    }),
    { numRuns: 20_000 },
  );
});

test('an own address is refused in every form, also a public one', () => {
  const own = ownNetworks(['93.184.216.34/24', '2a00:db8:1::5/64', '192.168.1.2/24', '127.0.0.1/8']);
  const is = (address: string) => judgeAddress(address, own);
  for (const address of ['93.184.216.34', '::ffff:93.184.216.34', '64:ff9b::5db8:d822', '2002:5db8:d822::1'])
    assert.deepEqual([address, is(address).kind], [address, 'never']);
  for (const address of ['2a00:db8:1::5', '2A00:0DB8:0001:0000:0000:0000:0000:0005', '192.168.1.2'])
    assert.deepEqual([address, is(address).kind], [address, 'never']);
  assert.match(is('64:ff9b::5db8:d822').words, /93\.184\.216\.34 in IPv6 clothes, this box itself/);
});

test('public addresses of the network this box hangs on are inside it', () => {
  const cidrs = ['93.184.216.34/24', '2a00:db8:1::5/64'];
  for (const address of ['93.184.216.1', '::ffff:93.184.216.1', '2a00:db8:1::77'])
    assert.deepEqual([address, kindOf(address, cidrs)], [address, 'inside']);
  for (const address of ['93.184.217.1', '2a00:db8:2::77']) assert.equal(kindOf(address, cidrs), 'public');
  assert.equal(kindOf('8.8.8.8', ['10.8.0.2/0']), 'public', 'a tunnel for everything is not the own network');
});

test('of IPv6 nothing is public but what is given out, whatever the text looks like', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (numbers) => {
      const text = numbers.map((number) => number.toString(16)).join(':');
      const kind = kindOf(text);
      const isGiven = (numbers[0] ?? 0) >> 13 === 1;
      if (kind === 'public')
        assert.ok(isGiven || text.startsWith('64:ff9b:') || text.startsWith('0:0:0:0:0:ffff'));
      assert.equal(kindOf(text.toUpperCase()), kind);
      const padded = numbers.map((number) => number.toString(16).padStart(4, '0')).join(':');
      assert.equal(kindOf(padded), kind);
    }),
    { numRuns: 5000 },
  );
});

test('no text at all makes the guard throw, and what is no address is never called', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      assert.ok(['public', 'inside', 'never'].includes(kindOf(text)));
    }),
  );
  fc.assert(
    fc.property(fc.domain(), (name) => {
      assert.equal(kindOf(name), 'never');
    }),
  );
});

test('this machine knows itself', () => {
  const own = readOwnNetworks();
  assert.equal(own.addresses.check('127.0.0.1', 'ipv4'), true);
});
