import type { Feature } from '../../../core/feature.ts';
import { gapEntities } from './entities.ts';
import { gapMigrations } from './gaps.ts';
import { gapRoutes } from './routes.ts';
import { GapService } from './service.ts';

/** Times in which nothing was measured, and why: neither good nor bad, and never counted as either. */
export const gap: Feature = {
  name: 'gap',
  group: 'judge',
  migrations: gapMigrations,
  setup(context) {
    const service = new GapService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: gapRoutes(context, service),
      entities: gapEntities(context, service),
      streams: ['gap.recorded'],
      provides: { gap: service },
    };
  },
};
