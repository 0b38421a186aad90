import { Type } from 'typebox';
import { type Route, route } from '../../../core/feature.ts';
import { NewPushDevice, PushDevice, PushState, PushTest } from './schema.ts';
import type { PushService } from './service.ts';

const tag = 'Push';

/** Messages to browsers: everybody minds the own ones. */
export function pushRoutes(service: PushService): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/push',
      scope: 'account',
      tag,
      summary: 'The own browsers that get messages, and who carries them',
      response: PushState,
      handle: ({ caller }) => service.state(caller),
    }),
    route({
      method: 'POST',
      path: '/api/push/devices',
      scope: 'account',
      tag,
      summary: 'Let this browser get messages',
      body: NewPushDevice,
      response: PushDevice,
      handle: ({ caller, body, userAgent }) => service.subscribe(caller, body, userAgent),
    }),
    route({
      method: 'DELETE',
      path: '/api/push/devices/:id',
      scope: 'account',
      tag,
      summary: 'Send no more messages to a browser',
      params: Type.Object({ id: Type.Integer() }, { additionalProperties: false }),
      response: PushState,
      async handle({ caller, params }) {
        await service.unsubscribe(caller, params.id);
        return service.state(caller);
      },
    }),
    route({
      method: 'POST',
      path: '/api/push/test',
      scope: 'account',
      tag,
      summary: 'Send a message to one of the own browsers now',
      body: PushTest,
      response: PushDevice,
      handle: ({ caller, body }) => service.test(caller, body.device),
    }),
  ];
}
