import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Neighbour } from '../../../core/network.ts';
import { isNews, type LineConfig, type Observed, observe } from './observe.ts';
import type { LinkState } from './schema.ts';

const line: LineConfig = { name: 'main', interface: 'auto', gateway: 'auto', ispHop: 'auto', ipv6: 'auto' };
const atMs = Date.UTC(2026, 10, 22, 12);

const gateway4: Neighbour = {
  family: 'ipv4',
  interfaceName: 'eth0',
  address: '192.168.77.1',
  mac: '02:fc:00:00:00:01',
  state: 'reachable',
  isRouter: false,
};
const gateway6: Neighbour = { ...gateway4, family: 'ipv6', address: 'fe80::1%eth0', state: 'stale' };

const seen: Observed = {
  facts: {
    defaultRoutes: [
      { family: 'ipv4', interfaceName: 'wlan0', gateway: '10.0.0.1', metric: 50 },
      { family: 'ipv4', interfaceName: 'eth0', gateway: '192.168.77.1', metric: 100 },
      { family: 'ipv6', interfaceName: 'eth0', gateway: 'fe80::1%eth0', metric: 100 },
    ],
    resolvers: [],
    interfaces: [
      {
        name: 'eth0',
        isUp: true,
        hasCarrier: true,
        addresses: ['fe80::2', '192.168.77.10', '2001:db8:77::10'],
      },
    ],
  },
  neighbours: [
    { ...gateway4, interfaceName: 'wlan0', state: 'failed' },
    { ...gateway4, address: '192.168.77.20' },
    gateway4,
    gateway6,
  ],
  wireless: [],
  leases: [
    { interfaceName: 'eth0', address: '192.168.77.9', server: null, expiresAtMs: null },
    { interfaceName: 'wlan0', address: '192.168.77.10', server: '10.0.0.1', expiresAtMs: null },
    {
      interfaceName: 'eth0',
      address: '192.168.77.10',
      server: '192.168.77.1',
      expiresAtMs: atMs + 3_600_000,
    },
  ],
};

const look = (change: Partial<Observed> = {}) => observe(line, 'eth0', { ...seen, ...change }, atMs);
const withAddresses = (...addresses: string[]): Partial<Observed> => ({
  facts: {
    ...seen.facts,
    interfaces: [{ name: 'eth0', isUp: true, hasCarrier: true, addresses }],
  },
});
const stateOf = (state: Neighbour['state']) =>
  look({ neighbours: [{ ...gateway4, state }] }).families[0]?.neighbour;

describe('observe', () => {
  test('joins route, neighbour, addresses and the lease in use', () => {
    assert.deepEqual(look(), {
      line: 'main',
      at: '2026-11-22T12:00:00.000Z',
      interface: 'eth0',
      isUp: true,
      hasCarrier: true,
      addresses: ['192.168.77.10', '2001:db8:77::10', 'fe80::2'],
      families: [
        {
          family: 'ipv4',
          hasAddress: true,
          hasRoute: true,
          gateway: '192.168.77.1',
          neighbour: 'reachable',
          gatewayMac: '02:fc:00:00:00:01',
        },
        {
          family: 'ipv6',
          hasAddress: true,
          hasRoute: true,
          gateway: 'fe80::1%eth0',
          neighbour: 'stale',
          gatewayMac: '02:fc:00:00:00:01',
        },
      ],
      lease: { address: '192.168.77.10', server: '192.168.77.1', expiresAt: '2026-11-22T13:00:00.000Z' },
      wireless: null,
    } satisfies LinkState);
  });

  test('every state of a neighbour is one of five words', () => {
    const states = [
      'reachable',
      'permanent',
      'stale',
      'delay',
      'probe',
      'failed',
      'incomplete',
      'none',
    ] as const;
    assert.deepEqual(states.map(stateOf), [
      'reachable',
      'reachable',
      'stale',
      'stale',
      'stale',
      'failed',
      'incomplete',
      'unknown',
    ]);
  });

  test('addresses of the link alone are none', () => {
    const families = look(withAddresses('169.254.3.4', 'fe80::2')).families;
    assert.deepEqual(
      families.map(({ hasAddress }) => hasAddress),
      [false, false],
    );
    assert.equal(look(withAddresses('fd00::2')).families[1]?.hasAddress, true);
  });

  test('a gateway that is configured is looked at without a route, too', () => {
    const facts = { ...seen.facts, defaultRoutes: [] };
    const [ipv4, ipv6] = observe(
      { ...line, gateway: '192.168.77.1' },
      'eth0',
      { ...seen, facts },
      atMs,
    ).families;
    assert.deepEqual([ipv4?.hasRoute, ipv4?.gateway, ipv4?.neighbour], [false, '192.168.77.1', 'reachable']);
    assert.deepEqual([ipv6?.hasRoute, ipv6?.gateway, ipv6?.neighbour], [false, null, 'unknown']);
  });

  test('a line without IPv6 says nothing of it, and one without an interface is down', () => {
    assert.deepEqual(
      observe({ ...line, ipv6: 'off' }, 'eth0', seen, atMs).families.map(({ family }) => family),
      ['ipv4'],
    );
    const { isUp, hasCarrier, lease } = observe(line, null, seen, atMs);
    assert.deepEqual([isUp, hasCarrier, lease], [false, false, null]);
  });
});

describe('isNews', () => {
  const told = look();
  const wireless = (signalDbm: number | null) => [{ interfaceName: 'eth0', signalDbm, linkQuality: 50 }];
  const neighbours = (state: Neighbour['state']) => [{ ...gateway4, state }, gateway6];

  test('calm is no news: another time, a gateway confirmed again, a lease renewed', () => {
    assert.ok(!isNews(told, observe(line, 'eth0', seen, atMs + 60_000)));
    assert.ok(!isNews(told, look({ neighbours: neighbours('delay') })));
    const leases = seen.leases.map((lease) => ({ ...lease, expiresAtMs: atMs + 7_200_000 }));
    assert.ok(!isNews(told, look({ leases })));
  });

  test('a gateway that falls silent is news once, however often it is asked again', () => {
    const silent = look({ neighbours: neighbours('incomplete') });
    assert.ok(isNews(told, silent));
    assert.ok(!isNews(silent, look({ neighbours: neighbours('failed') })));
    assert.ok(isNews(silent, told));
  });

  test('carrier, address, route, lease and another router are news', () => {
    const interfaces = [{ ...seen.facts.interfaces[0]!, hasCarrier: false }]; // stands in `seen`
    assert.ok(isNews(told, look({ facts: { ...seen.facts, interfaces } })));
    assert.ok(isNews(told, look(withAddresses('192.168.77.10', '2001:db8:77::11', 'fe80::2'))));
    assert.ok(isNews(told, look({ facts: { ...seen.facts, defaultRoutes: [] } })));
    assert.ok(isNews(told, look({ leases: [] })));
    assert.ok(isNews(told, look({ neighbours: [{ ...gateway4, mac: '02:fc:00:00:00:99' }, gateway6] })));
  });

  test('a signal is news when it moved by more than 10 dB', () => {
    const strong = look({ wireless: wireless(-50) });
    assert.ok(isNews(told, strong), 'a cable became wireless');
    assert.ok(!isNews(strong, look({ wireless: wireless(-60) })));
    assert.ok(isNews(strong, look({ wireless: wireless(-61) })));
    assert.ok(!isNews(strong, look({ wireless: wireless(null) })), 'a driver that has no number now');
  });
});
