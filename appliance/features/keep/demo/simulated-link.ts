import type { LinkFacts, LinkWatch, NameResolver } from '../../../core/probing.ts';
import { household } from './household.ts';
import { addressesOf } from './simulated-internet.ts';

/** The household's link; it never changes while the demo runs. */
export function createSimulatedLink(): LinkWatch {
  const { interfaceName, gateway, addresses, networks, resolvers } = household;
  const facts: LinkFacts = {
    defaultRoutes: [
      { family: 'ipv4', interfaceName, gateway: gateway.ipv4, metric: 100 },
      { family: 'ipv6', interfaceName, gateway: gateway.ipv6, metric: 100 },
    ],
    resolvers: [...resolvers],
    interfaces: [
      {
        name: interfaceName,
        isUp: true,
        hasCarrier: true,
        addresses: [...addresses],
        networks: [...networks],
      },
    ],
  };
  return {
    read: async () => structuredClone(facts),
    onChange: () => () => undefined,
    start: () => undefined,
    stop: () => undefined,
  };
}

const recordTypes = { A: 1, AAAA: 28 } as const;

/** Names without a network: the addresses that the simulated name servers give, too. */
export function createSimulatedNames(): NameResolver {
  return {
    resolve: async (host, family) => [...addressesOf(host, family)],
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
