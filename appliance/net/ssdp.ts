import { createSocket, type Socket } from 'node:dgram';
import { pause, systemClock } from '../core/clock.ts';

/** Where to ask: UPnP Device Architecture 2.0 §1.3.2. */
export interface SearchPlaces {
  multicast: { address: string; port: number };
  /** The router itself may be asked, too: wireless networks like to lose multicast. */
  unicastPort: number;
  /** UDP may get lost: the question goes out twice, the second time after this. */
  repeatAfterMs: number;
  /** In all. */
  waitMs: number;
}

export const upnpPlaces: SearchPlaces = {
  multicast: { address: '239.255.255.250', port: 1900 },
  unicastPort: 1900,
  repeatAfterMs: 700,
  waitMs: 2000,
};

const searched = [
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
] as const;
/** Answers beyond this many places are not looked at. */
const maxLocations = 4;
const maxUrlLength = 512;

/**
 * Where a router says that its description is. Only answers from the gateway's own address count, and only addresses
 * on that same host: whoever else answers must not make us send requests anywhere.
 */
export function locationIn(answer: string, gateway: string): URL | null {
  const [status = '', ...headers] = answer.split('\r\n');
  if (!/^HTTP\/1\.[01] 200\b/.test(status)) return null;
  const text = headers.map((line) => /^location:\s*(\S+)\s*$/i.exec(line)?.[1]).find((value) => value);
  return text === undefined ? null : urlOnHost(text, undefined, gateway);
}

/** A plain HTTP address on this host, or null. */
export function urlOnHost(text: string, base: URL | undefined, host: string): URL | null {
  if (text.length > maxUrlLength) return null;
  const url = URL.parse(text, base?.href);
  return url !== null && url.protocol === 'http:' && url.hostname === host ? url : null;
}

const question = (target: string, host: string) =>
  `M-SEARCH * HTTP/1.1\r\nHOST: ${host}\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ${target}\r\n\r\n`;

/** Asks for Internet gateways on the link and collects what the gateway itself answers. Never throws. */
export async function searchGateway(
  { gateway, localAddress }: { gateway: string; localAddress: string | null },
  places: SearchPlaces,
  signal: AbortSignal,
): Promise<URL[]> {
  const found = new Map<string, URL>();
  const socket = createSocket('udp4');
  try {
    socket.on('error', () => undefined); // nothing is heard then, which is an answer
    socket.on('message', (bytes, { address }) => {
      if (address !== gateway || found.size === maxLocations) return;
      const location = locationIn(bytes.subarray(0, 2048).toString('latin1'), gateway);
      if (location) found.set(location.href, location);
    });
    if (!(await bound(socket, localAddress))) return [];
    ask(socket, gateway, places);
    await pause(systemClock, places.repeatAfterMs, signal);
    if (signal.aborted) return [];
    ask(socket, gateway, places);
    await pause(systemClock, places.waitMs - places.repeatAfterMs, signal);
    return [...found.values()];
  } finally {
    socket.close();
  }
}

/** False where this address is gone meanwhile or no socket can be had. */
function bound(socket: Socket, localAddress: string | null): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind({ port: 0, ...(localAddress === null ? {} : { address: localAddress }) }, () => {
      try {
        socket.setMulticastTTL(2); // UPnP Device Architecture 2.0 §1.1.2
        if (localAddress !== null) socket.setMulticastInterface(localAddress);
      } catch {
        // without multicast there is still the question to the router itself
      }
      resolve(true);
    });
  });
}

function ask(socket: Socket, gateway: string, { multicast, unicastPort }: SearchPlaces): void {
  const ignore = () => undefined; // no route, no permission: silence then
  for (const target of searched) {
    const group = `${multicast.address}:${multicast.port}`;
    socket.send(question(target, group), multicast.port, multicast.address, ignore);
    socket.send(question(target, `${gateway}:${unicastPort}`), unicastPort, gateway, ignore);
  }
}
