import { Type } from 'typebox';
import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { type FeatureContext, type Route, route } from '../../../core/feature.ts';
import { IsoTime, Verdict } from '../../../core/shapes.ts';
import { mostRecords } from './history.ts';
import { Outage, OutageCalendar, OutageList, Uptime } from './schema.ts';
import type { OutageService } from './service.ts';

const dayMs = 86_400_000;

const Range = {
  from: Type.Optional(IsoTime),
  to: Type.Optional(IsoTime),
  line: Type.Optional(Type.String({ maxLength: 32 })),
};

export function outageRoutes(context: FeatureContext, service: OutageService): readonly Route[] {
  /** The range of a query; without one the last `days`. */
  function rangeOf(query: { from?: string; to?: string }, days: number): { fromMs: number; toMs: number } {
    const toMs = query.to === undefined ? context.timeline.nowMs() : Date.parse(query.to);
    const fromMs = query.from === undefined ? toMs - days * dayMs : Date.parse(query.from);
    if (fromMs < toMs) return { fromMs, toMs };
    throw new AppError('RANGE_INVALID', `The range from ${toIso(fromMs)} to ${toIso(toMs)} is empty.`, {
      status: 400,
    });
  }
  return [
    route({
      method: 'GET',
      path: '/api/outages',
      scope: 'read',
      tag: 'outages',
      summary: 'Outages and degradations with their verdicts, busy times, gaps, and the uptime of the range',
      query: Type.Object(
        {
          ...Range,
          kind: Type.Optional(Outage.properties.kind),
          verdict: Type.Optional(Verdict),
          limit: Type.Integer({ minimum: 1, maximum: mostRecords, default: mostRecords }),
        },
        { additionalProperties: false },
      ),
      response: OutageList,
      handle: ({ query }) => {
        const { fromMs, toMs } = rangeOf(query, 30);
        return service.history.list(fromMs, toMs, query);
      },
    }),
    route({
      method: 'GET',
      path: '/api/outages/calendar',
      aliases: ['/api/uptime-calendar'],
      scope: 'read',
      tag: 'outages',
      summary: 'One entry a local day: how much of it the Internet was up, and how much was not observed',
      query: Type.Object(
        { days: Type.Integer({ minimum: 1, maximum: 400, default: 90 }) },
        { additionalProperties: false },
      ),
      response: OutageCalendar,
      handle: ({ query }) => service.history.calendar(query.days),
    }),
    route({
      method: 'GET',
      path: '/api/outages/:id',
      scope: 'read',
      tag: 'outages',
      summary: 'One outage with all of its evidence',
      params: Type.Object({ id: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
      response: Outage,
      async handle({ params }) {
        const outage = await service.history.byId(params.id);
        if (outage) return outage;
        throw new AppError('OUTAGE_UNKNOWN', `There is no outage ${params.id}.`, { status: 404 });
      },
    }),
    route({
      method: 'GET',
      path: '/api/uptime',
      scope: 'read',
      tag: 'outages',
      summary: 'Up, down and unobserved time of a range; uptime is up ÷ (up + down)',
      query: Type.Object(Range, { additionalProperties: false }),
      response: Uptime,
      handle: ({ query }) => {
        const { fromMs, toMs } = rangeOf(query, 30);
        return service.history.uptime(fromMs, toMs, query.line);
      },
    }),
  ];
}
