import type { Feature } from '../../../core/feature.ts';
import { LinkConfig } from './config.ts';
import { deviceMigration } from './devices.ts';
import { linkEntities } from './entities.ts';
import { linkStateMigration } from './history.ts';
import { linkMetrics } from './metrics.ts';
import { linkRoutes } from './routes.ts';
import { LinkService } from './service.ts';

/** The box's own link: carrier, addresses, routes, neighbours and traffic; and other devices that stand witness. */
export const link: Feature = {
  name: 'link',
  group: 'watch',
  config: { link: LinkConfig },
  migrations: [linkStateMigration, deviceMigration],
  setup(context) {
    const service = new LinkService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: linkRoutes(service),
      metrics: linkMetrics(service),
      entities: linkEntities(context, service),
      adminStreams: ['link.observed'],
      provides: { link: service },
    };
  },
};
