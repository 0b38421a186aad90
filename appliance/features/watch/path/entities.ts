/** What home automation is told of the path: that it is another one. */
import type { EventMessage, FeatureEntities } from '../../../core/entities.ts';
import type { PathChange } from './schema.ts';

export function pathMessage({ line, family, target, at, firstDifferentTtl, text }: PathChange): EventMessage {
  return {
    type: 'changed',
    facts: { at, line, family, target, firstDifferentTtl, text: text.slice(0, 255) },
  };
}

export const pathEntities: FeatureEntities = {
  events: [
    {
      component: 'event',
      key: 'path_change',
      name: 'Path',
      icon: 'mdi:transit-connection-variant',
      types: ['changed'],
      follow: (bus, tell) => bus.on('path.changed', (change) => tell(pathMessage(change))),
    },
  ],
};
