/** Everybody that speed tests may contact, and what a month of them costs. */
import { monthly, type OutsideService } from '../../../core/calling.ts';
import type {} from './schema.ts'; // the section "speedtest"

const hourMs = 3_600_000;
/** The mean pause of the random schedule. */
const everyMs = 6 * hourMs;
/** A quick test of a line of 100 Mbit/s each way, and one that always takes its whole length. */
const quickBytes = 60e6;
const wholeBytes = 250e6;
const objectBytes = 120e6;

export const speedServices: readonly OutsideService[] = [
  {
    kind: 'probing',
    id: 'speedServers',
    name: 'Your speed test servers',
    purpose: 'How fast the line is, towards servers that you have named',
    learns: 'Your address, when you test, and how fast your line is',
    protocol: 'HTTP or ndt7, ICMP echo, TCP',
    setting: 'speedtest.servers',
    hosts: ({ speedtest: { servers } }) =>
      servers.flatMap(({ url }) => (URL.canParse(url) ? [new URL(url).hostname] : [])),
    bytesPerMonth: ({ speedtest: { servers, schedule } }) =>
      servers.length === 0 || schedule === 'off' ? 0 : monthly(quickBytes, everyMs),
  },
  {
    kind: 'service',
    id: 'mlab',
    name: 'Measurement Lab (M-Lab)',
    purpose: 'How fast the line is, towards the nearest server of an open research platform',
    learns:
      'Your address, when you test and how fast your line is; it publishes all of that for ever, for research (https://www.measurementlab.net/privacy/)',
    protocol: 'HTTPS to find a server, ndt7 over WebSocket with TLS, ICMP echo, TCP',
    hosts: ['locate.measurementlab.net', '*.measurement-lab.org', '*.measurementlab.net'],
    bytesPerMonth: monthly(quickBytes, everyMs),
  },
  {
    kind: 'service',
    id: 'librespeed',
    name: 'LibreSpeed, public servers',
    purpose: 'How fast the line is, towards servers that volunteers offer',
    learns: 'The list: your address. The volunteer: your address, when you test and how fast your line is',
    protocol: 'HTTPS, ICMP echo, TCP',
    hosts: ['librespeed.org'],
    bytesPerMonth: monthly(quickBytes, everyMs),
    limits: { replyBytes: 2 ** 20 },
  },
  {
    kind: 'service',
    id: 'cloudflareSpeed',
    name: 'Cloudflare speed test',
    purpose: "How fast the line is, towards Cloudflare's nearest data centre",
    learns: 'Your address, when you test and how fast your line is',
    protocol: 'HTTPS, ICMP echo, TCP',
    hosts: ['speed.cloudflare.com'],
    bytesPerMonth: monthly(objectBytes, everyMs),
  },
  {
    kind: 'service',
    id: 'ookla',
    name: 'Ookla, by the program that you have installed',
    purpose: 'How fast the line is, as Ookla measures it',
    learns:
      'Your address, this machine, when you test and how fast your line is, by the licence of its program',
    protocol: 'Its own, by a program that is not part of this appliance',
    hosts: ['*.speedtest.net', '*.ookla.com'],
    bytesPerMonth: monthly(wholeBytes, everyMs),
  },
];
