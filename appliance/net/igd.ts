import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { AppError } from '../core/errors.ts';
import type { RouterGauge } from '../core/network.ts';
import { askGateway } from './gateway-http.ts';
import { type IgdDescription, type IgdService, parseDescription, tagCounter, tagWord } from './igd-xml.ts';
import { type SearchPlaces, searchGateway, upnpPlaces, urlOnHost } from './ssdp.ts';

const description = { maxBytes: 262_144, timeoutMs: 5000 } as const;
const soap = { maxBytes: 65_536, timeoutMs: 3000 } as const;
/** Link state and uptime are asked for with every so many readings: four requests each time would be too many. */
const statusEvery = 6;

const services = {
  /** UPnP WANCommonInterfaceConfig:1. */
  common: /^urn:schemas-upnp-org:service:WANCommonInterfaceConfig:\d{1,2}$/,
  /** UPnP WANIPConnection and WANPPPConnection: one of them is the connection in use. */
  connection: /^urn:schemas-upnp-org:service:WAN(IP|PPP)Connection:\d{1,2}$/,
} as const;

type Reading = Awaited<ReturnType<RouterGauge['read']>>;
type Bytes = Pick<Reading, 'rxBytes' | 'txBytes'>;

interface Link {
  gateway: string;
  localAddress: string | null;
}

interface Control {
  type: string;
  url: URL;
}

/** What an action answers; null when the router does not know it. Throws when the router does not answer. */
async function act(link: Link, { type, url }: Control, action: string, signal: AbortSignal) {
  const { status, text } = await askGateway(
    {
      ...link,
      ...soap,
      url,
      method: 'POST',
      headers: { 'content-type': 'text/xml; charset="utf-8"', soapaction: `"${type}#${action}"` },
      body: `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><u:${action} xmlns:u="${type}"/></s:Body></s:Envelope>`,
    },
    signal,
  );
  return status === 200 ? text : null;
}

/** AVM's addition answers both counters at once, and in 64 bits. */
async function readAtOnce(link: Link, common: Control, signal: AbortSignal): Promise<Bytes | null> {
  const text = (await act(link, common, 'GetAddonInfos', signal)) ?? '';
  const rxBytes =
    tagCounter(text, 'NewX_AVM_DE_TotalBytesReceived64') ?? tagCounter(text, 'NewTotalBytesReceived');
  const txBytes = tagCounter(text, 'NewX_AVM_DE_TotalBytesSent64') ?? tagCounter(text, 'NewTotalBytesSent');
  return rxBytes === null || txBytes === null ? null : { rxBytes, txBytes };
}

async function readInTwo(link: Link, common: Control, signal: AbortSignal): Promise<Bytes | null> {
  const received = await act(link, common, 'GetTotalBytesReceived', signal);
  const sent = received === null ? null : await act(link, common, 'GetTotalBytesSent', signal);
  const rxBytes = tagCounter(received ?? '', 'NewTotalBytesReceived');
  const txBytes = tagCounter(sent ?? '', 'NewTotalBytesSent');
  return rxBytes === null || txBytes === null ? null : { rxBytes, txBytes };
}

class IgdGauge implements RouterGauge {
  readonly name: string;
  readonly #link: Link;
  readonly #common: Control;
  readonly #connection: Control | null;
  readonly #readBytes: typeof readInTwo;
  #readings = 0;
  #status: Pick<Reading, 'linkState' | 'uptimeSeconds'> = { linkState: null, uptimeSeconds: null };

  constructor(
    name: string,
    link: Link,
    controls: { common: Control; connection: Control | null },
    readBytes: typeof readInTwo,
  ) {
    this.name = name;
    this.#link = link;
    this.#common = controls.common;
    this.#connection = controls.connection;
    this.#readBytes = readBytes;
  }

  async read(signal: AbortSignal): Promise<Reading> {
    const bytes = await this.#readBytes(this.#link, this.#common, signal);
    if (bytes === null) {
      throw new AppError(
        'ROUTER_ANSWER_INVALID',
        `The router ${this.#link.gateway} answered without a counter.`,
      );
    }
    if (this.#readings % statusEvery === 0) this.#status = await this.#readStatus(signal);
    this.#readings += 1;
    return { ...bytes, ...this.#status };
  }

  async #readStatus(signal: AbortSignal): Promise<Pick<Reading, 'linkState' | 'uptimeSeconds'>> {
    const link = await act(this.#link, this.#common, 'GetCommonLinkProperties', signal);
    const connection = this.#connection && (await act(this.#link, this.#connection, 'GetStatusInfo', signal));
    return {
      linkState: tagWord(link ?? '', 'NewPhysicalLinkStatus'),
      uptimeSeconds: tagCounter(connection ?? '', 'NewUptime'),
    };
  }
}

/** The address of a service's control point; null when it is not on the gateway itself. */
function controlOf(service: IgdService, { urlBase }: IgdDescription, location: URL): Control | null {
  const host = location.hostname;
  const base = (urlBase === null ? null : urlOnHost(urlBase, undefined, host)) ?? location;
  const url = urlOnHost(service.controlUrl, base, host);
  return url && { type: service.type, url };
}

async function gaugeAt(location: URL, link: Link, signal: AbortSignal): Promise<RouterGauge | null> {
  const answer = await askGateway({ ...link, ...description, url: location, method: 'GET' }, signal);
  if (answer.status !== 200) return null;
  const device = parseDescription(answer.text);
  const controls = (kind: RegExp) =>
    device.services.flatMap((service) =>
      kind.test(service.type) ? (controlOf(service, device, location) ?? []) : [],
    );
  const connection = controls(services.connection)[0] ?? null;
  for (const common of controls(services.common)) {
    for (const readBytes of [readAtOnce, readInTwo]) {
      // Some routers hang up at a question they do not know: that is a no, and the next way is tried.
      if (await orNull(readBytes(link, common, signal)))
        return new IgdGauge(device.name, link, { common, connection }, readBytes);
    }
  }
  return null;
}

/** A router that is silent or talks nonsense has nothing to tell; an aborted search still rejects. */
async function orNull<Result>(asked: Promise<Result | null>): Promise<Result | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

function addressOn(interfaceName: string): string | null {
  const ipv4 = networkInterfaces()[interfaceName]?.find(({ family }) => family === 'IPv4');
  return ipv4?.address ?? null;
}

/**
 * Looks for a router that counts what passes through it (UPnP Internet Gateway Device), on the link of this interface;
 * null when none answers. Nothing but the gateway is ever connected to. Rejects only when the signal aborts.
 */
export async function findRouterGauge(
  { interfaceName, gateway }: { interfaceName: string | null; gateway: string },
  signal: AbortSignal,
  places: SearchPlaces = upnpPlaces,
): Promise<RouterGauge | null> {
  signal.throwIfAborted();
  const localAddress = interfaceName === null ? null : addressOn(interfaceName);
  if (!isIPv4(gateway) || (interfaceName !== null && localAddress === null)) return null;
  const link = { gateway, localAddress };
  for (const location of await searchGateway(link, places, signal)) {
    const gauge = await orNull(gaugeAt(location, link, signal));
    if (gauge) return gauge;
  }
  signal.throwIfAborted();
  return null;
}
