import type { LinkFacts, LinkWatch, NameResolver } from '../../../core/probing.ts';
import { household } from './household.ts';
import { mix, seedOf } from './noise.ts';

/** The household's link; it never changes while the demo runs. */
export function createSimulatedLink(): LinkWatch {
  const { interfaceName, gateway, addresses, resolvers } = household;
  const facts: LinkFacts = {
    defaultRoutes: [
      { family: 'ipv4', interfaceName, gateway: gateway.ipv4, metric: 100 },
      { family: 'ipv6', interfaceName, gateway: gateway.ipv6, metric: 100 },
    ],
    resolvers: [...resolvers],
    interfaces: [{ name: interfaceName, isUp: true, hasCarrier: true, addresses: [...addresses] }],
  };
  return {
    read: async () => structuredClone(facts),
    onChange: () => () => undefined,
    start: () => undefined,
    stop: () => undefined,
  };
}

const recordTypes = { A: 1, AAAA: 28 } as const;

/** Names without a network: addresses are themselves, every name has one address kept for documentation. */
export function createSimulatedNames(): NameResolver {
  return {
    async resolve(host, family) {
      const isIpv6 = host.includes(':');
      if (isIpv6 || /^\d+(\.\d+){3}$/.test(host)) return isIpv6 === (family === 'ipv6') ? [host] : [];
      const number = mix(seedOf(host, 1), 0) % 250;
      return [family === 'ipv4' ? `198.51.100.${number + 1}` : `2001:db8:90::${(number + 1).toString(16)}`];
    },
    encodeQuery(name, type) {
      // RFC 1035 §4.1: header with RD set and one question.
      const labels = name.split('.').filter((label) => label !== '');
      const question = labels.flatMap((label) => [label.length, ...Buffer.from(label)]);
      return Uint8Array.from([
        0,
        0,
        1,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        ...question,
        0,
        0,
        recordTypes[type],
        0,
        1,
      ]);
    },
  };
}
