import { setTimeout as delay } from 'node:timers/promises';
import mqtt from 'mqtt';
import { Bus } from '../../core/bus.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import type { FeatureEntities } from '../../core/entities.ts';
import type { ConfigPort, ConfigSections } from '../../core/feature.ts';
import { Timeline } from '../../core/timeline.ts';
import type { BoxFacts } from '../../mqtt/discovery.ts';
import type { Located } from '../../mqtt/link.ts';
import { MqttRoom } from '../../mqtt/room.ts';
import type { MqttSettings } from '../../mqtt/settings.ts';
import { FakeLog } from './log.ts';

export const usualSettings: MqttSettings = {
  url: null,
  user: null,
  password: null,
  ca: null,
  cert: null,
  key: null,
  discoveryPrefix: 'homeassistant',
  baseTopic: 'ist',
  singleValues: true,
  commands: false,
  broker: { isOn: false, host: '127.0.0.1', port: 0 },
};

export const usualBox: BoxFacts = {
  serial: '0123456789ab',
  name: 'Internet Home',
  model: 'Test board',
  version: '1.2.3',
  url: 'http://box.local:8080',
  macs: ['00:11:22:33:44:55'],
};

export interface WorldOptions {
  settings?: Partial<MqttSettings>;
  features?: readonly FeatureEntities[];
  box?: Partial<BoxFacts>;
  clock?: Clock;
  locate?: (host: string) => Promise<Located[]>;
  consent?: boolean;
  lines?: readonly string[];
}

/** The room with a bus and a configuration that a test moves; everything else is real. */
export async function mqttWorld(options: WorldOptions) {
  const clock = options.clock ?? systemClock;
  const log = new FakeLog();
  const bus = new Bus(log);
  let current = {
    mqtt: { ...usualSettings, ...options.settings },
    consent: { mqttBroker: options.consent ?? false },
    site: { name: 'Home' },
    lines: (options.lines ?? ['main']).map((name) => ({ name })),
  } as unknown as ConfigSections; // the room reads these sections only
  const listeners = new Set<Parameters<ConfigPort['onChange']>[0]>();
  const config: ConfigPort = {
    get current() {
      return current;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const box = { ...usualBox, ...options.box };
  const outside = { sentBytes: 0, receivedBytes: 0 };
  const room = new MqttRoom({
    config,
    bus,
    clock,
    log,
    isDemo: false,
    timeline: new Timeline(clock, () => ({ isSynchronised: true, hasHardwareClock: true }), 0),
    random: () => 0,
    locate: options.locate ?? (async () => [{ address: '127.0.0.1', place: 'box' }]),
    mayGoOutside: () => config.current.consent.mqttBroker === true,
    countOutside(sentBytes, receivedBytes) {
      outside.sentBytes += sentBytes;
      outside.receivedBytes += receivedBytes;
    },
  });
  await room.start(options.features ?? [], () => box);
  return {
    room,
    bus,
    log,
    config,
    box,
    outside,
    change(change: Partial<ConfigSections>) {
      const previous = current;
      current = { ...current, ...change };
      for (const listener of listeners) listener(current, previous);
    },
    async connected(withinMs = 10_000): Promise<void> {
      await until('the room is connected', () => room.status().state === 'connected', withinMs);
    },
    async [Symbol.asyncDispose]() {
      await room.stop();
    },
  };
}

/** Tests against a real broker wait for what it does; how long that takes is not ours to say. */
export async function until(what: string, isTrue: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = systemClock.monoMs() + withinMs;
  while (!isTrue()) {
    if (systemClock.monoMs() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await delay(10);
  }
}

export interface Heard {
  topic: string;
  payload: string;
  isRetained: boolean;
  atMonoMs: number;
}

/** Another client of the same broker: home automation, as far as a test plays it. */
export async function listenAt(
  port: number,
  { filter = '#', user, password }: { filter?: string; user?: string; password?: string } = {},
) {
  const heard: Heard[] = [];
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    reconnectPeriod: 200,
  });
  client.on('message', (topic, payload, { retain }) => {
    heard.push({ topic, payload: payload.toString(), isRetained: retain, atMonoMs: systemClock.monoMs() });
  });
  await client.subscribeAsync(filter, { qos: 1 });
  return {
    heard,
    client,
    newest: (topic: string) => heard.findLast((one) => one.topic === topic)?.payload,
    of: (topic: string) => heard.filter((one) => one.topic === topic),
    hears: (topic: string, isTrue: (payload: string) => boolean, withinMs?: number) =>
      until(
        `${topic} is heard`,
        () => heard.some((one) => one.topic === topic && isTrue(one.payload)),
        withinMs,
      ),
    say: (topic: string, payload: string | Buffer, retain = false) =>
      client.publishAsync(topic, payload, { qos: 1, retain }),
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
}
