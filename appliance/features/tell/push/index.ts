import type { Feature } from '../../../core/feature.ts';
import { pushMigration } from './devices.ts';
import { pushRoutes } from './routes.ts';
import { PushService } from './service.ts';
import { pushServices } from './vendors.ts';

/** Messages about outages to browsers, also while no page is open (Web Push). */
export const push: Feature = {
  name: 'push',
  group: 'tell',
  migrations: [pushMigration],
  services: pushServices,
  setup(context) {
    const service = new PushService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: pushRoutes(service),
    };
  },
};
