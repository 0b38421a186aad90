import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressesToAsk, homeNetwork, isOfNetwork, toAddress, toNumber } from './subnet.ts';

test('addresses and numbers are two ways to say the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (number) => toNumber(toAddress(number)) === number),
  );
  for (const text of ['192.168.1', '192.168.1.256', 'fe80::1', '', '1.2.3.4.5'])
    assert.equal(toNumber(text), null);
});

test('only private networks with room for others are a home', () => {
  const isHome = (...networks: string[]) => homeNetwork(networks) !== null;
  assert.ok(isHome('192.168.77.10/24'));
  assert.ok(isHome('172.31.255.1/16'));
  assert.ok(isHome('203.0.113.7/24', '10.1.2.3/8'));
  assert.ok(!isHome('203.0.113.7/24'), 'strangers');
  assert.ok(!isHome('100.64.3.4/10'), "other customers of the provider's");
  assert.ok(!isHome('172.32.0.1/16'));
  assert.ok(!isHome('192.168.77.10/31'));
  assert.ok(!isHome('192.168.77.10/32'));
  assert.ok(!isHome('fe80::1/64', '192.168.77.10', 'nonsense'));
});

/** What would be asked, as first, last and how many. */
const asked = (network: string) => {
  const home = homeNetwork([network]);
  assert.ok(home);
  const addresses = addressesToAsk(home);
  return [addresses[0], addresses.at(-1), addresses.length];
};

test('a small network is looked at as a whole, without its ends and without ourselves', () => {
  assert.deepEqual(asked('192.168.77.10/24'), ['192.168.77.1', '192.168.77.254', 253]);
  assert.deepEqual(asked('192.168.77.130/28'), ['192.168.77.129', '192.168.77.142', 13]);
  assert.deepEqual(asked('192.168.77.1/30'), ['192.168.77.2', '192.168.77.2', 1]);
});

test('of a large network the part around the own address is looked at', () => {
  assert.deepEqual(asked('10.20.30.40/8'), ['10.20.30.0', '10.20.30.255', 255]);
  assert.deepEqual(asked('10.0.0.40/16'), ['10.0.0.1', '10.0.0.255', 254], 'not the network itself');
});

test('an address is of the network when another host could have it', () => {
  const home = homeNetwork(['192.168.77.10/24']);
  assert.ok(home);
  assert.ok(isOfNetwork(home, '192.168.77.20'));
  for (const address of ['192.168.77.0', '192.168.77.255', '192.168.77.10', '192.168.78.20', 'fe80::1'])
    assert.ok(!isOfNetwork(home, address), address);
});
