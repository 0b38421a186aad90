import { monthly, type OutsideService } from '../../../core/calling.ts';
import type { Family } from '../../../core/shapes.ts';
import type { TargetConfig } from './config.ts';
import { familyOf } from './plan.ts';

/** ICMP payload where none is configured, and the headers before it (RFC 791, RFC 8200, RFC 792). */
const payloadBytes = 56;
const headerBytes = { ipv4: 28, ipv6: 48 } as const;
/** Handshake and end of a TCP connection. */
const handshakeBytes = 300;

export const latencyServices: readonly OutsideService[] = [
  {
    kind: 'probing',
    id: 'targets',
    name: 'Targets',
    purpose: 'Answer one small packet after the other: that is the measurement',
    learns:
      'The public address of this house and when its connection works. While your name servers fail, anchors are also asked for the names of dns.names',
    protocol: 'ICMP echo or TCP handshakes',
    setting: 'targets',
    hosts: ({ targets }) =>
      targets.flatMap(({ host, host6 }) => (host6 === undefined ? [host] : [host, host6])),
    bytesPerMonth: ({ lines, targets, probing }) =>
      lines.length *
      targets.reduce(
        (sum, target) => sum + monthly(bytesOf(target), target.intervalMs ?? probing.intervalMs),
        0,
      ),
  },
  {
    kind: 'probing',
    id: 'provider',
    name: "The provider's first router",
    purpose: 'Tells a broken line from trouble behind it',
    learns: 'Nothing that the provider does not know: that this connection is in use',
    protocol: 'ICMP echo',
    setting: 'lines',
    hosts: ({ lines }) =>
      lines.map(({ ispHop }) =>
        ispHop === 'auto' ? 'the first router behind yours, found by tracing' : ispHop,
      ),
    bytesPerMonth: ({ lines, probing }) => {
      const both = 2 * (2 * payloadBytes + headerBytes.ipv4 + headerBytes.ipv6);
      return lines.length * monthly(both, Math.max(1000, probing.intervalMs));
    },
  },
];

/** There and back, over every family that the target may have. */
function bytesOf({ host, host6, method, sizeBytes = payloadBytes }: TargetConfig): number {
  const literal = familyOf(host);
  const families: readonly Family[] = literal === null || host6 !== undefined ? ['ipv4', 'ipv6'] : [literal];
  const exchanges = families.map((family) =>
    method === 'tcp' ? handshakeBytes : 2 * (sizeBytes + headerBytes[family]),
  );
  return exchanges.reduce((sum, bytes) => sum + bytes, 0);
}
