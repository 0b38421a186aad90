import { Type } from 'typebox';
import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { type FeatureContext, type Route, route } from '../../../core/feature.ts';
import { IsoTime } from '../../../core/shapes.ts';
import { createAskOnce } from './ask-once.ts';
import { NameAnswerList, NameAsk, NameServerList } from './schema.ts';
import type { DnsService } from './service.ts';

const tag = 'dns';
const dayMs = 86_400_000;

const RangeQuery = Type.Object(
  { from: Type.Optional(IsoTime), to: Type.Optional(IsoTime) },
  { additionalProperties: false },
);
const host = Type.Optional(Type.String({ minLength: 1, maxLength: 253 }));
const TestQuery = Type.Object({ host, domain: host }, { additionalProperties: false });

export function dnsRoutes(context: FeatureContext, service: DnsService): readonly Route[] {
  const askOnce = createAskOnce(context, service);
  return [
    route({
      method: 'GET',
      path: '/api/dns/servers',
      scope: 'read',
      tag,
      summary: 'Every name server with what it said over the last minutes',
      response: NameServerList,
      handle: () => ({ servers: service.states() }),
    }),
    route({
      method: 'GET',
      path: '/api/dns/answers',
      scope: 'read',
      tag,
      summary: 'Answers that changed something or were taken when something happened',
      query: RangeQuery,
      response: NameAnswerList,
      async handle({ query }) {
        const toMs = query.to === undefined ? context.timeline.nowMs() : Date.parse(query.to);
        const fromMs = query.from === undefined ? toMs - dayMs : Date.parse(query.from);
        if (!(fromMs < toMs))
          throw new AppError('RANGE_INVALID', `from (${toIso(fromMs)}) must be before to (${toIso(toMs)})`, {
            status: 400,
          });
        return { answers: await service.answersBetween(fromMs, toMs) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/dns/ask',
      scope: 'run',
      tag,
      summary: 'Ask every name server for a name now, side by side',
      body: NameAsk,
      response: NameAnswerList,
      handle: async ({ body, signal }) => ({ answers: await askOnce(body, signal) }),
    }),
    route({
      method: 'GET',
      path: '/api/dns-test',
      aliases: ['/api/dns-timing'],
      scope: 'run',
      tag,
      summary: 'The same as POST /api/dns/ask, for a link; without a name, the first that is watched',
      query: TestQuery,
      response: NameAnswerList,
      async handle({ query, signal }) {
        const watched = context.config.current.dns.names[0] ?? 'example.com';
        return { answers: await askOnce({ name: query.host ?? query.domain ?? watched }, signal) };
      },
    }),
  ];
}
