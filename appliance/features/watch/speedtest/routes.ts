import { Type } from 'typebox';
import { AppError } from '../../../core/errors.ts';
import { type Caller, type FeatureContext, RawReply, type Route, route } from '../../../core/feature.ts';
import { Family, IsoTime } from '../../../core/shapes.ts';
import { shaperAdvice, usualTargetMs } from './advice.ts';
import { compare } from './comparison.ts';
import { csvOf } from './csv.ts';
import {
  EngineName,
  ShaperAdvice,
  SpeedComparison,
  SpeedKind,
  SpeedOutcome,
  SpeedPlanReport,
  SpeedTest,
  SpeedTestList,
  SpeedTrendList,
} from './schema.ts';
import type { SpeedtestService } from './service.ts';
import { trendsOf } from './trend.ts';

const tag = 'speedtest';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A page of the list; what the trends, the advice and an export are drawn from. */
const usualLimit = 100;
const maxLimit = 1000;
const maxDrawnFrom = 5000;
const adviceDays = 28;

const line = Type.Optional(Type.String({ minLength: 1, maxLength: 32 }));
const span = {
  from: Type.Optional(IsoTime),
  to: Type.Optional(IsoTime),
  hours: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 87_600, description: 'Back from now, in place of from and to' }),
  ),
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650, description: 'The same in days' })),
};
const filters = {
  line,
  engine: Type.Optional(EngineName),
  family: Type.Optional(Family),
  outcome: Type.Optional(SpeedOutcome),
};

const ListQuery = Type.Object(
  {
    ...span,
    ...filters,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxLimit, default: usualLimit })),
    before: Type.Optional(Type.String({ maxLength: 40, description: '`next` of the page before' })),
    skip: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
    details: Type.Optional(Type.Boolean({ default: false, description: 'With every figure of every test' })),
  },
  { additionalProperties: false },
);
const ExportQuery = Type.Object({ ...span, ...filters }, { additionalProperties: false });
const IdParams = Type.Object({ id: Type.String({ pattern: '^[1-9][0-9]{0,15}$' }) });
const TestBody = Type.Optional(
  Type.Object(
    {
      line,
      engine: Type.Optional(EngineName),
      server: Type.Optional(
        Type.String({
          pattern: '^(https?|wss?)://[^\\s@]+$',
          maxLength: 500,
          description: 'In place of those that are configured; needs the scope admin',
        }),
      ),
      kind: Type.Optional(SpeedKind),
      family: Type.Optional(Family),
      isBeyondBudget: Type.Optional(
        Type.Boolean({ description: 'Also when the data of the month are used up' }),
      ),
    },
    { $id: 'SpeedTestRequest', additionalProperties: false },
  ),
);

export function speedtestRoutes({ timeline }: FeatureContext, service: SpeedtestService): readonly Route[] {
  /** Without from and to everything, or what `hours` and `days` say. */
  const rangeOf = (query: { from?: string; to?: string; hours?: number; days?: number }) => {
    const backMs = (query.hours ?? 0) * hourMs + (query.days ?? 0) * dayMs;
    const toMs = query.to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(query.to);
    const fromMs =
      query.from !== undefined ? Date.parse(query.from) : backMs > 0 ? timeline.nowMs() - backMs : 0;
    if (fromMs <= toMs) return { fromMs, toMs };
    throw new AppError('RANGE_INVALID', `The range ends (${query.to}) before it begins (${query.from}).`, {
      status: 400,
    });
  };
  const list = async (query: Parameters<typeof rangeOf>[0] & object, limit: number) =>
    (await service.tests.list({ ...query, ...rangeOf(query), limit })).tests;
  const found = async (id: string) => {
    const test = await service.tests.byId(id);
    if (test) return test;
    throw new AppError('SPEEDTEST_UNKNOWN', `There is no speed test ${id}.`, { status: 404 });
  };
  return [
    route({
      method: 'GET',
      path: '/api/speedtests',
      aliases: ['/api/measurements', '/api/measurements/recent'],
      scope: 'read',
      tag,
      summary: 'Speed tests, newest first, those that failed or were skipped among them',
      query: ListQuery,
      response: SpeedTestList,
      async handle({ query }) {
        const { limit = usualLimit, details = false, from: _f, to: _t, hours: _h, days: _d, ...rest } = query;
        const page = await service.tests.list({ ...rest, ...rangeOf(query), limit, hasDetails: details });
        return { speedtests: page.tests, next: page.next };
      },
    }),
    route({
      method: 'GET',
      path: '/api/speedtests/:id',
      scope: 'read',
      tag,
      summary: 'One speed test with everything that was measured',
      params: IdParams,
      response: SpeedTest,
      handle: ({ params }) => found(params.id),
    }),
    route({
      method: 'GET',
      path: '/api/speedtests/latest',
      aliases: ['/api/measurements/latest'],
      scope: 'read',
      tag,
      summary: 'The newest test of a line that measured something',
      query: Type.Object({ line }, { additionalProperties: false }),
      response: SpeedTest,
      async handle({ query }) {
        const name = service.lineNamed(query.line);
        const test = await service.tests.latest(name);
        if (test) return test;
        throw new AppError('SPEEDTEST_UNKNOWN', `No speed test of the line ${name} measured anything yet.`, {
          status: 404,
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/speedtests/trends',
      scope: 'read',
      tag,
      summary: 'Medians and spread by line, family and engine: numbers of different engines are never mixed',
      query: ExportQuery,
      response: SpeedTrendList,
      handle: async ({ query }) => ({ trends: trendsOf(await list(query, maxDrawnFrom)) }),
    }),
    route({
      method: 'GET',
      path: '/api/speedtests/compare',
      scope: 'read',
      tag,
      summary: 'Two tests, before and after: whether they differ by more than chance on this line',
      query: Type.Object(
        { before: IdParams.properties.id, after: IdParams.properties.id },
        { additionalProperties: false },
      ),
      response: SpeedComparison,
      async handle({ query }) {
        const [before, after] = await Promise.all([found(query.before), found(query.after)]);
        return compare(before, after, await service.around(before));
      },
    }),
    route({
      method: 'GET',
      path: '/api/speedtests/csv',
      aliases: ['/api/export/csv'],
      scope: 'read',
      tag,
      summary: 'Speed tests as CSV',
      query: ExportQuery,
      response: { contentType: 'text/csv; charset=utf-8' },
      handle: async ({ query }) =>
        new RawReply('text/csv; charset=utf-8', csvOf(await list(query, maxDrawnFrom)), 'speed-tests.csv'),
    }),
    route({
      method: 'GET',
      path: '/api/speedtests/json',
      aliases: ['/api/export/json'],
      scope: 'read',
      tag,
      summary: 'Speed tests as a JSON file',
      query: ExportQuery,
      response: { contentType: 'application/json' },
      async handle({ query }) {
        const tests = await list(query, maxDrawnFrom);
        return new RawReply('application/json', JSON.stringify({ speedtests: tests }), 'speed-tests.json');
      },
    }),
    route({
      method: 'POST',
      path: '/api/test-now',
      aliases: ['/api/speedtest/run'],
      scope: 'run',
      tag,
      summary:
        'Tests a line now and answers when that is done; fails with the reason when it could not be measured',
      body: TestBody,
      response: SpeedTest,
      async handle({ body = {}, caller, signal }) {
        if (body.server !== undefined) insistOnAdmin(caller);
        return measured(await service.run(body, signal));
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/test-now',
      scope: 'run',
      tag,
      summary: 'Stops the test that runs; what was sent so far is charged',
      response: Type.Object({ isStopped: Type.Boolean() }),
      handle: () => ({ isStopped: service.cancel() }),
    }),
    route({
      method: 'GET',
      path: '/api/speedtest/plan',
      scope: 'read',
      tag,
      summary: 'When the next test runs and why, what tests cost and what is left of the month',
      response: SpeedPlanReport,
      handle: () => service.plan(),
    }),
    route({
      method: 'GET',
      path: '/api/speedtest/advice',
      scope: 'read',
      tag,
      summary: 'The rate of a shaper in the router at which the added delay stays below a target',
      query: Type.Object(
        {
          line,
          targetMs: Type.Optional(Type.Integer({ minimum: 5, maximum: 200, default: usualTargetMs })),
        },
        { additionalProperties: false },
      ),
      response: ShaperAdvice,
      async handle({ query: { line: wanted, targetMs = usualTargetMs } }) {
        const name = service.lineNamed(wanted);
        const tests = await service.tests.list({
          fromMs: timeline.nowMs() - adviceDays * dayMs,
          toMs: Number.MAX_SAFE_INTEGER,
          limit: maxDrawnFrom,
          line: name,
        });
        return shaperAdvice(name, tests.tests, targetMs);
      },
    }),
  ];
}

function insistOnAdmin({ scopes }: Caller): void {
  if (scopes.includes('admin')) return;
  throw new AppError(
    'SCOPE_MISSING',
    'A server that is not configured may only be named with the scope admin.',
    {
      status: 403,
    },
  );
}

/** A failed test is an error whose details are the test: nobody takes it for a number. */
function measured(test: SpeedTest): SpeedTest {
  if (test.outcome === 'ok') return test;
  const failure = test.details?.failure;
  const why = failure?.message ?? 'nothing was measured';
  throw new AppError('SPEEDTEST_FAILED', `The speed test was not completed: ${why}.`, {
    status: 502,
    details: { reason: failure?.reason ?? test.outcome, test },
  });
}
