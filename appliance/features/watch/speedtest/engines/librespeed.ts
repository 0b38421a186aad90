/** LibreSpeed: a server of the owner's, or the nearest of the public list. */
import type { FoundServer, SpeedEngine, SpeedPlan, SpeedPorts } from '../engine.ts';
import { EngineFailure } from '../measure/failure.ts';
import { type Located, locate } from './address.ts';
import { askService } from './ask-service.ts';
import { isRecord, labelOf, textOf } from './parse.ts';

const listUrl = 'https://librespeed.org/backend-servers/servers.php';
/** Of the public list, drawn at random and asked how far they are. */
const maxAsked = 8;
const maxServers = 3;
const askMs = 1500;
/** MB of noise in one answer; then the next one is fetched. */
const chunkMb = 100;

interface Listed {
  name: string;
  down: string;
  up: string;
}

export const librespeed: SpeedEngine = {
  name: 'librespeed',
  service: 'librespeed',
  takesServer: true,
  async find(ports, choice, plan, signal) {
    const own = choice.server;
    const listed = own === null ? await publicList(ports, signal) : [ownServer(own, choice.name)];
    const located: { listed: Listed; at: Located }[] = [];
    for (const one of listed) {
      // A name of the list that does not exist any more is no reason to leave out the others.
      const at = await locate(ports.names, one.down, plan.family).catch((error: unknown) => {
        if (own !== null) throw error;
        return null;
      });
      if (at !== null) located.push({ listed: one, at });
    }
    const sorted = own === null ? await nearest(ports, located, plan, signal) : located;
    return sorted
      .slice(0, maxServers)
      .map(({ listed: one, at }) => serverOf(one, at, own !== null, choice.ca));
  },
};

function serverOf(one: Listed, at: Located, isOwn: boolean, ca: string | undefined): FoundServer {
  const { host, port, address, family } = at;
  return {
    name: one.name,
    host,
    port,
    address,
    family,
    mayBeInside: isOwn,
    isOurs: false,
    down: { protocol: 'http', url: `${one.down}?ckSize=${chunkMb}` },
    up: { protocol: 'http', url: one.up },
    pingUrl: null,
    tcpProbeMs: 100,
    ...(ca === undefined ? {} : { ca }),
  };
}

/** The folder that holds garbage.php and empty.php, or one of the two. */
function ownServer(text: string, name: string | undefined): Listed {
  const url = URL.parse(text);
  if (url === null) throw new EngineFailure('no-server', `${text.slice(0, 100)} is no address`, 'server');
  const folder = new URL(/\.php$/.test(url.pathname) ? '.' : url.pathname.replace(/\/?$/, '/'), url);
  return {
    name: name ?? url.host,
    down: new URL('garbage.php', folder).href,
    up: new URL('empty.php', folder).href,
  };
}

async function publicList(ports: SpeedPorts, signal: AbortSignal): Promise<Listed[]> {
  const { body } = await askService(ports, 'librespeed', listUrl, signal);
  const listed = parseList(body);
  if (listed.length === 0)
    throw new EngineFailure('garbage', 'the list of LibreSpeed names no server', 'server');
  // Everybody would meet at the first ones otherwise.
  return listed
    .map((server) => ({ server, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, maxAsked)
    .map(({ server }) => server);
}

export function parseList(body: unknown): Listed[] {
  if (!Array.isArray(body)) return [];
  return body.flatMap((entry: unknown) => {
    if (!isRecord(entry)) return [];
    const base = textOf(entry.server);
    const [down, up] = [textOf(entry.dlURL), textOf(entry.ulURL)];
    if (base === null || down === null || up === null) return [];
    const root = URL.parse(base.startsWith('//') ? `https:${base}` : base);
    if (root === null || !/^https?:$/.test(root.protocol)) return [];
    const folder = new URL(root.pathname.replace(/\/?$/, '/'), root);
    const [downUrl, upUrl] = [URL.parse(down, folder.href), URL.parse(up, folder.href)];
    if (downUrl?.host !== folder.host || upUrl?.host !== folder.host) return [];
    return { name: labelOf(entry.name) ?? folder.host, down: downUrl.href, up: upUrl.href };
  });
}

/** By the time a connection takes; those that do not answer are left out. */
async function nearest<Server extends { at: Located }>(
  { engine }: SpeedPorts,
  servers: readonly Server[],
  { interfaceName }: SpeedPlan,
  signal: AbortSignal,
): Promise<Server[]> {
  const asked = await Promise.all(
    servers.map(async (server) => {
      const { address, family, port } = server.at;
      const shot = { kind: 'tcp' as const, family, address, port, timeoutMs: askMs };
      const { outcome, rttUs } = await engine.probeOnce(
        { ...shot, ...(interfaceName === null ? {} : { interfaceName }) },
        signal,
      );
      return { server, rttUs: outcome === 'ok' ? rttUs : Number.POSITIVE_INFINITY };
    }),
  );
  const near = asked.filter(({ rttUs }) => Number.isFinite(rttUs)).sort((a, b) => a.rttUs - b.rttUs);
  if (near.length === 0) throw new EngineFailure('timeout', 'no server of LibreSpeed answers', 'server');
  return near.map(({ server }) => server);
}
