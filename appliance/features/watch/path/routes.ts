import { Type } from 'typebox';
import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { type FeatureContext, type Route, route } from '../../../core/feature.ts';
import { Family, IsoTime } from '../../../core/shapes.ts';
import { boundTo } from './anchors.ts';
import { locate } from './locate.ts';
import { adviceFor, mssOf, standardMtu } from './mtu-advice.ts';
import {
  MtuRequest,
  MtuResult,
  MtuState,
  PathTrace,
  PathTraceList,
  TraceRequest,
  TraceResult,
} from './schema.ts';
import type { PathService } from './service.ts';
import { type Walk, walk } from './walk.ts';

const tag = 'path';
const dayMs = 86_400_000;
/** Traces or searches made by hand at the same time, by everybody together. */
const maxAtOnce = 3;
/** How long a trace waits for the names of its routers. */
const namesWithinMs = 2500;

const LineQuery = Type.Object(
  { line: Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: 'Default: all lines' })) },
  { additionalProperties: false },
);
const TracesQuery = Type.Object(
  {
    from: Type.Optional(IsoTime),
    to: Type.Optional(IsoTime),
    target: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Id of a target' })),
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
  },
  { additionalProperties: false },
);
const TraceParams = Type.Object(
  { id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) },
  { additionalProperties: false },
);
const HostQuery = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 253, default: '8.8.8.8' }),
    family: Type.Optional(Family),
  },
  { additionalProperties: false },
);

export function pathRoutes(context: FeatureContext, service: PathService): readonly Route[] {
  const { config, timeline, net, clock } = context;
  const latency = context.port('latency');
  const linesOf = (line: string | undefined) =>
    config.current.lines.map(({ name }) => name).filter((name) => line === undefined || name === line);
  let running = 0;

  async function alone<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running >= maxAtOnce)
      throw new AppError(
        'TRACE_BUSY',
        `${maxAtOnce} traces or searches run already; try again in a moment.`,
        {
          status: 429,
        },
      );
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  }

  async function trace(request: TraceRequest, signal: AbortSignal): Promise<TraceResult> {
    const found = await locate(context, latency, request);
    const { host, address, family, line, target } = found;
    const isPlain = request.protocol !== 'udp' && request.maxHops >= 30;
    if (target?.segment === 'anchor' && isPlain) {
      const traced = await service.traceAnchor(target.id, signal);
      if (traced) {
        const { at, isReached, end, hops, id } = traced;
        const protocol = context.engine.methodOf('icmp', family) === 'tcp' ? 'udp' : 'icmp';
        const facts = { id: id === 0 ? null : id, target: target.id, host, address, family };
        return { ...facts, protocol, at, isReached, end, hops: await named(hops, signal) };
      }
    }
    const { protocol, maxHops } = request;
    const walked: Walk = await walk(context, {
      family,
      address,
      maxHops,
      signal,
      ...(line === null ? {} : boundTo(context, line)),
      ...(protocol === undefined ? {} : { protocol }),
    });
    const { isReached, end, startedMonoMs } = walked;
    return {
      id: null,
      target: target?.id ?? null,
      host,
      address,
      family,
      protocol: walked.protocol,
      at: toIso(timeline.wallMs(startedMonoMs)),
      isReached,
      end,
      hops: await named(service.classify(found, walked.hops), signal),
    };
  }

  /** A person wants names with the hops, and does not wait for them for ever. */
  async function named(hops: Walk['hops'], signal: AbortSignal): Promise<TraceResult['hops']> {
    const patience = new AbortController();
    const asked = service.facts.find(hops);
    const waited = pauseUntil(asked, AbortSignal.any([signal, patience.signal]));
    const cancel = clock.after(namesWithinMs, () => patience.abort());
    await waited;
    cancel();
    return service.facts.dress(hops);
  }

  async function measureMtu(request: MtuRequest, signal: AbortSignal): Promise<MtuResult> {
    const { target, host, address, family, line } = await locate(context, latency, request);
    const at = toIso(timeline.nowMs());
    const bound = line === null ? {} : boundTo(context, line);
    const found = await net.pathMtu({ family, address, signal, ...bound });
    const doOthersPass = linesOf(line ?? undefined)
      .flatMap((name) => service.mtu.checks(name))
      .some((check) => check.family === family && (check.mtu ?? 0) > (found.mtu ?? 0));
    return {
      target: target?.id ?? null,
      host,
      address,
      family,
      at,
      ...found,
      standardMtu,
      mssBytes: mssOf(found.mtu, family),
      advice: adviceFor(found, family, doOthersPass),
    };
  }

  return [
    route({
      method: 'GET',
      path: '/api/paths',
      scope: 'read',
      tag,
      summary: 'The newest trace of the path to every anchor',
      query: LineQuery,
      response: PathTraceList,
      handle: ({ query }) => ({ traces: linesOf(query.line).flatMap((line) => service.latest(line)) }),
    }),
    route({
      method: 'GET',
      path: '/api/traces',
      scope: 'read',
      tag,
      summary: 'Stored traces, newest first; default: of the last day',
      query: TracesQuery,
      response: PathTraceList,
      async handle({ query }) {
        const toMs = query.to === undefined ? timeline.nowMs() + 1 : Date.parse(query.to);
        const fromMs = query.from === undefined ? toMs - dayMs : Date.parse(query.from);
        return { traces: await service.list(fromMs, toMs, query.target ?? null, query.limit) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/traces/:id',
      scope: 'read',
      tag,
      summary: 'One stored trace',
      params: TraceParams,
      response: PathTrace,
      async handle({ params }) {
        const found = await service.byId(params.id);
        if (found) return found;
        throw new AppError('TRACE_UNKNOWN', `There is no trace ${params.id}; old ones are forgotten.`, {
          status: 404,
        });
      },
    }),
    route({
      method: 'POST',
      path: '/api/trace',
      scope: 'run',
      tag,
      summary: 'Trace the path to a target or host now',
      body: TraceRequest,
      response: TraceResult,
      handle: ({ body, signal }) => alone(() => trace(body, signal)),
    }),
    route({
      method: 'GET',
      path: '/api/traceroute',
      aliases: ['/api/traceroute/enriched'],
      scope: 'run',
      tag,
      summary: 'The same as POST /api/trace for one host',
      query: HostQuery,
      response: TraceResult,
      handle: ({ query, signal }) => alone(() => trace({ ...query, maxHops: 30 }, signal)),
    }),
    route({
      method: 'GET',
      path: '/api/mtu',
      scope: 'read',
      tag,
      summary: 'Which packet sizes pass to routers and anchors',
      query: LineQuery,
      response: MtuState,
      handle: ({ query }) => ({
        checks: linesOf(query.line).flatMap((line) => service.mtu.checks(line)),
        probes: linesOf(query.line).flatMap((line) => service.mtu.fullSize.newest(line)),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/mtu',
      scope: 'run',
      tag,
      summary: 'Find the largest packet that passes to a target or host, with advice',
      body: MtuRequest,
      response: MtuResult,
      handle: ({ body, signal }) => alone(() => measureMtu(body, signal)),
    }),
    route({
      method: 'GET',
      path: '/api/diagnostics/mtu',
      scope: 'run',
      tag,
      summary: 'The same as POST /api/mtu for one host',
      query: HostQuery,
      response: MtuResult,
      handle: ({ query, signal }) => alone(() => measureMtu(query, signal)),
    }),
  ];
}

/** Resolves when the work is done or the signal aborts, whichever is first. */
function pauseUntil(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => resolve();
    signal.addEventListener('abort', finish, { once: true });
    work.finally(finish).catch(finish);
    if (signal.aborted) finish();
  });
}
