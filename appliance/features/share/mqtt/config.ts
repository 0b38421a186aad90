import { type Static, Type } from 'typebox';
import { secretText } from '../../../core/secret.ts';

const textOrNull = (title: string, description: string, options: object = {}) =>
  Type.Union([Type.String({ minLength: 1, maxLength: 1024, ...options }), Type.Null()], {
    title,
    description,
    default: null,
  });

const file = (title: string, what: string) =>
  Type.Union([Type.String({ pattern: '^/', maxLength: 1024 }), Type.Null()], {
    title,
    description: `PEM file with ${what}`,
    default: null,
    expected: 'an absolute path, or null',
  });

/** Levels of a topic without wildcards; Home Assistant takes nothing else in its part. */
const topicPattern = '^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){0,3}$';

export const MqttConfig = Type.Object(
  {
    url: Type.Union(
      [
        Type.String({
          pattern: '^mqtts?://(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?/?$',
          maxLength: 300,
        }),
        Type.Null(),
      ],
      {
        title: 'Broker',
        description:
          'mqtt://host:port, or mqtts://host:port with encryption. A broker outside the house needs consent.mqttBroker as well',
        default: null,
        expected: 'mqtt://host:port or mqtts://host:port without a user in it (see mqtt.user), or null',
      },
    ),
    user: textOrNull('User', 'Name that the broker knows this box by', { maxLength: 128 }),
    password: secretText({ title: 'Password', description: 'Of that user' }),
    ca: file('Authority', 'the authority that signed the certificate of the broker; null: the usual ones'),
    cert: file('Certificate', 'the certificate that this box shows to the broker'),
    key: file('Private key', 'the key of that certificate, without a passphrase'),
    discoveryPrefix: Type.String({
      title: 'Discovery prefix',
      description: 'Where Home Assistant looks for devices',
      default: 'homeassistant',
      maxLength: 128,
      pattern: topicPattern,
    }),
    baseTopic: Type.String({
      title: 'Base topic',
      description: 'Everything else of this box is below it, under its serial number',
      default: 'ist',
      maxLength: 128,
      pattern: topicPattern,
    }),
    singleValues: Type.Boolean({
      title: 'Single values',
      description: 'Each value also on a topic of its own, for whatever reads no JSON',
      default: true,
    }),
    commands: Type.Boolean({
      title: 'Commands',
      description:
        'Whoever may write to the broker may run a speed test, pause measuring, change its interval and acknowledge incidents',
      default: false,
    }),
    broker: Type.Object(
      {
        isOn: Type.Boolean({
          title: 'Broker in this box',
          description: 'For a house that has no other; it lets in who knows mqtt.user and mqtt.password',
          default: false,
        }),
        host: Type.String({
          title: 'Listen on',
          description: 'Address of this machine; "::" for all of IPv4 and IPv6',
          default: '::',
          minLength: 1,
          maxLength: 253,
        }),
        port: Type.Integer({ title: 'Port of that broker', default: 1883, minimum: 0, maximum: 65_535 }),
      },
      { additionalProperties: false, default: {} },
    ),
  },
  {
    title: 'MQTT and Home Assistant',
    description: 'The message broker that home automation reads from',
    additionalProperties: false,
    default: {},
  },
);
export type MqttConfig = Static<typeof MqttConfig>;

declare module '../../../core/feature.ts' {
  interface ConfigSections {
    mqtt: MqttConfig;
  }
}
