/**
 * The UPnP side of the home router, to be run in its node: it tells what its own interface towards the provider has
 * carried. Arguments: its address in the house, that interface.
 */
import { readCounters } from '../../net/counters.ts';
import { FakeRouter } from '../fakes/router.ts';

const [host = '', interfaceName = ''] = process.argv.slice(2);
const router = await FakeRouter.up({ host, ssdpPort: 1900, isInGroup: true });
let rxBytes = 0;
let txBytes = 0;
const follow = async () => {
  const counter = (await readCounters()).find(({ name }) => name === interfaceName);
  // As most routers do: 32 bits, which wrap.
  rxBytes = (counter?.rxBytes ?? 0) % 2 ** 32;
  txBytes = (counter?.txBytes ?? 0) % 2 ** 32;
};
await follow();
setInterval(() => void follow(), 100);
router.act = (action) => {
  if (action === 'GetTotalBytesReceived') return { NewTotalBytesReceived: String(rxBytes) };
  if (action === 'GetTotalBytesSent') return { NewTotalBytesSent: String(txBytes) };
  return action === 'GetCommonLinkProperties' ? { NewPhysicalLinkStatus: 'Up' } : null;
};
