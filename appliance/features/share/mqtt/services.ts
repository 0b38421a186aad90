import { monthly, type OutsideService } from '../../../core/calling.ts';

/** Roughly what is published in calm, with the answers to it. */
const calmBytes = 6000;
const calmEveryMs = 30_000;

/** A broker in the house is nobody outside; only for one that stands elsewhere this switch counts. */
export const mqttServices: readonly OutsideService[] = [
  {
    kind: 'service',
    id: 'mqttBroker',
    name: 'MQTT broker outside the house',
    purpose:
      'Home automation that stands elsewhere shows the line. A broker in your own network needs no switch',
    learns:
      'The public address of this house and everything that home automation shows: state, outages, times',
    protocol: 'MQTT, encrypted where mqtt.url begins with mqtts',
    hosts: ({ mqtt: { url } }) => (url === null ? [] : [new URL(url).hostname.replace(/^\[|\]$/g, '')]),
    bytesPerMonth: ({ mqtt: { url } }) => (url === null ? 0 : monthly(calmBytes, calmEveryMs)),
    mayBeInside: true,
  },
];
