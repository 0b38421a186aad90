import { BlockList } from 'node:net';
import type { LinkFacts } from '../../../../core/probing.ts';
import type { Family } from '../../../../core/shapes.ts';

/** By which interface packets to an address leave: the network it is in, else the best default route. Null: by none. */
export function interfaceOf(facts: LinkFacts, address: string, family: Family): string | null {
  for (const { name, networks = [], isUp } of facts.interfaces) {
    const list = new BlockList();
    for (const network of networks) {
      const [base = '', bits = ''] = network.split('/');
      if (base.includes(':') === (family === 'ipv6'))
        list.addSubnet(base.replace(/%.*$/, ''), Number(bits), family);
    }
    if (isUp && list.check(address, family)) return name;
  }
  return facts.defaultRoutes.find((route) => route.family === family)?.interfaceName ?? null;
}
