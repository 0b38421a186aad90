import type { Feature } from '../../../core/feature.ts';
import { rebootEntities } from './entities.ts';
import { rebootRoutes } from './routes.ts';
import { RebootConfig } from './schema.ts';
import { RebootService } from './service.ts';
import { rebootMigrations } from './store.ts';

/** Whether restarting router or modem has ended outages of this line, and whether to do it now. */
export const reboot: Feature = {
  name: 'reboot',
  group: 'judge',
  config: { reboot: RebootConfig },
  migrations: rebootMigrations,
  setup(context) {
    const service = new RebootService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: rebootRoutes(service),
      metrics: [
        {
          name: 'reboot_advised',
          help: '1 while a reboot of router or modem is advised, 0 while it is not',
          type: 'gauge',
          collect: () => (service.advice === null ? [] : [{ value: service.advice.isAdvised ? 1 : 0 }]),
        },
      ],
      streams: ['reboot.advised', 'reboot.recorded'],
      entities: rebootEntities(service),
    };
  },
};
