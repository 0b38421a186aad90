import { type Route, route } from '../../../core/feature.ts';
import { LinkList } from './schema.ts';
import type { LinkService } from './service.ts';

export function linkRoutes(service: LinkService): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/link',
      scope: 'admin', // it tells addresses of hardware
      tag: 'link',
      summary: 'What the box sees of its own link, and what flows over it',
      response: LinkList,
      handle: () => service.list(),
    }),
  ];
}
