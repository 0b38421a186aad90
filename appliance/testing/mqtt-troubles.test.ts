/** What brokers and networks do to the bridge, and what it says of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Aedes } from 'aedes';
import type { FeatureEntities } from '../core/entities.ts';
import { Secret } from '../core/secret.ts';
import { freePort, openMosquitto, withoutMosquitto } from './fakes/mosquitto.ts';
import { listenAt, mqttWorld, until, usualSettings } from './fakes/mqtt-world.ts';
import { authority, makeIdentity } from './fakes/tls.ts';

const skip = withoutMosquitto;
const own = 'ist/0123456789ab';

const counting = (read: () => number): FeatureEntities => ({
  topics: () => [
    {
      topic: 'count',
      entities: [{ component: 'sensor', key: 'count', name: 'Count', field: 'count' }],
      on: ['test.counted'],
      everyMs: 60_000,
      read: () => ({ count: read() }),
    },
  ],
});

declare module '../core/bus.ts' {
  interface EventMap {
    'test.counted': object;
  }
}

/** A broker of the library that the box carries, with what a test does to it. */
async function openAedes({ port = 0, isForgetful = false }: { port?: number; isForgetful?: boolean } = {}) {
  const broker = await Aedes.createBroker({
    authorizePublish(_client, packet, done) {
      if (isForgetful) packet.retain = false;
      done(null);
    },
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
      await new Promise<void>((done) => broker.close(() => done()));
    },
  };
}

test('a broker that is away at the start is tried until it is there', async () => {
  const port = await freePort();
  await using world = await mqttWorld({ settings: { url: `mqtt://127.0.0.1:${port}` } });
  await until('it waits', () => world.room.status().state === 'waiting');
  assert.equal(world.room.status().problem?.code, 'refused');
  assert.match(world.room.status().sentence, /^Nothing listens at 127\.0\.0\.1:\d+\.$/);
  const broker = await openAedes({ port });
  try {
    await world.connected();
    assert.equal(world.room.status().problem, null);
  } finally {
    await broker.stop();
  }
});

test('a wrong password is said so, and the right one is taken up at once', { skip }, async () => {
  const broker = await openMosquitto({
    lines: ['allow_anonymous false', 'password_file DIR/passwords'],
    files: { passwords: '' },
  });
  try {
    const file = join(broker.folder, 'passwords');
    assert.equal(spawnSync('mosquitto_passwd', ['-b', file, 'box', 'right']).status, 0);
    await broker.kill();
    await broker.start();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    await using world = await mqttWorld({ settings: { url, user: 'box', password: new Secret('wrong') } });
    await until('it is refused', () => world.room.status().state === 'refused');
    assert.equal(world.room.status().problem?.code, 'credentials');
    world.change({ mqtt: { ...world.config.current.mqtt, password: new Secret('right') } });
    await world.connected();
  } finally {
    await broker.stop();
  }
});

test('encryption: an unknown authority is refused, its file opens, and a wrong name does not', {
  skip,
}, async () => {
  const { certificate, key } = await makeIdentity();
  const broker = await openMosquitto({
    lines: ['allow_anonymous true', 'certfile DIR/server.pem', 'keyfile DIR/server.key', 'cafile DIR/ca.pem'],
    files: { 'server.pem': certificate, 'server.key': key, 'ca.pem': authority.certificate },
  });
  try {
    const url = `mqtts://localhost:${broker.port}`;
    await using world = await mqttWorld({ settings: { url } });
    await until('it is refused', () => world.room.status().problem?.code === 'tls');
    assert.match(world.room.status().problem?.message ?? '', /not signed by an authority that is known here/);
    const withCa = { ...world.config.current.mqtt, ca: join(broker.folder, 'ca.pem') };
    world.change({ mqtt: withCa });
    await world.connected();
    assert.equal(world.room.status().isEncrypted, true);
    world.change({ mqtt: { ...withCa, url: `mqtts://other.test:${broker.port}` } });
    await until('another name', () => /for another name/.test(world.room.status().problem?.message ?? ''));
    world.change({ mqtt: { ...withCa, ca: '/nowhere/ca.pem' } });
    await until('no file', () => world.room.status().problem?.code === 'files');
    assert.equal(world.room.status().state, 'refused');
  } finally {
    await broker.stop();
  }
});

test('a broker wants to see a certificate of the box, and sees it', { skip }, async () => {
  const { certificate, key } = await makeIdentity();
  const broker = await openMosquitto({
    lines: [
      'allow_anonymous true',
      'certfile DIR/server.pem',
      'keyfile DIR/server.key',
      'cafile DIR/box.pem',
      'require_certificate true',
    ],
    files: {
      'server.pem': certificate,
      'server.key': key,
      'ca.pem': authority.certificate,
      'box.pem': authority.certificate, // until the box has one
    },
  });
  try {
    const at = (name: string) => join(broker.folder, name);
    const making = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const made = spawnSync('openssl', [
      ...making,
      '-subj',
      '/CN=box',
      '-keyout',
      at('box.key'),
      '-out',
      at('box.pem'),
    ]);
    assert.equal(made.status, 0, made.stderr.toString());
    await broker.kill();
    await broker.start();
    const settings = { url: `mqtts://localhost:${broker.port}`, ca: at('ca.pem') };
    await using world = await mqttWorld({ settings });
    await until('it is refused', () => world.room.status().problem !== null);
    assert.notEqual(world.room.status().state, 'connected');
    world.change({ mqtt: { ...usualSettings, ...settings, cert: at('box.pem'), key: at('box.key') } });
    await world.connected();
  } finally {
    await broker.stop();
  }
});

test('a broker that drops what is retained is given it again and again', async () => {
  const broker = await openAedes({ isForgetful: true });
  try {
    await using watcher = await listenAt(broker.port);
    await using world = await mqttWorld({
      settings: { url: `mqtt://127.0.0.1:${broker.port}` },
      features: [counting(() => 7)],
    });
    await world.connected();
    await watcher.hears(`${own}/count`, () => true);
    await until('a second time', () => watcher.of(`${own}/count`).length >= 2);
    watcher.heard.length = 0;
    await watcher.say('homeassistant/status', 'online');
    await watcher.hears(`${own}/count`, (payload) => payload === '{"count":7}');
    assert.ok(watcher.heard.every(({ isRetained }) => !isRetained));
  } finally {
    await broker.stop();
  }
});

test('a connection that is open and dead is given up, and the next one has the newest values', async () => {
  const broker = await openAedes();
  const held: Socket[] = [];
  let isDead = false;
  // Between the two: after a while it takes everything and passes on nothing, as a NAT that forgot the connection.
  const between = createServer((socket) => {
    held.push(socket);
    const onward = connect(broker.port, '127.0.0.1');
    held.push(onward);
    socket.on('data', (piece) => isDead || onward.write(piece)).on('error', () => undefined);
    onward.on('data', (piece) => isDead || socket.write(piece)).on('error', () => undefined);
    socket.on('close', () => onward.destroy());
  });
  await new Promise<void>((done) => between.listen(0, '127.0.0.1', done));
  const address = between.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  let value = 1;
  try {
    await using world = await mqttWorld({
      settings: { url: `mqtt://127.0.0.1:${port}` },
      features: [counting(() => value)],
    });
    await world.connected();
    await until('calm', () => world.room.status().waiting === 0);
    isDead = true;
    value = 2;
    world.bus.emit('test.counted', {});
    await until('it is noticed', () => world.room.status().state !== 'connected', 35_000);
    assert.equal(world.room.status().problem?.code, 'silent');
    isDead = false;
    await world.connected(15_000);
    await using watcher = await listenAt(broker.port);
    await watcher.hears(`${own}/count`, (payload) => payload === '{"count":2}');
  } finally {
    for (const socket of held) socket.destroy();
    await new Promise((done) => between.close(done));
    await broker.stop();
  }
});

test('a broker that comes and goes every second costs no memory, and has the last values in the end', async (t) => {
  const broker = await openAedes();
  let value = 0;
  try {
    await using world = await mqttWorld({
      settings: { url: `mqtt://127.0.0.1:${broker.port}` },
      features: [counting(() => value)],
    });
    for (let flap = 0; flap < 8; flap += 1) {
      await delay(1000);
      for (let change = 0; change < 100; change += 1) {
        value += 1;
        world.bus.emit('test.counted', {});
      }
      broker.cut();
    }
    const { waiting, topics, connections } = world.room.status();
    t.diagnostic(`${connections} connections, ${waiting} of ${topics} topics wait`);
    assert.ok(waiting <= topics);
    await world.connected(30_000);
    await using watcher = await listenAt(broker.port);
    await watcher.hears(`${own}/count`, (payload) => payload === '{"count":800}', 15_000);
  } finally {
    await broker.stop();
  }
});

test('a broker outside the house is contacted with consent alone, and counted', async () => {
  const broker = await openAedes();
  try {
    await using world = await mqttWorld({
      settings: { url: `mqtt://elsewhere.test:${broker.port}` },
      locate: async () => [{ address: '127.0.0.1', place: 'outside' }],
    });
    await until('it is not tried', () => world.room.status().problem?.code === 'consent');
    assert.equal(world.outside.sentBytes, 0);
    world.change({ consent: { mqttBroker: true } });
    await world.connected();
    world.change({ consent: { mqttBroker: false } });
    await until('it is left', () => world.room.status().problem?.code === 'consent');
    await until('it is counted', () => world.outside.sentBytes > 50 && world.outside.receivedBytes > 0);
  } finally {
    await broker.stop();
  }
});

test('the broker in the box lets in who knows the password, and the box itself', async () => {
  const port = await freePort();
  await using world = await mqttWorld({
    settings: {
      user: 'home',
      password: new Secret('sweet-home'),
      broker: { isOn: true, host: '127.0.0.1', port },
    },
    features: [counting(() => 3)],
  });
  await world.connected();
  await assert.rejects(
    listenAt(port, { user: 'home', password: 'guessed' }),
    /credentials|authorized|refused/i,
  );
  await using watcher = await listenAt(port, { user: 'home', password: 'sweet-home' });
  await watcher.hears(`${own}/count`, (payload) => payload === '{"count":3}');
  assert.equal(world.room.status().ownBroker?.clients, 2);
});

test('the broker in the box does not open without a password', async () => {
  const port = await freePort();
  await using world = await mqttWorld({ settings: { broker: { isOn: true, host: '127.0.0.1', port } } });
  assert.match(world.room.status().ownBroker?.problem ?? '', /mqtt\.user and mqtt\.password/);
  await assert.rejects(
    new Promise((done, fail) => {
      connect(port, '127.0.0.1', () => done(null)).on('error', fail);
    }),
    /ECONNREFUSED/,
  );
});
