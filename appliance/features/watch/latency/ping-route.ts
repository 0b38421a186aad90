import { isIP } from 'node:net';
import { type Static, Type } from 'typebox';
import { pause } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { type FeatureContext, type Route, route } from '../../../core/feature.ts';
import type { OneShotResult } from '../../../core/probing.ts';
import { Family, Method } from '../../../core/shapes.ts';

export const PingRequest = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 253, description: 'Address or name' }),
    family: Type.Optional(Family),
    count: Type.Integer({ minimum: 1, maximum: 20, default: 1 }),
    intervalMs: Type.Integer({ minimum: 200, maximum: 10_000, default: 1000 }),
    timeoutMs: Type.Integer({ minimum: 100, maximum: 10_000, default: 1000 }),
    sizeBytes: Type.Optional(Type.Integer({ minimum: 16, maximum: 65_000, description: 'ICMP payload' })),
  },
  { $id: 'PingRequest', additionalProperties: false },
);
export type PingRequest = Static<typeof PingRequest>;

const rtt = Type.Union([Type.Number(), Type.Null()]);

export const PingProbe = Type.Object(
  {
    outcome: Type.String({ description: 'ok, timeout, unreachable, refused, local, hop or too-big' }),
    rttMs: rtt,
    ttl: Type.Integer({ description: 'TTL or hop limit of the reply; 0 where unknown' }),
    from: Type.String({ description: 'Who answered: the host, or the router that said no' }),
    errno: Type.Integer({ description: 'Kernel error number for "local"; else 0' }),
  },
  { $id: 'PingProbe', additionalProperties: false },
);
export type PingProbe = Static<typeof PingProbe>;

export const PingResult = Type.Object(
  {
    host: Type.String(),
    address: Type.String(),
    family: Family,
    method: Method,
    probes: Type.Array(PingProbe),
    count: Type.Integer(),
    lost: Type.Integer(),
    minMs: rtt,
    meanMs: rtt,
    maxMs: rtt,
  },
  { $id: 'PingResult', additionalProperties: false },
);
export type PingResult = Static<typeof PingResult>;

/** Pings made at the same time by everybody together; a person needs one, a script gets told. */
const maximumAtOnce = 4;
/** Where hosts usually listen; a refusal is an answer too. */
const tcpPort = 443;

/** POST /api/ping: a few exchanges with any host, outside the continuous probing. */
export function pingRoute({ engine, names, clock }: FeatureContext): Route {
  let running = 0;
  return route({
    method: 'POST',
    path: '/api/ping',
    scope: 'run',
    tag: 'latency',
    summary: 'Ping a host a few times now',
    body: PingRequest,
    response: PingResult,
    async handle({ body, signal }) {
      if (running >= maximumAtOnce) {
        throw new AppError('PING_BUSY', `${maximumAtOnce} pings run already; try again in a moment.`, {
          status: 429,
        });
      }
      running += 1;
      try {
        const { address, family } = await locate(body);
        const method = engine.statistics().icmp === 'none' ? 'tcp' : engine.methodOf('icmp', family);
        const kind = method === 'tcp' ? { kind: 'tcp' as const, port: tcpPort } : { kind: 'icmp' as const };
        const size = body.sizeBytes === undefined ? {} : { sizeBytes: body.sizeBytes };
        const { timeoutMs } = body;
        const probes: PingProbe[] = [];
        for (let made = 0; made < body.count && !signal.aborted; made += 1) {
          if (made > 0) await pause(clock, body.intervalMs, signal);
          probes.push(
            toProbe(await engine.probeOnce({ ...kind, ...size, family, address, timeoutMs }, signal)),
          );
        }
        return { host: body.host, address, family, method, probes, ...summarise(probes) };
      } finally {
        running -= 1;
      }
    },
  });

  async function locate({ host, family }: PingRequest): Promise<{ address: string; family: Family }> {
    const own = familyOf(host);
    if (own !== null) {
      if (family !== undefined && family !== own)
        throw invalid(host, `is not an ${sayFamily(family)} address`);
      refuseGroup(host);
      return { address: host, family: own };
    }
    if (!/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/.test(host)) {
      throw invalid(host, 'is neither an address nor a host name');
    }
    for (const each of family === undefined ? (['ipv4', 'ipv6'] as const) : [family]) {
      const [address] = await names.resolve(host, each);
      if (address === undefined) continue;
      refuseGroup(address);
      return { address, family: each };
    }
    throw invalid(host, family === undefined ? 'has no address' : `has no ${sayFamily(family)} address`);
  }
}

function familyOf(host: string): Family | null {
  const kind = isIP(host);
  return kind === 0 ? null : kind === 4 ? 'ipv4' : 'ipv6';
}

/** One question to a group is many answers from strangers: an amplifier, not a measurement. */
function refuseGroup(address: string): void {
  const first = Number.parseInt(address, 10);
  const isGroup = address.includes(':')
    ? /^ff/i.test(address) || address === '::'
    : first >= 224 || first === 0;
  if (isGroup) throw invalid(address, 'is a multicast, broadcast or reserved address');
}

function invalid(host: string, reason: string): AppError {
  return new AppError('HOST_INVALID', `${host} ${reason}.`, { status: 400, details: { host } });
}

function sayFamily(family: Family): string {
  return family === 'ipv4' ? 'IPv4' : 'IPv6';
}

function toProbe({ outcome, rttUs, ttl, from, errno }: OneShotResult): PingProbe {
  // A router's "no" takes time too, but it is not a round trip to the host.
  const hasRtt = (outcome === 'ok' || outcome === 'refused') && !Number.isNaN(rttUs);
  return { outcome, rttMs: hasRtt ? Math.round(rttUs) / 1000 : null, ttl, from, errno };
}

/** A refusal comes from the host itself and has a round-trip time; a router's "no" is a loss (RFC 6673). */
function summarise(probes: readonly PingProbe[]) {
  const answered = probes.filter(({ outcome }) => outcome === 'ok' || outcome === 'refused');
  const times = answered.map(({ rttMs }) => rttMs).filter((value) => value !== null);
  const round = (value: number) => (times.length === 0 ? null : Math.round(value * 1000) / 1000);
  return {
    count: probes.length,
    lost: probes.length - answered.length,
    minMs: round(Math.min(...times)),
    meanMs: round(times.reduce((sum, value) => sum + value, 0) / times.length),
    maxMs: round(Math.max(...times)),
  };
}
