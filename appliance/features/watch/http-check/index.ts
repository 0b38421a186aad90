import type { Feature } from '../../../core/feature.ts';
import { changeMigrations } from './change-log.ts';
import { httpCheckConfig } from './config.ts';
import { httpCheckEntities } from './entities.ts';
import type { PageWatch } from './page-watch.ts';
import { httpCheckRoutes } from './routes.ts';
import { HttpCheckService } from './service.ts';
import { httpCheckServices } from './services.ts';

const labelsOf = ({ line, page, family }: PageWatch) => ({ line, url: page.url, family });

/** Pages fetched over each family of each line: that the Web works, how quickly, and whether a portal is in the way. */
export const httpCheck: Feature = {
  name: 'http-check',
  group: 'watch',
  config: httpCheckConfig,
  migrations: changeMigrations,
  services: httpCheckServices,
  setup(context) {
    const service = new HttpCheckService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: httpCheckRoutes(context, service),
      entities: httpCheckEntities(() => service.watches()),
      metrics: [
        {
          name: 'page_seconds',
          help: 'How long the last good fetch of a page took, name and connection included',
          type: 'gauge',
          labels: ['line', 'url', 'family'],
          collect: () =>
            service
              .watches()
              .filter(({ wasEverGood }) => wasEverGood)
              .map((watch) => ({ labels: labelsOf(watch), value: watch.lastGoodSeconds })),
        },
        {
          name: 'page_failed_total',
          help: 'Fetches of a page that did not come out as expected',
          type: 'counter',
          labels: ['line', 'url', 'family', 'outcome'],
          collect: () =>
            service.watches().flatMap((watch) =>
              [...watch.failedTotals].map(([outcome, value]) => ({
                labels: { ...labelsOf(watch), outcome },
                value,
              })),
            ),
        },
      ],
      streams: ['page.changed'],
      provides: { httpCheck: service },
    };
  },
};
