/** The bridge against a real broker, as Debian ships it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Type } from 'typebox';
import type { EntityTopic, FeatureEntities } from '../core/entities.ts';
import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { openMosquitto, withoutMosquitto } from './fakes/mosquitto.ts';
import { listenAt, mqttWorld, until } from './fakes/mqtt-world.ts';

declare module '../core/bus.ts' {
  interface EventMap {
    'test.moved': { value: number };
  }
}

const skip = withoutMosquitto;
const own = 'ist/0123456789ab';

/** A feature with one of each kind; its value is the test's. */
function feature() {
  const values: { load: number | null; isOn: boolean } = { load: 1, isOn: false };
  const orders: unknown[] = [];
  const topic: EntityTopic = {
    topic: 'line/main/latency',
    entities: [
      { component: 'sensor', key: 'load', name: 'Load', field: 'load', stateClass: 'measurement', unit: '%' },
      { component: 'binary_sensor', key: 'is_on', name: 'On', field: 'isOn', deviceClass: 'problem' },
    ],
    on: ['test.moved'],
    everyMs: 60_000,
    read: () => ({ ...values }),
  };
  const entities: FeatureEntities = {
    topics: () => [topic],
    events: [
      {
        component: 'event',
        key: 'moved',
        name: 'Moved',
        types: ['up', 'down'],
        follow: (bus, tell) =>
          bus.on('test.moved', ({ value }) => tell({ type: value > 0 ? 'up' : 'down', facts: { value } })),
      },
    ],
    commands: [
      {
        component: 'button',
        key: 'push',
        name: 'Push',
        parameters: Type.Object(
          { far: Type.Optional(Type.Integer({ maximum: 9 })) },
          { additionalProperties: false },
        ),
        async run(order) {
          orders.push(order.parameters);
          if (order.parameters.far === 9) throw new AppError('TOO_FAR', 'That is too far');
          return { pushed: true };
        },
      },
    ],
  };
  return { values, orders, entities, topic };
}

test('one device with its values, offline when the box is gone and when it goes', { skip }, async () => {
  const broker = await openMosquitto();
  try {
    await using watcher = await listenAt(broker.port);
    const { values, entities } = feature();
    const world = await mqttWorld({
      settings: { url: `mqtt://127.0.0.1:${broker.port}` },
      features: [entities],
    });
    await watcher.hears(`${own}/status`, (payload) => payload === 'online');
    await watcher.hears(`${own}/line/main/latency`, (payload) => JSON.parse(payload).load === 1);
    assert.equal(watcher.newest(`${own}/line/main/latency/load`), '1');
    assert.equal(watcher.newest(`${own}/line/main/latency/isOn`), 'false');
    await watcher.hears('homeassistant/device/0123456789ab/config', (payload) => payload.includes('"load"'));
    const document = JSON.parse(watcher.newest('homeassistant/device/0123456789ab/config') ?? '');
    assert.deepEqual(Object.keys(document.components), ['load', 'is_on', 'moved']);

    values.load = null;
    world.bus.emit('test.moved', { value: -1 });
    await watcher.hears(`${own}/event/moved`, (payload) => payload === '{"event_type":"down","value":-1}');
    await watcher.hears(`${own}/line/main/latency/load`, (payload) => payload === '');

    // Who comes later finds the values, the document and the status, and no event of before.
    await using later = await listenAt(broker.port);
    await later.hears(`${own}/line/main/latency`, (payload) => JSON.parse(payload).load === null);
    await delay(50);
    assert.ok(later.heard.every(({ isRetained }) => isRetained));
    assert.equal(later.of(`${own}/event/moved`).length, 0);
    assert.equal(later.of(`${own}/line/main/latency/load`).length, 0, 'what is not known is not there');

    await world.room.stop();
    await watcher.hears(`${own}/status`, (payload) => payload === 'offline');
    await delay(100);
    assert.equal(watcher.newest(`${own}/status`), 'offline');
  } finally {
    await broker.stop();
  }
});

test('a broker that comes back without what it retained gets everything again, the newest of it', {
  skip,
}, async () => {
  const broker = await openMosquitto();
  try {
    const { values, entities } = feature();
    await using world = await mqttWorld({
      settings: { url: `mqtt://127.0.0.1:${broker.port}` },
      features: [entities],
    });
    await world.connected();
    await broker.kill();
    await until('it is noticed', () => world.room.status().state !== 'connected');
    for (let value = 2; value <= 200; value += 1) {
      values.load = value;
      world.bus.emit('test.moved', { value });
    }
    assert.ok(world.room.status().waiting <= 5, 'one value of each topic waits, not two hundred');
    await broker.start();
    await world.connected();
    await using watcher = await listenAt(broker.port);
    await watcher.hears(`${own}/line/main/latency`, (payload) => JSON.parse(payload).load === 200);
    await watcher.hears('homeassistant/device/0123456789ab/config', () => true);
    assert.equal(watcher.newest(`${own}/status`), 'online');
    assert.ok(world.room.status().eventsLost >= 199, 'an event that nobody hears is not told later');
    assert.equal(watcher.of(`${own}/event/moved`).length, 0);
  } finally {
    await broker.stop();
  }
});

test('Home Assistant that starts anew is told of the device and then of every value', { skip }, async () => {
  const broker = await openMosquitto();
  try {
    await using watcher = await listenAt(broker.port);
    const { entities } = feature();
    await using world = await mqttWorld({
      settings: { url: `mqtt://127.0.0.1:${broker.port}` },
      features: [entities],
    });
    await world.connected();
    const discovery = 'homeassistant/device/0123456789ab/config';
    await watcher.hears(discovery, () => true);
    await until('calm', () => world.room.status().waiting === 0);
    watcher.heard.length = 0;
    await watcher.say('homeassistant/status', 'online');
    await watcher.hears(`${own}/line/main/latency`, () => true);
    const order = watcher.heard.map(({ topic }) => topic).filter((topic) => topic !== 'homeassistant/status');
    assert.equal(order[0], discovery);
    assert.ok(order.includes(`${own}/status`));
  } finally {
    await broker.stop();
  }
});

test('commands are refused until they are switched on; every accepted one answers', { skip }, async () => {
  const broker = await openMosquitto();
  try {
    await using watcher = await listenAt(broker.port);
    const { entities, orders } = feature();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    await watcher.say(`${own}/command/push`, 'PRESS', true); // left over from another time
    await using world = await mqttWorld({ settings: { url }, features: [entities] });
    await world.connected();
    const answers = () => watcher.of(`${own}/result`).map(({ payload }) => JSON.parse(payload));
    const answered = async (id: string, outcome: string) => {
      await until(`${id} ${outcome}`, () =>
        answers().some((one) => one.id === id && one.outcome === outcome),
      );
      return answers().find((one) => one.id === id && one.outcome === outcome);
    };
    await delay(100); // subscribed by now
    await watcher.say(`${own}/command/push`, '{"id":"a1"}');
    assert.equal((await answered('a1', 'refused')).code, 'COMMANDS_OFF');
    assert.deepEqual(orders, []);

    world.change({ mqtt: { ...world.config.current.mqtt, commands: true } });
    await watcher.hears('homeassistant/device/0123456789ab/config', (payload) => payload.includes('"push"'));
    await watcher.say(`${own}/command/push`, '{"id":"a2","far":3}');
    await answered('a2', 'accepted');
    assert.deepEqual((await answered('a2', 'done')).facts, { pushed: true });
    await watcher.say(`${own}/command/push`, '{"id":"a3","far":9}');
    assert.equal((await answered('a3', 'failed')).reason, 'That is too far');
    await watcher.say(`${own}/command/push`, '{"id":"a4","far":99}');
    assert.equal((await answered('a4', 'refused')).code, 'COMMAND_INVALID');
    assert.deepEqual(orders, [{ far: 3 }, { far: 9 }], 'the retained one was left alone');
    assert.deepEqual(world.room.status().commands, { isOn: true, accepted: 2, refused: 1 });
  } finally {
    await broker.stop();
  }
});

test('an entity that is gone is taken back, also when it went while the box was off', { skip }, async () => {
  const broker = await openMosquitto();
  try {
    await using watcher = await listenAt(broker.port);
    const discovery = 'homeassistant/device/0123456789ab/config';
    const settings = { url: `mqtt://127.0.0.1:${broker.port}` };
    const { entities, topic } = feature();
    const before = await mqttWorld({ settings, features: [entities] });
    await watcher.hears(discovery, (payload) => payload.includes('"load"'));
    await before.room.stop();
    const [, kept] = topic.entities;
    assert.ok(kept);
    const smaller = { ...entities, topics: () => [{ ...topic, entities: [kept] }] };
    await using _after = await mqttWorld({ settings, features: [smaller] });
    const componentsOf = (payload: string) => JSON.parse(payload).components;
    await watcher.hears(discovery, (payload) => Object.keys(componentsOf(payload).load ?? {}).length === 1);
    assert.deepEqual(componentsOf(watcher.newest(discovery) ?? '').load, { platform: 'sensor' });
    const removedAt = watcher.heard.findLast((one) => one.topic === discovery)?.atMonoMs ?? 0;
    await watcher.hears(discovery, (payload) => componentsOf(payload).load === undefined, 15_000);
    const finalAt = watcher.heard.findLast((one) => one.topic === discovery)?.atMonoMs ?? 0;
    assert.ok(finalAt - removedAt >= 5000, `${finalAt - removedAt} ms between two documents`);
  } finally {
    await broker.stop();
  }
});

test('topics that the broker keeps from us are named', { skip }, async () => {
  const broker = await openMosquitto({
    lines: ['allow_anonymous true', 'acl_file DIR/acl'],
    files: { acl: `topic readwrite ${own}/#\ntopic read homeassistant/status\n` },
  });
  try {
    const { entities } = feature();
    await using world = await mqttWorld({
      settings: { url: `mqtt://127.0.0.1:${broker.port}` },
      features: [entities],
    });
    await world.connected();
    await until('the warning', () => world.room.status().warnings.length > 0, 20_000);
    const { warnings, sentence } = world.room.status();
    assert.match(warnings.join(' '), /homeassistant\/device\/0123456789ab\/config/);
    assert.match(sentence, /^Connected to 127\.0\.0\.1:\d+, 3 entities\. /);
    assert.doesNotMatch(warnings.join(' '), /\/status/);
  } finally {
    await broker.stop();
  }
});

test('two boxes of one name share a broker and no topic', { skip }, async () => {
  const broker = await openMosquitto();
  try {
    await using watcher = await listenAt(broker.port);
    const settings = { url: `mqtt://127.0.0.1:${broker.port}` };
    const [one, two] = [feature(), feature()];
    two.values.load = 2;
    await using _first = await mqttWorld({ settings, features: [one.entities] });
    await using _second = await mqttWorld({
      settings,
      features: [two.entities],
      box: { serial: 'ba9876543210', macs: [] },
    });
    await watcher.hears('homeassistant/device/0123456789ab/config', () => true);
    await watcher.hears('homeassistant/device/ba9876543210/config', () => true);
    assert.equal(JSON.parse(watcher.newest('ist/0123456789ab/line/main/latency') ?? '').load, 1);
    assert.equal(JSON.parse(watcher.newest('ist/ba9876543210/line/main/latency') ?? '').load, 2);
    const ids = ['0123456789ab', 'ba9876543210'].flatMap((serial) => {
      const { components } = JSON.parse(watcher.newest(`homeassistant/device/${serial}/config`) ?? '');
      return Object.values(components as Record<string, { unique_id: string }>).map(
        ({ unique_id }) => unique_id,
      );
    });
    assert.equal(new Set(ids).size, ids.length);
  } finally {
    await broker.stop();
  }
});

test('a password in the clear is warned of and stands in no status', { skip }, async () => {
  const broker = await openMosquitto();
  try {
    await using world = await mqttWorld({
      settings: { url: `mqtt://127.0.0.1:${broker.port}`, user: 'box', password: new Secret('open-sesame') },
    });
    await world.connected();
    assert.match(world.room.status().warnings.join(' '), /in the clear/);
    assert.doesNotMatch(JSON.stringify([world.room.status(), world.log.lines]), /open-sesame/);
  } finally {
    await broker.stop();
  }
});
