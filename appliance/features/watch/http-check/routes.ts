import { Type } from 'typebox';
import { AppError } from '../../../core/errors.ts';
import { type FeatureContext, type Route, route } from '../../../core/feature.ts';
import { IsoTime } from '../../../core/shapes.ts';
import { PageCheckList } from './schema.ts';
import type { HttpCheckService } from './service.ts';

const tag = 'pages';
const dayMs = 86_400_000;

const ChecksQuery = Type.Object(
  {
    from: Type.Optional(IsoTime),
    to: Type.Optional(IsoTime),
  },
  { additionalProperties: false },
);
const RunQuery = Type.Object(
  { line: Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: 'Default: all lines' })) },
  { additionalProperties: false },
);

export function httpCheckRoutes(
  { config, timeline }: FeatureContext,
  service: HttpCheckService,
): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/http-checks',
      scope: 'read',
      tag,
      summary:
        'The newest check of every page; with from or to the checks of that time that came out otherwise than before',
      query: ChecksQuery,
      response: PageCheckList,
      async handle({ query: { from, to } }) {
        if (from === undefined && to === undefined)
          return { checks: service.watches().flatMap(({ last }) => last ?? []) };
        const toMs = to === undefined ? timeline.nowMs() : Date.parse(to);
        const fromMs = from === undefined ? toMs - dayMs : Date.parse(from);
        if (fromMs > toMs)
          throw new AppError('RANGE_INVALID', `The range ends (${to}) before it begins (${from}).`, {
            status: 400,
          });
        return { checks: await service.changesBetween(fromMs, toMs) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/http-checks/run',
      scope: 'run',
      tag,
      summary: 'Checks every page now',
      query: RunQuery,
      response: PageCheckList,
      async handle({ query: { line } }) {
        const names = config.current.lines.map(({ name }) => name);
        if (line !== undefined && !names.includes(line))
          throw new AppError('LINE_UNKNOWN', `There is no line ${line}; there are: ${names.join(', ')}.`, {
            status: 404,
          });
        const checks = await Promise.all(
          names.filter((name) => line === undefined || name === line).map((name) => service.checkAll(name)),
        );
        return { checks: checks.flat() };
      },
    }),
  ];
}
