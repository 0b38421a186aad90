/** What a device of the house asks for: ndt7 over WebSocket, bodies up and down over HTTP, and one byte. */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import Value from 'typebox/value';
import type { Clock } from '../../../../core/clock.ts';
import { AppError } from '../../../../core/errors.ts';
import { RawReply, type Route, route, type UpgradeRoute } from '../../../../core/feature.ts';
import type { LoadGenerator } from '../../../../core/load.ts';
import type { LanEndpoint, Visitor } from './endpoint.ts';
import { noiseStream } from './noise.ts';

/** The protocol's own length of a download; a client of ours ends it itself. */
const usualMs = 10_000;
const longestMs = 15_000;
const usualDownBytes = 25_000_000;
const mostDownBytes = 2 ** 30;

const Ndt7Query = Type.Object(
  {
    cc: Type.Optional(
      Type.Union([Type.Literal('reno'), Type.Literal('cubic'), Type.Literal('bbr')], {
        description: 'Congestion control of this side',
      }),
    ),
  },
  { additionalProperties: true, description: 'Clients say who they are in further parameters' },
);

const DownQuery = Type.Object({
  bytes: Type.Optional(Type.Integer({ minimum: 1, maximum: mostDownBytes, default: usualDownBytes })),
  r: Type.Optional(Type.String({ maxLength: 64, description: 'Ignored; keeps caches away' })),
});

export const UpReply = Type.Object(
  { bytes: Type.Integer(), elapsedMs: Type.Number({ description: 'From the first byte to the last' }) },
  { $id: 'SpeedUpReply', additionalProperties: false },
);

/** Nobody has to sign in to measure his own Wi-Fi; who is let in, the endpoint decides by the address. */
const open = { scope: 'open', isBeforeClaim: true, isAlsoPlain: true, tag: 'speedtest' } as const;

export function ndt7Routes(endpoint: LanEndpoint, load: LoadGenerator): UpgradeRoute[] {
  return (['download', 'upload'] as const).map((way) => ({
    ...open,
    path: `/ndt/v7/${way}`,
    query: Ndt7Query,
    summary: `The ${way} of an ndt7 test from a device of the own network, as WebSocket net.measurementlab.ndt.v7`,
    upgrade(request) {
      const { cc } = Value.Parse(Ndt7Query, request.query);
      const webSocketKey = keyOf(request.headers);
      const leave = endpoint.enter(request);
      return (socket, head) => {
        const serving = load.serve(socket, head, {
          protocol: 'ndt7',
          direction: way === 'download' ? 'down' : 'up',
          webSocketKey,
          // Who does not ask gets what fills the way and shows its queue; BBR reads 2 % low within ten seconds.
          congestionControl: cc ?? 'reno',
          maxMs: way === 'download' && cc === undefined ? usualMs : longestMs,
          maxBytes: Number.POSITIVE_INFINITY,
        });
        void serving.done.then(leave);
      };
    },
  }));
}

/** RFC 6455 §4.2.1. */
function keyOf(headers: Visitor['headers']): string {
  const key = headers['sec-websocket-key'];
  const protocols = String(headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/);
  const isRight =
    typeof key === 'string' &&
    /^[A-Za-z0-9+/]{22}==$/.test(key) &&
    headers['sec-websocket-version'] === '13' &&
    protocols.includes('net.measurementlab.ndt.v7');
  if (isRight) return key;
  throw new AppError(
    'UPGRADE_WRONG',
    'A WebSocket of version 13 with net.measurementlab.ndt.v7 is expected',
    {
      status: 400,
    },
  );
}

export function lanRoutes(endpoint: LanEndpoint, clock: Clock): Route[] {
  return [
    route({
      ...open,
      method: 'GET',
      path: '/down',
      summary: 'Noise for a device of the own network that measures its way to this box',
      query: DownQuery,
      response: { contentType: 'application/octet-stream' },
      handle({ query: { bytes = usualDownBytes }, address, caller, headers = {} }) {
        const leave = endpoint.enter({ address, caller, headers });
        const noise = noiseStream(bytes);
        noise.once('close', leave);
        return new RawReply('application/octet-stream', noise);
      },
    }),
    route({
      ...open,
      method: 'POST',
      path: '/up',
      takesStream: true,
      summary: 'Counts what a device of the own network sends as application/octet-stream',
      query: Type.Object({ r: Type.Optional(Type.String({ maxLength: 64 })) }),
      response: UpReply,
      async handle({ body, address, caller, headers = {} }) {
        const leave = endpoint.enter({ address, caller, headers });
        try {
          return await count(body, clock);
        } finally {
          leave();
        }
      },
    }),
    route({
      ...open,
      method: 'GET',
      path: '/ping',
      summary: 'One byte, for round-trip times of whole requests',
      query: Type.Object({ r: Type.Optional(Type.String({ maxLength: 64 })) }),
      response: { contentType: 'text/plain' },
      handle({ address, caller, headers = {} }) {
        endpoint.insist({ address, caller, headers });
        return new RawReply('text/plain', '1');
      },
    }),
  ];
}

async function count(body: unknown, clock: Clock) {
  let [bytes, firstMs] = [0, Number.NaN];
  if (!(body instanceof Readable))
    throw new AppError('MEDIA_TYPE_UNSUPPORTED', 'Send the bytes as application/octet-stream', {
      status: 415,
    });
  for await (const piece of body as AsyncIterable<Buffer>) {
    if (Number.isNaN(firstMs)) firstMs = clock.monoMs();
    bytes += piece.length;
  }
  return { bytes, elapsedMs: Number.isNaN(firstMs) ? 0 : clock.monoMs() - firstMs };
}
