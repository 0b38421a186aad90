import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../core/errors.ts';
import type { Family } from '../core/shapes.ts';
import { checkAddress } from './address.ts';

const good: [string, Family][] = [
  ['192.0.2.1', 'ipv4'],
  ['127.0.0.1', 'ipv4'],
  ['10.255.255.255', 'ipv4'],
  ['2001:db8::1', 'ipv6'],
  ['::1', 'ipv6'],
  ['fe80::1%eth0', 'ipv6'],
  ['64:ff9b::192.0.2.1', 'ipv6'],
];

const bad: [string, Family, RegExp][] = [
  ['', 'ipv4', /not a numeric/],
  ['1.2.3', 'ipv4', /not a numeric/],
  ['1.2.3.256', 'ipv4', /not a numeric/],
  ['example.com', 'ipv4', /not a numeric/],
  ['192.0.2.1', 'ipv6', /is ipv4, but ipv6/],
  ['0.0.0.0', 'ipv4', /this network/],
  ['224.0.0.1', 'ipv4', /multicast/],
  ['239.255.255.250', 'ipv4', /multicast/],
  ['255.255.255.255', 'ipv4', /broadcast/],
  ['240.0.0.1', 'ipv4', /reserved/],
  ['::', 'ipv6', /unspecified/],
  ['ff02::1%eth0', 'ipv6', /multicast/],
  ['fe80::1', 'ipv6', /needs its interface/],
  ['::ffff:192.0.2.1', 'ipv6', /IPv4 address/],
  ['fe80::1%a/b', 'ipv6', /not a numeric|zone/],
];

describe('checkAddress', () => {
  for (const [address, family] of good) {
    it(`takes ${address}`, () => assert.doesNotThrow(() => checkAddress(address, family)));
  }
  for (const [address, family, why] of bad) {
    it(`refuses ${address || 'nothing'} as ${family} and says why`, () => {
      assert.throws(
        () => checkAddress(address, family),
        (error) => error instanceof AppError && error.code === 'TARGET_INVALID' && why.test(error.message),
      );
    });
  }
});
