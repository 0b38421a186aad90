import type { Feature } from '../../../core/feature.ts';
import { outageCommands } from './command.ts';
import { sections } from './config.ts';
import { outageEntities } from './entities.ts';
import { outageMigrations } from './records-store.ts';
import { outageRoutes } from './routes.ts';
import { OutageService } from './service.ts';

/** When it was bad and whose fault it was, on the evidence of all layers. */
export const outage: Feature = {
  name: 'outage',
  group: 'judge',
  config: sections,
  migrations: outageMigrations,
  commands: outageCommands,
  setup(context) {
    const service = new OutageService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: outageRoutes(context, service),
      metrics: [
        {
          name: 'outages_open',
          help: 'Outages and degradations that last now',
          type: 'gauge',
          collect: () => [{ value: service.openCount() }],
        },
        {
          name: 'outages_total',
          help: 'Outages and degradations that ended since the start',
          type: 'counter',
          labels: ['kind', 'verdict'],
          collect: () =>
            service.counts().map(({ kind, verdict, count }) => ({ labels: { kind, verdict }, value: count })),
        },
      ],
      entities: outageEntities(context, service),
      streams: ['outage.opened', 'outage.updated', 'outage.closed', 'busy.changed'],
      provides: { outage: service },
    };
  },
};
