import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { isNear } from './near.ts';

const own = () => ({
  eth0: [
    { cidr: '203.0.113.7/28' },
    { cidr: '2001:db8:1:2::5/64' },
    { cidr: null },
  ] as unknown as NetworkInterfaceInfo[], // all that is read
  tun0: [{ cidr: '0.0.0.0/0' }, { cidr: '::/0' }] as unknown as NetworkInterfaceInfo[],
});
const near = (address: string, headers = {}) => isNear({ address, headers }, own);

test('private and link-local addresses are near, and those of the prefixes of our own interfaces', () => {
  for (const address of [
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.9.9',
    'fe80::1',
    'fd00::1234',
    '203.0.113.1',
    '2001:db8:1:2:ffff::1',
  ]) {
    assert.equal(near(address), true, address);
  }
});

test('the Internet is not near, nor a shared address of the provider, nor what cannot be read', () => {
  for (const address of [
    '8.8.8.8',
    '172.32.0.1',
    '100.64.0.1',
    '203.0.113.99',
    '2001:db8:1:3::1',
    '2a00::1',
    '',
    'x',
  ]) {
    assert.equal(near(address), false, address);
  }
});

test('what a proxy brings is not near, whoever the proxy is', () => {
  for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
    assert.equal(near('127.0.0.1', { [header]: '8.8.8.8' }), false, header);
  }
});
