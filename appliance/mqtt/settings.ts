import type { ConfigSections } from '../core/feature.ts';

/** Section `mqtt` of the configuration; its schema is in features/share/mqtt. */
export type MqttSettings = ConfigSections['mqtt'];

export interface BrokerPlace {
  host: string;
  port: number;
  isEncrypted: boolean;
}

/** Where a broker is, from `mqtt://host:port`; the shape of the configuration has checked the text. */
export function brokerOf(url: string): BrokerPlace {
  const { protocol, hostname, port } = new URL(url);
  const isEncrypted = protocol === 'mqtts:';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isEncrypted ? 8883 : 1883) : Number(port), // IANA: secure-mqtt, mqtt
    isEncrypted,
  };
}
