import { Type } from 'typebox';
import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { type Route, route } from '../../../core/feature.ts';
import { keyEntry } from './present.ts';
import { KeyList, KeyMade, NewKey } from './schema.ts';
import type { AccessService } from './service.ts';

const shared = { scope: 'owner', tag: 'Access' } as const;

/** Access for programs: a key never makes, sees or revokes keys. */
export function keyRoutes(service: AccessService): Route[] {
  const limit = () => service.context.config.current.access.maxKeys;
  const list = () => ({ keys: service.keys.list().map(keyEntry), limit: limit() });
  return [
    route({
      ...shared,
      method: 'GET',
      path: '/api/keys',
      aliases: ['/api/api-keys'],
      summary: 'The access keys, without the keys themselves',
      response: KeyList,
      async handle() {
        await service.ready();
        return list();
      },
    }),
    route({
      ...shared,
      method: 'POST',
      path: '/api/keys',
      aliases: ['/api/api-keys'],
      asksPassword: true,
      summary: 'Make an access key; it is shown this once',
      body: NewKey,
      response: KeyMade,
      async handle({ body }) {
        await service.ready();
        const { scope = 'read', expiresDays = null } = body;
        const name = body.name ?? body.label;
        if (name === undefined || (body.name !== undefined && body.label !== undefined)) {
          throw new AppError(
            'REQUEST_INVALID',
            'body.name is missing (or body.label, which means the same)',
            {
              status: 400,
            },
          );
        }
        if (expiresDays !== null && !service.context.timeline.anchor.isKnown) {
          throw new AppError(
            'CLOCK_UNKNOWN',
            'The box does not know the time yet: a key cannot have an end',
            {
              status: 409,
            },
          );
        }
        const { key, text } = await service.inTurn(() =>
          service.keys.create({ name, scope, expiresDays }, limit()),
        );
        service.context.log.warn({ name, scope }, 'an access key was made');
        service.record({
          kind: 'access.key',
          text: `The access key "${name}" was made, with the scope ${scope}.`,
        });
        const expiresAt = key.expiresAtMs === null ? null : toIso(key.expiresAtMs);
        return { id: key.id, key: text, name, scope, expiresAt };
      },
    }),
    route({
      ...shared,
      method: 'DELETE',
      path: '/api/keys/:id',
      aliases: ['/api/api-keys/:id'],
      summary: 'Revoke an access key, at once',
      params: Type.Object({ id: Type.String({ maxLength: 32 }) }),
      response: KeyList,
      async handle({ params }) {
        await service.ready();
        const name = service.keys.list().find(({ id }) => id === params.id)?.name;
        await service.inTurn(() => service.keys.revoke(params.id));
        service.record({ kind: 'access.key', text: `The access key "${name}" was revoked.` });
        return list();
      },
    }),
  ];
}
