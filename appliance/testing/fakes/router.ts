import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const common = 'urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1';
const connection = 'urn:schemas-upnp-org:service:WANIPConnection:1';

/** The description of a common home router; the gauge stands in a device within a device. */
export const description = (controlUrl = '/ctl/CommonIfCfg', head = '') => `<?xml version="1.0"?>${head}
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>
<device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType>
<friendlyName>Tom &amp; Ann's router</friendlyName><serviceList><service>
<serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType><controlURL>/ctl/L3F</controlURL>
</service></serviceList><deviceList><device><serviceList><service><serviceType>${common}</serviceType>
<serviceId>urn:upnp-org:serviceId:WANCommonIFC1</serviceId><SCPDURL>/WANCfg.xml</SCPDURL>
<controlURL>${controlUrl}</controlURL><eventSubURL>/evt</eventSubURL></service></serviceList><deviceList><device>
<serviceList><service><serviceType>${connection}</serviceType><controlURL>/ctl/IPConn</controlURL></service>
</serviceList></device></deviceList></device></deviceList></device></root>`;

export const soapAnswer = (action: string, type: string, values: Readonly<Record<string, string>>) =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` +
  `<u:${action}Response xmlns:u="${type}">${Object.entries(values)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('')}</u:${action}Response></s:Body></s:Envelope>`;

export interface FakeRouterOptions {
  host: string;
  /** 0: any free one. */
  httpPort?: number;
  ssdpPort?: number;
  /** Also hear questions to the multicast group, on the link of `host`. */
  isInGroup?: boolean;
}

/** A router that answers UPnP questions over real sockets; tests bend its answers. */
export class FakeRouter implements AsyncDisposable {
  /** What it answers to a search; null: nothing. */
  location: (own: string) => string | null = (own) => own;
  describe: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    response.end(description());
  /** Values of an action; null: it does not know it. */
  act: (action: string) => Readonly<Record<string, string>> | null = () => null;
  readonly requests: string[] = [];
  readonly #http: Server;
  readonly #udp: Socket;
  readonly #host: string;

  private constructor(host: string) {
    this.#host = host;
    this.#http = createServer((request, response) => this.#answer(request, response));
    this.#udp = createSocket({ type: 'udp4', reuseAddr: true });
    this.#udp.on('message', (bytes, from) => this.#hear(bytes.toString('latin1'), from));
  }

  static async up({ host, httpPort = 0, ssdpPort = 0, isInGroup = false }: FakeRouterOptions) {
    const router = new FakeRouter(host);
    router.#http.listen(httpPort, host);
    // A socket bound to one address does not hear the group.
    router.#udp.bind(ssdpPort, isInGroup ? undefined : host);
    await Promise.all([once(router.#http, 'listening'), once(router.#udp, 'listening')]);
    if (isInGroup) router.#udp.addMembership('239.255.255.250', host);
    return router;
  }

  get ssdpPort(): number {
    return this.#udp.address().port;
  }

  get url(): string {
    const { port } = this.#http.address() as AddressInfo; // it listens on TCP
    return `http://${this.#host}:${port}`;
  }

  /** Switches it off; it may be off already. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#http.listening) return;
    this.#udp.close();
    this.#http.closeAllConnections();
    await new Promise((done) => this.#http.close(done));
  }

  #hear(question: string, from: { address: string; port: number }): void {
    const location = this.location(`${this.url}/rootDesc.xml`);
    if (!/^M-SEARCH \* HTTP\/1\.1\r\n/.test(question) || location === null) return;
    const target = /^ST: (\S+)/m.exec(question)?.[1] ?? '';
    if (!target.endsWith('InternetGatewayDevice:1')) return;
    const answer = `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: ${target}\r\nUSN: uuid:1::${target}\r\nEXT:\r\nSERVER: Linux UPnP/1.0\r\nLocation: ${location}\r\n\r\n`;
    this.#udp.send(answer, from.port, from.address);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [type = '', action = ''] = String(request.headers.soapaction ?? '')
      .replaceAll('"', '')
      .split('#');
    this.requests.push(`${request.method} ${request.url}${action === '' ? '' : ` ${action}`}`);
    const values = this.act(action);
    if (request.method === 'GET') this.describe(request, response);
    else if (values === null) response.writeHead(500).end('<s:Fault><errorCode>401</errorCode></s:Fault>');
    else response.end(soapAnswer(action, type, values));
  }
}
