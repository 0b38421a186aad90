import { Type } from 'typebox';
import { type Route, route } from '../../../core/feature.ts';
import { IsoTime } from '../../../core/shapes.ts';
import { Status, TimelineEvents } from './schema.ts';
import type { StateService } from './service.ts';

const EventsQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
    before: Type.Optional(IsoTime),
    kind: Type.Optional(Type.String({ maxLength: 64 })),
  },
  { additionalProperties: false },
);

export function stateRoutes(service: StateService): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/status',
      scope: 'read',
      tag: 'state',
      summary: 'What is true now, in words and numbers',
      response: Status,
      handle: () => service.status(),
    }),
    route({
      method: 'GET',
      path: '/api/events',
      scope: 'read',
      tag: 'state',
      summary: 'What happened, newest first',
      query: EventsQuery,
      response: TimelineEvents,
      async handle({ query }) {
        const beforeMs = query.before === undefined ? null : Date.parse(query.before);
        return { events: await service.chronicler.events.list(query.limit, beforeMs, query.kind ?? null) };
      },
    }),
  ];
}
