import type { SpeedEngine } from '../engine.ts';
import { EngineFailure } from '../measure/failure.ts';
import { locate } from './address.ts';

/** A large object that the owner has named; without an address that takes a POST only the download is measured. */
export const http: SpeedEngine = {
  name: 'http',
  service: null,
  takesServer: true,
  async find({ names }, { server, name, upload, ca }, { family }) {
    if (server === null)
      throw new EngineFailure(
        'no-server',
        'no object of your own is configured in speedtest.servers',
        'server',
      );
    const { url, host, port, address, family: found } = await locate(names, server, family);
    const up = upload === undefined ? null : await locate(names, upload, found);
    if (up !== null && up.address !== address)
      throw new EngineFailure('no-server', `${up.host} and ${host} are different machines`, 'server');
    return [
      {
        name: name ?? host,
        host,
        port,
        address,
        family: found,
        mayBeInside: true,
        isOurs: false,
        down: { protocol: 'http', url: url.href },
        up: up === null ? null : { protocol: 'http', url: up.url.href },
        pingUrl: null,
        tcpProbeMs: 100,
        ...(ca === undefined ? {} : { ca }),
      },
    ];
  },
};
