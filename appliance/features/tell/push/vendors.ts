import type { SwitchedService } from '../../../core/calling.ts';

/**
 * Who carries messages to a browser: each browser has its maker's service and takes no other. Messages are encrypted for
 * the browser (RFC 8291), so a carrier sees when and how often, not what.
 */
const vendors = [
  { id: 'pushGoogle', name: 'Google', browsers: 'Chrome, Brave, Samsung', hosts: ['fcm.googleapis.com'] },
  {
    id: 'pushMozilla',
    name: 'Mozilla',
    browsers: 'Firefox',
    hosts: ['updates.push.services.mozilla.com', 'push.services.mozilla.com'],
  },
  { id: 'pushApple', name: 'Apple', browsers: 'Safari', hosts: ['*.push.apple.com'] },
  { id: 'pushMicrosoft', name: 'Microsoft', browsers: 'Edge', hosts: ['*.notify.windows.com'] },
] as const;

/** A handshake with its certificates, a message of one record and the answer. */
const bytesPerMessage = 7_000;
/** Two devices, and an outage with its beginning and its end every second day. */
const messagesPerMonth = 60;

export const pushServices: readonly SwitchedService[] = vendors.map(({ id, name, browsers, hosts }) => ({
  kind: 'service',
  id,
  name: `${name}, messages to browsers`,
  purpose: `Carries messages about outages to ${browsers}, also while no page is open`,
  learns: 'The public address of this house, and when a message is sent to which browser; not what it says',
  protocol: 'HTTPS, with an encrypted message',
  hosts,
  bytesPerMonth: bytesPerMessage * messagesPerMonth,
  limits: { requestBytes: 4096, replyBytes: 4096 },
}));
