import type { Feature } from '../../../core/feature.ts';
import { pathCommands } from './command.ts';
import { sections } from './config.ts';
import { pathEntities } from './entities.ts';
import { pathMetrics } from './metrics.ts';
import { networkMigrations } from './network-table.ts';
import { pathRoutes } from './routes.ts';
import { PathService } from './service.ts';
import { pathServices } from './services.ts';
import { pathMigrations } from './store.ts';

/** The path to every anchor: its routers, when it changes, and which packet sizes pass. */
export const path: Feature = {
  name: 'path',
  group: 'watch',
  config: sections,
  migrations: [...pathMigrations, ...networkMigrations],
  services: pathServices,
  commands: pathCommands,
  setup(context) {
    const service = new PathService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: pathRoutes(context, service),
      metrics: pathMetrics(context, service),
      entities: pathEntities,
      jobs: [
        {
          name: 'path-prune',
          dailyAt: () => '04:20',
          run: () => service.prune(),
        },
      ],
      streams: ['path.changed', 'mtu.checked'],
      provides: { path: service },
    };
  },
};
