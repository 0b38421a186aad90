import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Neighbour } from '../../../core/network.ts';
import { fakeContext, settle } from '../../../testing/fakes/context.ts';
import { FakeLatency, fakeTarget } from '../../../testing/fakes/latency.ts';
import { homeNetwork } from './subnet.ts';
import type { Surroundings } from './witness-keeper.ts';
import { Witnesses } from './witnesses.ts';

interface Device {
  mac: string;
  isAwake: boolean;
}

const nas: Device = { mac: '00:11:32:00:00:20', isAwake: true };
const printer: Device = { mac: '00:17:08:00:00:30', isAwake: true };
/** Made up, as phones do it. */
const phone: Device = { mac: '02:aa:00:00:00:05', isAwake: true };
const gatewayMac = '00:aa:00:00:00:01';

/** A house whose devices are met when they are asked, and a line whose gateway answers every second. */
function begin(devices: Record<string, Device>, given: { findDevices?: boolean; lines?: string[] } = {}) {
  const gateway = fakeTarget({ id: 'gateway-ipv4', segment: 'gateway', address: '192.168.1.1' });
  const latency = new FakeLatency([gateway]);
  const fake = fakeContext({
    ports: { latency },
    config: { link: { findDevices: given.findDevices ?? true } },
  });
  const house = new Map(
    Object.entries(devices).map(([address, device]) => [address, { ...device, isMet: false }]),
  );
  const asked: string[] = [];
  fake.engine.answer = ({ address }) => {
    asked.push(address);
    const device = house.get(address);
    if (!device?.isAwake) return { outcome: 'timeout' };
    device.isMet = true;
    return { outcome: 'ok', rttUs: 400 };
  };
  fake.net.neighbours = async () =>
    [...house].flatMap(([address, { mac, isMet }]): Neighbour[] =>
      isMet
        ? [{ family: 'ipv4', interfaceName: 'eth0', address, mac, state: 'reachable', isRouter: false }]
        : [],
    );
  const here: Surroundings = {
    interfaceName: 'eth0',
    bindTo: null,
    hasCarrier: true,
    network: homeNetwork(['192.168.1.2/24']),
    addresses: new Set(['192.168.1.1', '192.168.1.2']),
    gatewayMacs: new Set([gatewayMac]),
  };
  const witnesses = new Witnesses(fake.context, () => here);
  witnesses.start();
  witnesses.follow(given.lines ?? ['main']);
  const found = () => (latency.found.get('link') ?? []).map(({ id, address }) => [id, address]);
  const showTargets = () => {
    const lan = (latency.found.get('link') ?? []).map((target) =>
      fakeTarget({ id: target.id, segment: 'lan', address: target.address, intervalMs: target.intervalMs }),
    );
    latency.list = [gateway, ...lan];
    fake.bus.emit('target.changed', { targets: latency.list });
  };
  /** Seconds in which everything runs that waits for the clock. */
  const pass = async (seconds: number, stepMs = 20) => {
    for (let step = 0; step < (seconds * 1000) / stepMs; step += 1) {
      fake.clock.advance(stepMs);
      for (let turn = 0; turn < 4; turn += 1) await new Promise((done) => setImmediate(done));
    }
    await settle();
  };
  /** The witnesses are probed every 5 s: those that are awake answer, if the network does. */
  const probe = async (seconds: number, isNetworkUp = () => true, isGatewayUp = isNetworkUp) => {
    for (let second = 0; second < seconds; second += 1) {
      const sentMonoMs = fake.clock.monoMs();
      showTargets();
      for (const { id, address } of latency.found.get('link') ?? []) {
        if (second % 5 !== 0) continue;
        if (isNetworkUp() && house.get(address)?.isAwake) latency.answer(id, sentMonoMs, 400);
        else latency.lose(id, sentMonoMs);
      }
      if (isGatewayUp()) latency.answer('gateway-ipv4', sentMonoMs, 800);
      else latency.lose('gateway-ipv4', sentMonoMs);
      await pass(1, 200);
    }
  };
  return { fake, latency, house, here, asked, witnesses, found, pass, probe };
}

test('the network is looked at ten seconds after the start, gently, and the first two devices take the places', async () => {
  const { fake, witnesses, asked, found, pass } = begin({
    '192.168.1.20': nas,
    '192.168.1.30': printer,
    '192.168.1.40': phone,
  });
  await pass(9.9);
  assert.equal(asked.length, 0);
  await pass(2);
  assert.deepEqual(found(), [
    ['lan-1', '192.168.1.20'],
    ['lan-2', '192.168.1.30'],
  ]);
  assert.ok(asked.length > 80 && asked.length <= 100 + 6, `${asked.length} questions in two seconds`);
  await pass(5);
  assert.equal(new Set(asked).size, 252, 'everybody but the gateway and ourselves');
  for (const address of ['192.168.1.0', '192.168.1.1', '192.168.1.2', '192.168.1.255'])
    assert.ok(!asked.includes(address), address);
  const [first] = fake.store.written.filter(({ sql }) => sql.startsWith('insert'));
  assert.equal(first?.parameters?.[1], nas.mac, 'the next start knows where to ask first');
  await witnesses.stop();
});

test('a device that does not answer three times of three is no witness', async () => {
  const { fake, witnesses, found, asked, pass } = begin({ '192.168.1.20': nas });
  const answer = fake.engine.answer;
  fake.engine.answer = (request) => {
    const isThird = asked.filter((address) => address === '192.168.1.20').length === 3;
    const result = answer(request);
    return isThird ? { outcome: 'timeout' } : result;
  };
  await pass(16);
  assert.deepEqual(found(), []);
  await witnesses.stop();
});

test('the gateway under another address, and what is behind a router, are no witnesses', async () => {
  const { house, witnesses, found, pass } = begin({
    '192.168.1.20': { mac: gatewayMac, isAwake: true },
    '192.168.1.21': nas,
    '192.168.1.22': nas,
  });
  const routed = house.get('192.168.1.21');
  assert.ok(routed);
  Object.defineProperty(routed, 'isMet', { get: () => false, set: () => undefined }); // never in the ARP table
  await pass(17);
  assert.deepEqual(found(), [['lan-1', '192.168.1.22']]);
  await witnesses.stop();
});

test('two addresses of one device are one witness', async () => {
  const { witnesses, found, pass } = begin({ '192.168.1.20': nas, '192.168.1.21': nas });
  await pass(17);
  assert.deepEqual(found(), [['lan-1', '192.168.1.20']]);
  await witnesses.stop();
});

test('with the search switched off only devices that talk to us anyway are asked', async () => {
  const { house, witnesses, asked, found, pass } = begin(
    { '192.168.1.20': nas, '192.168.1.30': printer },
    { findDevices: false },
  );
  const known = house.get('192.168.1.30');
  assert.ok(known);
  known.isMet = true;
  await pass(20);
  assert.deepEqual([...new Set(asked)], ['192.168.1.30']);
  assert.deepEqual(found(), [['lan-1', '192.168.1.30']]);
  await witnesses.stop();
});

test('nobody is asked on a network of strangers, or while there is no carrier', async () => {
  const { here, witnesses, asked, pass } = begin({ '192.168.1.20': nas });
  here.hasCarrier = false;
  await pass(20);
  here.hasCarrier = true;
  here.network = homeNetwork(['203.0.113.7/24']);
  await pass(330, 500);
  assert.deepEqual(asked, []);
  await witnesses.stop();
});

test('a phone that falls asleep loses its place after a minute, and another device takes it', async () => {
  const { house, witnesses, found, pass, probe } = begin({
    '192.168.1.5': phone,
    '192.168.1.20': nas,
    '192.168.1.30': printer,
  });
  await pass(17);
  assert.deepEqual(found(), [
    ['lan-1', '192.168.1.5'],
    ['lan-2', '192.168.1.20'],
  ]);
  await probe(20);
  const asleep = house.get('192.168.1.5');
  assert.ok(asleep);
  asleep.isAwake = false;
  await probe(54);
  assert.equal(found()[0]?.[1], '192.168.1.5', 'not before a minute has passed');
  await probe(10);
  assert.deepEqual(found(), [
    ['lan-1', '192.168.1.30'],
    ['lan-2', '192.168.1.20'],
  ]);
  await witnesses.stop();
});

test('witnesses stay while the gateway is silent, too, however long, and whoever comes back first', async () => {
  const { house, witnesses, found, pass, probe } = begin({ '192.168.1.20': nas, '192.168.1.30': printer });
  await pass(17);
  await probe(10);
  const before = found();
  assert.equal(before.length, 2);
  await probe(600, () => false);
  assert.deepEqual(found(), before);
  for (const device of house.values()) device.isAwake = false;
  await probe(30);
  assert.deepEqual(found(), before, 'the minute begins with the line’s return');
  for (const device of house.values()) device.isAwake = true;
  await probe(60);
  assert.deepEqual(found(), before);
  await witnesses.stop();
});

test('a witness that answers now and then keeps its place', async () => {
  const { house, witnesses, found, pass, probe } = begin({ '192.168.1.20': nas });
  await pass(17);
  const device = house.get('192.168.1.20');
  assert.ok(device);
  for (let round = 0; round < 4; round += 1) {
    device.isAwake = false;
    await probe(50);
    device.isAwake = true;
    await probe(5);
  }
  assert.deepEqual(found(), [['lan-1', '192.168.1.20']]);
  await witnesses.stop();
});

test('another network has other witnesses; a line that is gone has none', async () => {
  const { here, house, witnesses, found, pass } = begin({ '192.168.1.20': nas, '10.0.0.9': printer });
  await pass(17);
  assert.deepEqual(found(), [['lan-1', '192.168.1.20']]);
  here.network = null;
  witnesses.follow(['main']);
  assert.equal(found().length, 1, 'an address that is gone may be the outage itself');
  here.network = homeNetwork(['10.0.0.7/28']);
  witnesses.follow(['main']);
  assert.deepEqual(found(), []);
  await pass(13);
  assert.deepEqual(found(), [['lan-1', '10.0.0.9']]);
  assert.ok(house.size === 2);
  witnesses.follow([]);
  assert.deepEqual(found(), []);
  await witnesses.stop();
});

test('a device that becomes the gateway, or a target of its own, is no witness any more', async () => {
  const { here, witnesses, found, pass } = begin({ '192.168.1.20': nas, '192.168.1.30': printer });
  await pass(17);
  here.addresses = new Set([...here.addresses, '192.168.1.20']);
  here.gatewayMacs = new Set([gatewayMac, printer.mac]);
  witnesses.follow(['main']);
  assert.deepEqual(found(), []);
  await witnesses.stop();
});

test('targets of other lines carry the name of their line', async () => {
  const { witnesses, latency, pass } = begin({ '192.168.1.20': nas }, { lines: ['Back_up'] });
  await pass(17);
  assert.deepEqual(latency.found.get('link'), [
    {
      id: 'back-up.lan-1',
      name: 'Device 192.168.1.20',
      line: 'Back_up',
      family: 'ipv4',
      segment: 'lan',
      address: '192.168.1.20',
      intervalMs: 5000,
    },
  ]);
  await witnesses.stop();
});

test('the search is repeated every hour while a place is free, and not while none is', async () => {
  const { house, witnesses, asked, found, pass, probe } = begin({ '192.168.1.20': nas });
  await pass(20);
  const once = asked.length;
  await probe(60);
  assert.ok(asked.length - once < 10, 'no second sweep within the hour');
  house.set('192.168.1.30', { ...printer, isMet: false });
  await pass(3600, 500);
  assert.deepEqual(found(), [
    ['lan-1', '192.168.1.20'],
    ['lan-2', '192.168.1.30'],
  ]);
  await pass(300, 500); // the sweep goes on to its end
  const twice = asked.length;
  await pass(3600, 500);
  assert.equal(asked.length, twice);
  await witnesses.stop();
});
