/** The device that Home Assistant is shown, against its rules; and the rules against devices that break them. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { systemClock } from '../core/clock.ts';
import { topicsOf } from '../mqtt/topics.ts';
import { listenAt, mqttWorld, until, usualBox, usualSettings } from './fakes/mqtt-world.ts';
import { everything, fullDocument } from './home-assistant/full-device.ts';
import { type Facts, type Message, parse, type Recording } from './home-assistant/recording.ts';
import { problemsOf, rules } from './home-assistant/rules.ts';

const { serial } = usualBox;
const topics = topicsOf(usualSettings, serial);

/** A day in the life of a small device that does everything right. */
function goodDay(): Recording {
  const shown = (key: string, platform: string, more: Facts = {}) => ({
    platform,
    unique_id: `${serial}_${key}`,
    default_entity_id: `${platform}.ist_${key}`,
    name: key.replace('_', ' '),
    ...more,
  });
  const state = { state_topic: `${topics.own}/all`, value_template: '{{ value_json.x }}' };
  const components: Record<string, Facts> = {
    delay: shown('delay', 'sensor', {
      ...state,
      device_class: 'duration',
      unit_of_measurement: 'ms',
      state_class: 'measurement',
      expire_after: 90,
      json_attributes_template: '{{ value_json.about | tojson }}',
    }),
    kind: shown('kind', 'sensor', { ...state, device_class: 'enum', options: ['a'] }),
    old: shown('old', 'sensor', state),
    well: shown('well', 'binary_sensor', {
      ...state,
      value_template: "{{ 'ON' if value_json.y else 'OFF' }}",
      device_class: 'problem',
    }),
    told: shown('told', 'event', { state_topic: `${topics.own}/event/told`, event_types: ['up'] }),
    push: shown('push', 'button', { command_topic: topics.command('push'), payload_press: 'PRESS' }),
    firmware: shown('firmware', 'update', {
      state_topic: `${topics.own}/firmware`,
      value_template: '{{ value_json.f | tojson }}',
    }),
  };
  const device = {
    identifiers: [`ist_${serial}`],
    name: 'Internet Home',
    sw_version: '1',
    connections: [['mac', 'aa']],
  };
  const document = (edit: (components: Record<string, Facts>) => Record<string, Facts> = (all) => all) =>
    JSON.stringify({
      device: { ...device, configuration_url: 'http://box.local' },
      origin: { name: 'ist' },
      availability: [{ topic: topics.status }],
      availability_mode: 'all',
      components: edit(components),
    });
  const without = ({ old: _old, ...rest }: Record<string, Facts>) => rest;
  const kept = (atMs: number, topic: string, payload: string): Message => ({
    atMs,
    topic,
    payload,
    isRetained: true,
    qos: 1,
  });
  const values = (atMs: number) => [
    kept(atMs, `${topics.own}/all`, '{"x":"a","y":true,"about":{"reason":"good"}}'),
    kept(atMs, `${topics.own}/firmware`, '{"f":{"installed_version":"1","latest_version":"2"}}'),
  ];
  const said = (atMs: number, topic: string, payload: string): Message => ({
    ...kept(atMs, topic, payload),
    isRetained: false,
  });
  return {
    serial,
    discoveryPrefix: 'homeassistant',
    openedMs: [0, 60_000],
    endedMs: 90_000,
    will: { topic: topics.status, payload: 'offline', isRetained: true, qos: 1 },
    sent: [
      ...[kept(10, topics.status, 'online'), kept(2000, topics.discovery, document()), ...values(2001)],
      said(5000, topics.event('told'), '{"event_type":"up"}'),
      said(6000, topics.result, '{"id":"1","command":"push","outcome":"done"}'),
      kept(
        20_000,
        topics.discovery,
        document((all) => ({ ...all, old: { platform: 'sensor' } })),
      ),
      kept(26_000, topics.discovery, document(without)),
      ...[
        kept(32_000, topics.discovery, document(without)),
        kept(32_000, topics.status, 'online'),
        ...values(32_001),
      ],
      ...[
        kept(60_010, topics.status, 'online'),
        kept(62_000, topics.discovery, document(without)),
        ...values(62_000),
      ],
      kept(90_000, topics.status, 'offline'),
    ],
    received: [said(5900, topics.command('push'), '{"id":"1"}'), said(30_000, topics.birth, 'online')],
  };
}

/** The same day with every message changed, or left out where null is given. */
function changed(change: (message: Message) => Message | null): Recording {
  const day = goodDay();
  return { ...day, sent: day.sent.flatMap((message) => change(message) ?? []) };
}

/** The same day with another document. */
function documented(edit: (document: Facts) => Facts): Recording {
  return changed((message) => {
    if (message.topic !== topics.discovery) return message;
    return { ...message, payload: JSON.stringify(edit(parse(message.payload) ?? {})) };
  });
}

/** The same day with one component that is otherwise. */
function component(key: string, change: Facts): Recording {
  return documented((document) => {
    const components = document.components as Record<string, Facts>; // of the good day
    const { [key]: before, ...rest } = components;
    if (before === undefined || Object.keys(before).length === 1) return document;
    const after = Object.fromEntries(
      Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined),
    );
    return { ...document, components: { ...rest, [key]: after } };
  });
}

const device = (change: Facts) =>
  documented((all) => ({ ...all, device: { ...(all.device as Facts), ...change } }));
const at = (topic: string, change: Partial<Message>) =>
  changed((message) => (message.topic === topic ? { ...message, ...change } : message));
const state = (x: unknown, about: unknown = {}) =>
  at(`${topics.own}/all`, { payload: JSON.stringify({ x, y: true, about }) });

/** For every rule, devices that break it. */
const broken: Readonly<Record<number, readonly Recording[]>> = {
  1: [
    at(topics.discovery, { topic: 'homeassistant/device/a b/config' }),
    at(topics.discovery, { isRetained: false }),
    at(topics.discovery, { qos: 0 }),
    changed((message) => (message.topic === topics.discovery ? null : message)),
  ],
  2: [
    documented(({ origin: _origin, ...rest }) => rest),
    documented((all) => ({ ...all, origin: { name: 'ist', support_url: 'here' } })),
    documented(({ device: _device, ...rest }) => rest),
    at(topics.discovery, { payload: '[]' }),
  ],
  3: [
    device({ identifiers: undefined, connections: undefined }),
    device({ connections: [['mac']] }),
    device({ sw_version: 1 }),
    device({ configuration_url: 'box.local' }),
  ],
  4: [component('delay', { platform: 'camera' }), component('delay', { unique_id: 'delay' })],
  5: [
    documented(({ availability: _availability, ...rest }) => rest),
    documented((all) => ({ ...all, availability_topic: topics.status })),
    documented((all) => ({ ...all, availability_mode: 'some' })),
    component('delay', { availability: topics.status }),
  ],
  6: [
    component('delay', { uniq_id: 'x' }),
    documented((all) => ({ ...all, '~': 'ist' })),
    documented((all) => ({ ...all, dev: {} })),
  ],
  7: [component('delay', { object_id: 'delay' }), component('delay', { default_entity_id: 'ist_delay' })],
  8: [changed((message) => (message.atMs === 20_000 ? null : message))],
  9: [changed((message) => (message.atMs === 26_000 ? { ...message, atMs: 22_000 } : message))],
  10: [
    changed((message) => (message.atMs >= 32_000 && message.atMs <= 32_001 ? null : message)),
    changed((message) => (message.topic === topics.discovery && message.atMs === 32_000 ? null : message)),
    changed((message) =>
      message.atMs >= 32_000 && message.atMs <= 32_001 ? { ...message, atMs: 30_100 } : message,
    ),
  ],
  11: [
    component('push', { command_topic: `${topics.own}/command/+` }),
    at(topics.result, { topic: 'ist/\u0007' }),
  ],
  12: [
    component('delay', { name: 'Duration' }),
    component('delay', { name: 'Internet Home delay' }),
    component('delay', { name: 'kind' }),
    component('push', { name: undefined }),
  ],
  13: [
    component('delay', { entity_category: 'config' }),
    component('told', { entity_category: 'diagnostic' }),
  ],
  14: [
    state('a'.repeat(256)),
    state('a', []),
    state('a', { icon: 'mdi:x' }),
    at(`${topics.own}/all`, { payload: 'a' }),
  ],
  15: [
    component('delay', { options: ['a'] }),
    component('kind', { options: [] }),
    component('kind', { state_class: 'measurement' }),
    component('delay', { last_reset_value_template: 'x' }),
    component('delay', { expire_after: 1.5 }),
  ],
  16: [
    component('delay', { unit_of_measurement: 'us' }),
    component('delay', { device_class: 'data_rate' }),
    component('delay', { device_class: 'speediness' }),
    component('delay', { device_class: undefined }),
  ],
  17: [
    component('well', { device_class: 'goodness' }),
    component('well', { off_delay: 0.5 }),
    component('well', { value_template: '{{ value_json.y }}' }),
  ],
  18: [
    component('told', { event_types: [] }),
    at(topics.event('told'), { isRetained: true }),
    at(topics.event('told'), { payload: '{"event_type":"sideways"}' }),
    at(topics.event('told'), { payload: '{}' }),
  ],
  19: [
    component('push', { command_topic: undefined }),
    component('push', { payload_press: 'GO' }),
    component('push', { device_class: 'doorbell' }),
    changed((message) => (message.topic === topics.result ? null : message)),
  ],
  20: [
    component('firmware', { command_topic: topics.command('firmware') }),
    at(`${topics.own}/firmware`, { payload: '{"f":{"installed_version":"1"}}' }),
    at(`${topics.own}/firmware`, {
      payload: '{"f":{"installed_version":"1","latest_version":"2","mood":"good"}}',
    }),
  ],
  21: [
    { ...goodDay(), will: null },
    { ...goodDay(), will: { topic: topics.status, payload: 'offline', isRetained: false, qos: 1 } },
    at(`${topics.own}/all`, { isRetained: false }),
    at(`${topics.own}/all`, { qos: 0 }),
    changed((message) => (message.payload === 'offline' ? null : message)),
  ],
  22: [
    changed((message) => (message.atMs === 62_000 && message.topic === `${topics.own}/all` ? null : message)),
  ],
};

test('a day without a fault has none', () => {
  assert.deepEqual(problemsOf(goodDay()), []);
});

for (const { number, says, check } of rules)
  test(`rule ${number} finds what breaks it: ${says}`, () => {
    const cases = broken[number] ?? [];
    assert.ok(cases.length > 0, 'there is a device that breaks it');
    for (const [index, recording] of cases.entries())
      assert.notDeepEqual(check(recording), [], `the ${index + 1}. device that breaks rule ${number}`);
  });

test('everything that every feature shows keeps the rules, on one line and on several', async (t) => {
  for (const lines of [['main'], ['main', 'lte-2', 'Lte_2']]) {
    const offered = everything(lines);
    const payload = JSON.stringify(fullDocument(lines));
    const states = await Promise.all(
      offered.topics.map(
        async ({ topic, read }) =>
          [
            topic,
            await Promise.resolve()
              .then(read)
              .catch(() => ({})),
          ] as const,
      ),
    );
    const message = (topic: string, text: string): Message => ({
      atMs: 0,
      topic,
      payload: text,
      isRetained: true,
      qos: 1,
    });
    const recording: Recording = {
      serial,
      discoveryPrefix: 'homeassistant',
      openedMs: [0],
      received: [],
      endedMs: null,
      will: { topic: topics.status, payload: 'offline', isRetained: true, qos: 1 },
      sent: [
        message(topics.discovery, payload),
        ...states.map(([topic, facts]) => message(topics.state(topic), JSON.stringify(facts))),
      ],
    };
    const { length } = Object.keys(fullDocument(lines).components);
    t.diagnostic(`${lines.length} lines: ${length} entities, ${payload.length} bytes`);
    assert.deepEqual(problemsOf(recording), []);
    assert.ok(length > 50);
    // Every field that an entity shows is one that its topic has.
    for (const { topic, entities, read } of offered.topics) {
      const facts = await Promise.resolve()
        .then(read)
        .catch(() => null);
      if (facts === null) continue; // needs a store; its own test reads it
      for (const { key, field, knownBy = field, attributes = field } of entities)
        for (const name of [field, knownBy, attributes])
          assert.ok(Object.hasOwn(facts, name), `${topic}: ${key} shows ${name}, which is not there`);
    }
  }
});

test('another name of the box changes no id and no topic', () => {
  const { device: one, ...rest } = fullDocument();
  const { device: other, ...same } = fullDocument(['main'], { name: 'Internet Cabin' });
  assert.notDeepEqual(one, other);
  assert.deepEqual(rest, same);
});

test('what the box really says to a broker keeps the rules', { timeout: 60_000 }, async () => {
  const offered = everything();
  const [first] = offered.topics;
  assert.ok(first);
  const sent: Message[] = [];
  const received: Message[] = [];
  const openedMs: number[] = [];
  let will: Recording['will'] = null;
  const broker = await Aedes.createBroker({
    preConnect(client, packet, done) {
      if (packet.clientId.startsWith('ist-')) {
        openedMs.push(systemClock.monoMs());
        const last = packet.will;
        if (last)
          will = {
            topic: last.topic,
            payload: last.payload.toString(),
            isRetained: last.retain ?? false,
            qos: last.qos ?? 0,
          };
      }
      void client;
      done(null, true);
    },
    authorizePublish(client, packet, done) {
      const message: Message = {
        atMs: systemClock.monoMs(),
        topic: packet.topic,
        payload: packet.payload.toString(),
        isRetained: packet.retain,
        qos: packet.qos,
      };
      (client?.id.startsWith('ist-') ? sent : received).push(message);
      done(null);
    },
  });
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    broker.handle(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  let isSmall = false;
  const entities = () => (isSmall ? first.entities.slice(1) : first.entities);
  const world = await mqttWorld({
    settings: { url: `mqtt://127.0.0.1:${port}`, commands: true },
    features: [{ topics: () => [{ ...first, entities: entities() }], commands: offered.commands }],
  });
  const home = await listenAt(port);
  try {
    await world.connected();
    await home.hears(topics.discovery, () => true);
    await home.say(topics.birth, 'online');
    await delay(4000);
    isSmall = true;
    world.change({ site: { ...world.config.current.site, name: 'Cabin' } });
    const key = first.entities[0]?.key ?? '';
    await home.hears(
      topics.discovery,
      (payload) => payload.includes(`"${key}":{"platform":"sensor"}`),
      15_000,
    );
    await home.hears(topics.discovery, (payload) => !payload.includes(`"${key}":`), 15_000);
    await home.say(topics.command('acknowledge'), '{"id":"x1","wrong":1}');
    await home.hears(topics.result, (payload) => payload.includes('"x1"'));
    world.change({ mqtt: { ...world.config.current.mqtt, singleValues: false } });
    await until('connected anew', () => openedMs.length === 2 && world.room.status().state === 'connected');
    await delay(6000);
    await world.room.stop();
    await home.hears(topics.status, (payload) => payload === 'offline');
    const recording: Recording = {
      serial,
      discoveryPrefix: 'homeassistant',
      will,
      openedMs,
      sent,
      received,
      endedMs: systemClock.monoMs(),
    };
    assert.deepEqual(problemsOf(recording), []);
  } finally {
    await home.client.endAsync(true);
    await world.room.stop();
    await new Promise((done) => {
      server.close(done);
      broker.close();
    });
  }
});
