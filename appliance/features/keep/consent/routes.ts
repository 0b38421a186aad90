import { Type } from 'typebox';
import { type Route, route } from '../../../core/feature.ts';
import { ConsentSwitch, OutsideEntry, OutsideList } from './schema.ts';
import type { ConsentService } from './service.ts';

export function consentRoutes(service: ConsentService): Route[] {
  const tag = 'Consent';
  return [
    route({
      method: 'GET',
      path: '/api/consent',
      scope: 'read',
      tag,
      summary: 'Everything that leaves the house: who is contacted, what they learn, and what was sent',
      response: OutsideList,
      handle: () => service.list(),
    }),
    route({
      method: 'PUT',
      path: '/api/consent/:id',
      scope: 'admin',
      tag,
      summary: 'Switch an outside service on or off; written into the configuration',
      params: Type.Object({ id: Type.String({ maxLength: 40 }) }, { additionalProperties: false }),
      body: ConsentSwitch,
      response: OutsideEntry,
      handle: ({ params, body }) => service.set(params.id, body.isOn),
    }),
  ];
}
