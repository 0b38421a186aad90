import { Type } from 'typebox';
import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { type FeatureContext, type Route, route } from '../../../core/feature.ts';
import { IsoTime } from '../../../core/shapes.ts';
import { GapList } from './schema.ts';
import type { GapService } from './service.ts';

const usualMs = 31 * 86_400_000;

export function gapRoutes({ timeline }: FeatureContext, service: GapService): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/gaps',
      scope: 'read',
      tag: 'outages',
      summary: 'Times in which nothing was measured, and why; 31 days without a range',
      query: Type.Object(
        { from: Type.Optional(IsoTime), to: Type.Optional(IsoTime) },
        { additionalProperties: false },
      ),
      response: GapList,
      async handle({ query }) {
        const toMs = query.to === undefined ? timeline.nowMs() : Date.parse(query.to);
        const fromMs = query.from === undefined ? toMs - usualMs : Date.parse(query.from);
        if (!(fromMs < toMs))
          throw new AppError('RANGE_INVALID', `from (${toIso(fromMs)}) must be before to (${toIso(toMs)})`, {
            status: 400,
          });
        const [gaps, firstMs] = await Promise.all([service.between(fromMs, toMs), service.firstMs()]);
        return { gaps, observed: { from: firstMs === null ? null : toIso(firstMs) } };
      },
    }),
  ];
}
