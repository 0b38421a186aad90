import type { Lab } from '../lab/lab.ts';
import { hosts } from '../lab/topology.ts';

/** 198.18.0.0/15 is for benchmarks of network devices (RFC 2544 §C.2.2), so it is nobody's address. */
const network = '198.18.0.0/15';

/** Gives the lab's DNS node many addresses, with a route to them, and returns them. */
export async function addSoakTargets(lab: Lab, count: number): Promise<string[]> {
  const addresses = Array.from({ length: count }, (_, index) => `198.18.${index >> 8}.${index & 255}`);
  await lab.ip('dns', [`route add local ${network} dev lo`]);
  await lab.ip('isp2', [`route add ${network} via ${hosts.dns.ipv4}`]);
  return addresses;
}
