import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownNetworks } from './address-guard.ts';
import { placeOf } from './place.ts';

const own = ownNetworks(['192.168.1.2/24', '198.51.100.9/28']);

test('this box, the house, the rest of the world and nowhere are told apart', () => {
  const places = {
    '127.0.0.1': 'box',
    '::1': 'box',
    '192.168.1.2': 'box',
    '192.168.1.77': 'inside',
    '10.9.8.7': 'inside',
    '198.51.100.3': 'inside', // a public network that the box hangs on
    'fe80::1%eth0': 'inside',
    '169.254.3.4': 'inside',
    'fd00::5': 'inside',
    '203.0.113.10': 'outside',
    '2001:db8:a1::2': 'outside',
    '224.0.0.1': 'nowhere',
    '255.255.255.255': 'nowhere',
    '0.0.0.0': 'nowhere',
    '::': 'nowhere',
    'ff02::1': 'nowhere',
  } as const;
  for (const [address, place] of Object.entries(places)) assert.equal(placeOf(address, own), place, address);
});
