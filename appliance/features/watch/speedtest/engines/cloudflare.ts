import type { SpeedEngine } from '../engine.ts';
import { locate } from './address.ts';

const origin = 'https://speed.cloudflare.com';
/** Larger objects are refused to many. */
const objectBytes = 50_000_000;

/** Cloudflare's own test objects, fetched without its script: nothing is reported back. */
export const cloudflare: SpeedEngine = {
  name: 'cloudflare',
  service: 'cloudflareSpeed',
  takesServer: false,
  async find({ names }, _choice, { family }) {
    const { host, port, address, family: found } = await locate(names, origin, family);
    return [
      {
        name: 'Cloudflare',
        host,
        port,
        address,
        family: found,
        mayBeInside: false,
        isOurs: false,
        down: { protocol: 'http', url: `${origin}/__down?bytes=${objectBytes}` },
        up: { protocol: 'http', url: `${origin}/__up` },
        pingUrl: null,
        tcpProbeMs: 200,
      },
    ];
  },
};
