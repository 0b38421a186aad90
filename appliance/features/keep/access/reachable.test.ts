import assert from 'node:assert/strict';
import { hostname, type NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { qrText } from './qr-text.ts';
import { reachableAt } from './reachable.ts';

const interfaces = () => ({
  lo: [{ address: '127.0.0.1', family: 'IPv4', internal: true }] as NetworkInterfaceInfo[],
  eth0: [
    { address: 'fe80::1', family: 'IPv6', internal: false },
    { address: '2001:db8::5', family: 'IPv6', internal: false },
    { address: '192.168.1.5', family: 'IPv4', internal: false },
  ] as NetworkInterfaceInfo[],
});
const name = hostname().toLowerCase().split('.')[0];

test('the dashboard is at the name of the box and at every address another device can use', () => {
  assert.deepEqual(reachableAt({ host: '::', port: 8080 }, interfaces), [
    `http://${name}.local:8080`,
    'http://192.168.1.5:8080',
    'http://[2001:db8::5]:8080',
  ]);
  assert.deepEqual(reachableAt({ host: '0.0.0.0', port: 80 }, interfaces), [
    `http://${name}.local`,
    'http://192.168.1.5',
  ]);
  assert.deepEqual(reachableAt({ host: '127.0.0.1', port: 8080 }, interfaces), ['http://localhost:8080']);
  assert.deepEqual(reachableAt({ host: '192.168.1.5', port: 443, tls: 'local' }, interfaces), [
    'https://192.168.1.5',
  ]);
});

test('a QR code is drawn two rows a line, with light around it', () => {
  assert.deepEqual(qrText(['10', '01']), ['██████', '██▄▀██', '██████']);
  assert.deepEqual(qrText(['1', '1', '1']), ['█████', '██ ██', '██▄██', '▀▀▀▀▀']);
});
