import type { SpeedEngine } from '../engine.ts';
import { EngineFailure } from '../measure/failure.ts';
import { locate, variant } from './address.ts';

/** Another appliance, or an ndt7 server of the owner's. Ours sends with reno when asked to, and shows the queue at once. */
export const peer: SpeedEngine = {
  name: 'peer',
  service: null,
  takesServer: true,
  async find({ names }, { server, name, ca }, { family }) {
    if (server === null)
      throw new EngineFailure(
        'no-server',
        'no server of your own is configured in speedtest.servers',
        'server',
      );
    const { url, host, port, address, family: found } = await locate(names, server, family);
    const target = (way: 'download' | 'upload') => ({
      protocol: 'ndt7' as const,
      url: variant(url, 'ws', `/ndt/v7/${way}`, '?cc=reno'),
    });
    return [
      {
        name: name ?? host,
        host,
        port,
        address,
        family: found,
        mayBeInside: true,
        isOurs: true,
        down: target('download'),
        up: target('upload'),
        tcpProbeMs: 20,
        pingUrl: url.protocol === 'http:' || url.protocol === 'ws:' ? variant(url, 'http', '/ping') : null,
        ...(ca === undefined ? {} : { ca }),
      },
    ];
  },
};
