import { sayDuration } from '../../../../core/durations.ts';
import type { Segment, Verdict } from '../../../../core/shapes.ts';
import type { Symptom } from '../../../judge/outage/schema.ts';

/** Whose fault, as the heading of a letter says it. */
export const faultWords: Readonly<Record<Verdict, string>> = {
  device: 'The box that measures, or its own connection',
  lan: 'The home network',
  gateway: 'The home router',
  access: 'The line from the home to the provider',
  isp: 'The network of the provider',
  transit: 'Networks beyond the provider',
  dns: 'Name resolution',
  service: 'One destination',
  ipv6: 'IPv6 alone',
  'captive-portal': 'A sign-in page in between',
  unclear: 'Not clear from the evidence',
};

export const segmentWords: Readonly<Record<Segment, string>> = {
  lan: 'Home network',
  gateway: 'Router',
  isp: 'Provider',
  transit: 'Beyond the provider',
  anchor: 'Internet',
  resolver: 'Name servers',
  custom: 'Own targets',
};

/** From the box outwards. */
export const segmentOrder: readonly Segment[] = [
  'lan',
  'gateway',
  'isp',
  'transit',
  'anchor',
  'resolver',
  'custom',
];

export const symptomWords: Readonly<Record<Symptom, string>> = {
  'no-answer': 'nothing answered',
  loss: 'packets were lost',
  latency: 'answers took much longer',
  jitter: 'answers came unevenly',
  mtu: 'large packets were lost',
  names: 'names were not resolved',
  'slow-names': 'names were resolved slowly',
  portal: 'a sign-in page answered',
};

export const methodWords: Readonly<Record<string, string>> = {
  'icmp-raw': 'ICMP echo, timed by the kernel',
  'icmp-socket': 'ICMP echo through an unprivileged socket, timed by the kernel',
  tcp: 'TCP handshake',
  dns: 'DNS query over UDP',
};

export const familyWords = { ipv4: 'IPv4', ipv6: 'IPv6', both: 'IPv4 and IPv6' } as const;

export const percent = (ratio: number) =>
  `${ratio >= 0.1 || ratio === 0 ? Math.round(ratio * 100) : Number((ratio * 100).toPrecision(2))} %`;

/** Three significant digits at most. */
export function milliseconds(ms: number | null): string {
  if (ms === null) return '–';
  return `${ms >= 100 ? Math.round(ms) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}

export const seconds = (value: number) => sayDuration(value * 1000);
