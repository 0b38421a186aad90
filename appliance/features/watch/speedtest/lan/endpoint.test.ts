import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nobody, scopesUpTo } from '../../../../core/access.ts';
import { LanEndpoint, type Visitor } from './endpoint.ts';

const from = (address: string, change: Partial<Visitor> = {}): Visitor => ({
  address,
  caller: nobody,
  headers: {},
  ...change,
});

function endpoint(state = { isOn: true, isTesting: false }) {
  const made = new LanEndpoint({ isOn: () => state.isOn, isTesting: () => state.isTesting });
  made.nearness.update({
    defaultRoutes: [],
    resolvers: [],
    interfaces: [
      {
        name: 'eth0',
        isUp: true,
        hasCarrier: true,
        addresses: ['8.8.4.2'],
        networks: ['8.8.4.2/24', '2a00:1450::2/64', '0.0.0.0/0'],
      },
    ],
  });
  return { made, state };
}

test('devices of the own network may test, strangers only with a key that may start tests', () => {
  const { made } = endpoint();
  for (const near of ['192.168.1.7', '8.8.4.99', 'fe80::1', 'fd00::7', '2a00:1450::abcd', '127.0.0.1'])
    made.enter(from(near))();
  for (const far of ['8.8.8.8', '2a00:1451::1', '', 'nonsense'])
    assert.throws(() => made.enter(from(far)), { code: 'SPEEDTEST_OUTSIDE', status: 403 }, far);
  const forwarded = { headers: { 'x-forwarded-for': '8.8.8.8' } };
  assert.throws(() => made.enter(from('192.168.1.7', forwarded)), { code: 'SPEEDTEST_OUTSIDE' });
  made.enter(from('8.8.8.8', { caller: { ...nobody, kind: 'key', scopes: scopesUpTo('run') } }))();
});

test('one device tests at a time, with sixteen connections', () => {
  const { made } = endpoint();
  const leave = Array.from({ length: 16 }, () => made.enter(from('192.168.1.7')));
  assert.throws(() => made.enter(from('192.168.1.7')), { code: 'SPEEDTEST_BUSY', status: 503 });
  leave[0]?.();
  leave[0]?.();
  assert.equal(made.isServing, true);
  made.enter(from('192.168.1.7'));
  assert.throws(
    () => made.enter(from('192.168.1.7')),
    { code: 'SPEEDTEST_BUSY' },
    'leaving twice frees one place',
  );
  assert.throws(() => made.enter(from('192.168.1.8')), { code: 'SPEEDTEST_BUSY' });
});

test('nobody tests while the Internet is tested, or where it is switched off', () => {
  const { made, state } = endpoint();
  state.isTesting = true;
  assert.throws(() => made.enter(from('192.168.1.7')), { code: 'SPEEDTEST_BUSY' });
  made.insist(from('192.168.1.7'));
  state.isTesting = false;
  state.isOn = false;
  assert.throws(() => made.insist(from('192.168.1.7')), { code: 'SPEEDTEST_OFF', status: 403 });
});
