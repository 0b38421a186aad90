import { Type } from 'typebox';
import { type Route, route } from '../../../core/feature.ts';
import { CaptureList } from './schema.ts';
import type { BlackBoxService } from './service.ts';

export function blackBoxRoutes(service: BlackBoxService): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/captures',
      scope: 'read',
      tag: 'outages',
      summary: 'Every exchange around one event, calm and quick ones, as it was kept',
      query: Type.Object(
        {
          key: Type.String({
            minLength: 1,
            maxLength: 64,
            description: 'What it belongs to, for example "outage-12"',
          }),
        },
        { additionalProperties: false },
      ),
      response: CaptureList,
      handle: async ({ query }) => ({ captures: await service.captures(query.key) }),
    }),
  ];
}
