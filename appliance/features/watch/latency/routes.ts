import { type Static, Type } from 'typebox';
import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { type FeatureContext, JsonBytes, RawReply, type Route, route } from '../../../core/feature.ts';
import { IsoTime } from '../../../core/shapes.ts';
import { type Statistics, slot } from '../../../core/storing.ts';
import { pingRoute } from './ping-route.ts';
import {
  LatencyExtent,
  LatencyHeatmap,
  LatencySeries,
  LatencyStatistics,
  type LiveWindow,
  LiveWindows,
  TargetList,
} from './schema.ts';
import { seriesBytes } from './series-bytes.ts';
import type { LatencyService } from './service.ts';
import { withoutDevices } from './without-devices.ts';

const tag = 'latency';
const dayMs = 86_400_000;
/** Points of one answer: a year of hours fits, a browser still draws it. */
const maxPoints = 20_000;
/** Samples of one export: a day of one target at one a second, twenty times over. */
const maxSamples = 2_000_000;

const targetQuery = { target: Type.String({ minLength: 1, maxLength: 128, description: 'Id of a target' }) };
const Range = Type.Object(
  { ...targetQuery, from: Type.Optional(IsoTime), to: Type.Optional(IsoTime) },
  { additionalProperties: false },
);
const SeriesQuery = Type.Object(
  {
    ...Range.properties,
    step: Type.Optional(Type.Number({ minimum: 1, maximum: 31 * 86_400, description: 'Seconds per point' })),
  },
  { additionalProperties: false },
);
const HeatQuery = Type.Object(
  {
    ...Range.properties,
    timezone: Type.Optional(Type.String({ maxLength: 64, description: 'IANA zone; default: of the site' })),
  },
  { additionalProperties: false },
);
const LiveQuery = Type.Object(
  {
    seconds: Type.Integer({ minimum: 1, maximum: 900, default: 600 }),
    target: Type.Optional(targetQuery.target),
  },
  { additionalProperties: false },
);

export function latencyRoutes(context: FeatureContext, service: LatencyService): readonly Route[] {
  const { store, clock, timeline } = context;
  const rangeOf = (query: Static<typeof Range>, spanMs: number) => {
    const toMs = query.to === undefined ? timeline.nowMs() : Date.parse(query.to);
    const fromMs = query.from === undefined ? toMs - spanMs : Date.parse(query.from);
    if (!(fromMs < toMs))
      throw new AppError('RANGE_INVALID', `from (${toIso(fromMs)}) must be before to (${toIso(toMs)})`, {
        status: 400,
      });
    return { fromMs, toMs };
  };
  const storedOf = (id: string) => {
    const stored = service.stored(id);
    if (stored) return stored;
    throw new AppError('TARGET_UNKNOWN', `There is no target "${id}". GET /api/targets lists them.`, {
      status: 404,
    });
  };

  return [
    route({
      method: 'GET',
      path: '/api/targets',
      scope: 'read',
      tag,
      summary: 'Everything that is probed now',
      response: TargetList,
      handle: ({ caller }) => ({
        targets: caller.kind === 'nobody' ? withoutDevices(service.targets()) : service.targets(),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/latency',
      scope: 'read',
      tag,
      summary: 'Round-trip time and loss of one target over time',
      query: SeriesQuery,
      response: LatencySeries,
      async handle({ query }) {
        const range = rangeOf(query, dayMs);
        const stepMs = (query.step ?? stepFor(range.toMs - range.fromMs)) * 1000;
        if ((range.toMs - range.fromMs) / stepMs > maxPoints) {
          const least = Math.ceil((range.toMs - range.fromMs) / maxPoints / 1000);
          throw new AppError(
            'STEP_TOO_FINE',
            `step=${stepMs / 1000} gives more than ${maxPoints} points for this range; use at least ${least}`,
            {
              status: 400,
            },
          );
        }
        const result = await store.measurements.pointRows({ ...storedOf(query.target), ...range, stepMs });
        return new JsonBytes<LatencySeries>(seriesBytes(query.target, result.stepMs, result.rows));
      },
    }),
    route({
      method: 'GET',
      path: '/api/latency/statistics',
      scope: 'read',
      tag,
      summary: 'One set of statistics over a range',
      query: Range,
      response: LatencyStatistics,
      async handle({ query }) {
        const range = rangeOf(query, dayMs);
        const { measuredMs, ...statistics } = await store.measurements.statistics({
          ...storedOf(query.target),
          ...range,
        });
        return {
          target: query.target,
          from: toIso(range.fromMs),
          to: toIso(range.toMs),
          measuredSeconds: measuredMs / 1000,
          ...toWire(statistics),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/api/latency/heatmap',
      scope: 'read',
      tag,
      summary: 'Median by hour of the week',
      query: HeatQuery,
      response: LatencyHeatmap,
      async handle({ query }) {
        const range = rangeOf(query, 28 * dayMs);
        const timezone = zoneOf(query.timezone ?? context.config.current.site.timezone);
        const cells = await store.measurements.heatmap({ ...storedOf(query.target), ...range, timezone });
        return {
          target: query.target,
          timezone,
          cells: cells.map(({ day, hour, count, lost, p50Us, p95Us }) => ({
            day,
            hour,
            count,
            lost,
            p50Ms: toMs(p50Us),
            p95Ms: toMs(p95Us),
          })),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/api/latency/samples',
      scope: 'read',
      tag,
      summary: 'Every exchange of a range, as CSV',
      query: Range,
      response: { contentType: 'text/csv; charset=utf-8' },
      async handle({ query }) {
        const range = rangeOf(query, 3_600_000);
        const samples = await store.measurements.samples({
          ...storedOf(query.target),
          ...range,
          limit: maxSamples,
        });
        return new RawReply(
          'text/csv; charset=utf-8',
          csvOf(samples),
          `${query.target}-${toIso(range.fromMs).slice(0, 10)}.csv`,
        );
      },
    }),
    route({
      method: 'GET',
      path: '/api/latency/extent',
      scope: 'read',
      tag,
      summary: 'First and last moment with data',
      query: Type.Object(targetQuery, { additionalProperties: false }),
      response: LatencyExtent,
      async handle({ query }) {
        const stored = storedOf(query.target);
        const extent = await store.measurements.extent(stored.series);
        const liveFrom = stored.live ? timeline.wallMs(stored.live.startMonoMs) : null;
        const from = extent?.fromMs ?? liveFrom;
        return {
          target: query.target,
          from: from === null ? null : toIso(from),
          to: liveFrom === null ? (extent ? toIso(extent.toMs) : null) : toIso(timeline.nowMs()),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/api/latency/live',
      scope: 'read',
      tag,
      summary: 'The last minutes of every target at full resolution',
      query: LiveQuery,
      response: LiveWindows,
      async handle({ query }) {
        const fromMono = clock.monoMs() - query.seconds * 1000;
        const ids =
          query.target === undefined ? service.targets().map((target) => target.id) : [query.target];
        const windows = await Promise.all(
          ids.map((target) => liveWindowOf(context, service, target, fromMono)),
        );
        return { at: toIso(timeline.nowMs()), windows };
      },
    }),
    pingRoute(context),
  ];
}

/** What is in RAM, and before it (after a restart) what the store has of the same minutes. */
async function liveWindowOf(
  { store, timeline }: FeatureContext,
  service: LatencyService,
  target: string,
  fromMono: number,
): Promise<LiveWindow> {
  const offsetsMs: number[] = [];
  const rttMs: (number | null)[] = [];
  service.windowOf(target)?.forEach(fromMono, (sentMonoMs, rttUs) => {
    offsetsMs.push(Math.round(sentMonoMs - fromMono));
    rttMs.push(toMs(rttUs));
  });
  const fromMs = timeline.wallMs(fromMono);
  const ramFromMs = fromMs + (offsetsMs[0] ?? timeline.nowMs() - fromMs);
  const stored = service.stored(target);
  if (stored && ramFromMs - fromMs > 2000) {
    const older = await store.measurements.samples({
      series: stored.series,
      fromMs,
      toMs: ramFromMs - 1,
      limit: 10_000,
    });
    const times: number[] = [];
    const values: (number | null)[] = [];
    older.atMs.forEach((atMs, index) => {
      const rttUs = older.rttUs[index] ?? slot.skipped;
      if (rttUs === slot.skipped) return;
      times.push(Math.round(atMs - fromMs));
      values.push(rttUs < 0 ? null : toMs(rttUs));
    });
    offsetsMs.unshift(...times);
    rttMs.unshift(...values);
  }
  return { target, startedAt: toIso(fromMs), offsetsMs, rttMs };
}

/** A step that gives a chart of a few hundred points. */
function stepFor(spanMs: number): number {
  const steps = [1, 2, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 86_400];
  return steps.find((step) => spanMs / (step * 1000) <= 1500) ?? 86_400;
}

const toMs = (us: number) => (Number.isNaN(us) ? null : Math.round(us) / 1000);

function toWire(statistics: Statistics) {
  const { count, lost, reordered, duplicates, late } = statistics;
  return {
    count,
    lost,
    minMs: toMs(statistics.minUs),
    meanMs: toMs(statistics.meanUs),
    p10Ms: toMs(statistics.p10Us),
    p25Ms: toMs(statistics.p25Us),
    p50Ms: toMs(statistics.p50Us),
    p75Ms: toMs(statistics.p75Us),
    p90Ms: toMs(statistics.p90Us),
    p95Ms: toMs(statistics.p95Us),
    p99Ms: toMs(statistics.p99Us),
    maxMs: toMs(statistics.maxUs),
    jitterMs: toMs(statistics.jitterUs),
    pdvMs: toMs(statistics.pdvUs),
    reordered,
    duplicates,
    late,
  };
}

function zoneOf(name: string): string {
  if (name === 'auto') return Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch (cause) {
    throw new AppError('TIMEZONE_UNKNOWN', `"${name}" is not an IANA time zone, for example Europe/Berlin`, {
      status: 400,
      cause,
    });
  }
}

const outcomeNames = new Map<number, string>([
  [slot.timeout, 'timeout'],
  [slot.unreachable, 'unreachable'],
  [slot.local, 'local'],
  [slot.skipped, 'skipped'],
]);

function csvOf({ atMs, rttUs }: { atMs: Float64Array; rttUs: Float64Array }): string {
  const lines = ['at,outcome,rttMs'];
  for (let index = 0; index < atMs.length; index += 1) {
    const rtt = rttUs[index]!; // same length as atMs
    const outcome = outcomeNames.get(rtt);
    lines.push(
      `${toIso(atMs[index]!)},${outcome ?? 'ok'},${outcome === undefined ? (rtt / 1000).toFixed(3) : ''}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
