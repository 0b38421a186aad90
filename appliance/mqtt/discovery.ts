/** The discovery document that makes one Home Assistant device of a box. Pure: entities in, object out. */
import type { CommandEntity, EntityTopic, EventEntity, SensorEntity, StateEntity } from '../core/entities.ts';
import type { Topics } from './topics.ts';

/** What a box says of itself. */
export interface BoxFacts {
  /** Letters and digits; the same for ever. */
  serial: string;
  /** What people call it. */
  name: string;
  /** Board or machine; null where it does not say. */
  model: string | null;
  version: string;
  /** Of the dashboard. */
  url: string | null;
  /** Of its network interfaces. */
  macs: readonly string[];
}

export interface Offered {
  topics: readonly EntityTopic[];
  events: readonly EventEntity[];
  /** Empty while commands are off. */
  commands: readonly CommandEntity[];
}

export type Component = Readonly<Record<string, unknown>> & { platform: string };

export interface DiscoveryDocument {
  device: Readonly<Record<string, unknown>>;
  origin: Readonly<Record<string, unknown>>;
  availability: readonly { topic: string }[];
  availability_mode: 'all';
  qos: 1;
  components: Readonly<Record<string, Component>>;
}

export const maker = 'Internet Stability Tracker';

export function discoveryDocument(box: BoxFacts, topics: Topics, offered: Offered): DiscoveryDocument {
  const { serial, name, model, version, url, macs } = box;
  return {
    device: {
      identifiers: [`ist_${serial}`],
      ...(macs.length > 0 && { connections: macs.map((mac) => ['mac', mac]) }),
      name,
      manufacturer: maker,
      model: model ?? maker,
      serial_number: serial,
      sw_version: version,
      ...(url !== null && { configuration_url: url }),
    },
    origin: { name: maker, sw_version: version },
    availability: [{ topic: topics.status }],
    availability_mode: 'all',
    qos: 1,
    components: Object.fromEntries([
      ...offered.topics.flatMap((topic) =>
        topic.entities.map((entity) => [entity.key, shownComponent(serial, topics, topic, entity)] as const),
      ),
      ...offered.events.map((event) => [event.key, eventComponent(serial, topics, event)] as const),
      ...offered.commands.map((command) => [command.key, commandComponent(serial, topics, command)] as const),
    ]),
  };
}

/** The same document with components that are gone reduced to their platform, which removes them. */
export function withRemoved(
  document: DiscoveryDocument,
  gone: Readonly<Record<string, string>>,
): DiscoveryDocument {
  const removed = Object.entries(gone).map(([key, platform]) => [key, { platform }] as const);
  return { ...document, components: { ...document.components, ...Object.fromEntries(removed) } };
}

function common(
  serial: string,
  {
    component,
    key,
    name,
    icon,
    deviceClass,
    category,
    isOffAtFirst,
  }: StateEntity | EventEntity | CommandEntity,
): Component {
  return {
    platform: component,
    unique_id: `${serial}_${key}`,
    default_entity_id: entityId(component, key),
    ...(name !== undefined && { name }),
    ...(icon !== undefined && { icon }),
    ...(deviceClass !== undefined && { device_class: deviceClass }),
    ...(category !== undefined && { entity_category: category }),
    ...(isOffAtFirst && { enabled_by_default: false }),
  };
}

/** What the entity is called there at first; whoever has two boxes finds the second one's with a number behind. */
export function entityId(component: string, key: string): string {
  return `${component}.ist_${key.toLowerCase().replace(/[^a-z0-9]+/g, '_')}`;
}

function shownComponent(
  serial: string,
  topics: Topics,
  { topic, everyMs, expires }: EntityTopic,
  entity: StateEntity,
): Component {
  const { field, knownBy = field, attributes } = entity;
  const stateTopic = topics.state(topic);
  return {
    ...common(serial, entity),
    state_topic: stateTopic,
    value_template: valueTemplate(entity),
    ...(entity.component === 'sensor' && sensorFacts(entity)),
    ...(attributes !== undefined && {
      json_attributes_topic: stateTopic,
      json_attributes_template: `{{ (value_json.${attributes} or {}) | tojson }}`,
    }),
    ...(expires && entity.component !== 'update' && { expire_after: Math.ceil((3 * everyMs) / 1000) }),
    // In place of the device's own list: known is more than being there.
    availability: [
      { topic: topics.status },
      {
        topic: stateTopic,
        value_template: `{{ 'online' if value_json.${knownBy} | default(none) is not none else 'offline' }}`,
      },
    ],
  };
}

function valueTemplate({ component, field }: StateEntity): string {
  const value = `value_json.${field}`;
  switch (component) {
    case 'sensor':
      return `{{ ${value} }}`;
    case 'binary_sensor':
      return `{{ 'None' if ${value} is none else 'ON' if ${value} else 'OFF' }}`;
    case 'update':
      return `{{ ${value} | tojson }}`;
  }
}

function sensorFacts({ unit, stateClass, options, decimals }: SensorEntity): object {
  return {
    ...(unit !== undefined && { unit_of_measurement: unit }),
    ...(stateClass !== undefined && { state_class: stateClass }),
    ...(options !== undefined && { options }),
    ...(decimals !== undefined && { suggested_display_precision: decimals }),
  };
}

function eventComponent(serial: string, topics: Topics, event: EventEntity): Component {
  return { ...common(serial, event), state_topic: topics.event(event.key), event_types: event.types };
}

function commandComponent(serial: string, topics: Topics, command: CommandEntity): Component {
  const { component, key, state, range } = command;
  const shared = { ...common(serial, command), command_topic: topics.command(key) };
  if (component === 'button' || state === undefined) return { ...shared, payload_press: 'PRESS' };
  const value = `value_json.${state.field}`;
  return {
    ...shared,
    state_topic: topics.state(state.topic),
    value_template: component === 'switch' ? `{{ 'ON' if ${value} else 'OFF' }}` : `{{ ${value} }}`,
    ...(range && {
      min: range.min,
      max: range.max,
      step: range.step,
      mode: 'box',
      ...(range.unit !== undefined && { unit_of_measurement: range.unit }),
    }),
  };
}
