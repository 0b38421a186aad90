import { type Route, route } from '../../../core/feature.ts';
import { RebootList, RebootTold } from './schema.ts';
import type { RebootService } from './service.ts';

export function rebootRoutes(service: RebootService): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/reboots',
      scope: 'read',
      tag: 'reboots',
      summary: 'Whether restarting router or modem is worth it, and what restarts did before',
      response: RebootList,
      handle: () => service.list(),
    }),
    route({
      method: 'POST',
      path: '/api/reboots',
      scope: 'write',
      tag: 'reboots',
      summary: 'Tells that router or modem is being restarted now, so that it is measured whether that helps',
      body: RebootTold,
      response: RebootList,
      handle: ({ body }) => service.tell(body),
    }),
  ];
}
