/** Measurement Lab: open servers all over the world, whose results are public. */

import type { FoundServer, SpeedEngine } from '../engine.ts';
import { EngineFailure } from '../measure/failure.ts';
import { locate } from './address.ts';
import { askService } from './ask-service.ts';
import { isRecord, textOf } from './parse.ts';

const locator = 'https://locate.measurementlab.net/v2/nearest/ndt/ndt7';
/** Its servers have names below these. */
const serverNames = /^[\w.-]+\.(measurement-lab\.org|measurementlab\.net)$/;
const maxServers = 3;

export const mlab: SpeedEngine = {
  name: 'mlab',
  service: 'mlab',
  takesServer: false,
  async find(ports, _choice, { family }, signal) {
    const { status, body } = await askService(ports, 'mlab', `${locator}?client_name=ist`, signal);
    if (status === 204) throw new EngineFailure('no-capacity', 'M-Lab has no room for a test now', 'server');
    const listed = parseLocate(body);
    if (listed.length === 0) throw new EngineFailure('garbage', 'M-Lab named no server', 'server');
    const found: FoundServer[] = [];
    for (const { name, down, up } of listed.slice(0, maxServers)) {
      const { host, port, address, family: of } = await locate(ports.names, down, family);
      found.push({
        name,
        host,
        port,
        address,
        family: of,
        mayBeInside: false,
        isOurs: false,
        down: { protocol: 'ndt7', url: down },
        up: { protocol: 'ndt7', url: up },
        pingUrl: null,
        tcpProbeMs: 100,
      });
    }
    return found;
  },
};

/** Servers with what it takes to test with them; the list was written by somebody else. */
export function parseLocate(body: unknown): { name: string; down: string; up: string }[] {
  const results = isRecord(body) && Array.isArray(body.results) ? body.results : [];
  return results.flatMap((result: unknown) => {
    if (!isRecord(result) || !isRecord(result.urls)) return [];
    const urls = result.urls;
    const of = (way: string) => textOf(urls[`wss:///ndt/v7/${way}`]) ?? textOf(urls[`ws:///ndt/v7/${way}`]);
    const [down, up] = [of('download'), of('upload')];
    if (down === null || up === null || ![down, up].every(isOfTheirs)) return [];
    const place = isRecord(result.location) ? result.location : {};
    const city = [textOf(place.city), textOf(place.country)].filter((part) => part !== null).join(', ');
    return { name: city === '' ? 'M-Lab' : `M-Lab ${city}`, down, up };
  });
}

function isOfTheirs(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^wss?:$/.test(url.protocol) && serverNames.test(url.hostname);
}
