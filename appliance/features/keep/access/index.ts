import type { Feature } from '../../../core/feature.ts';
import { accountRoutes } from './account-routes.ts';
import { accountMigration } from './accounts.ts';
import { accessCommands } from './commands.ts';
import { AccessConfig } from './config.ts';
import { accessGates } from './gates.ts';
import { keyRoutes } from './key-routes.ts';
import { keyMigration } from './keys.ts';
import { AccessService } from './service.ts';
import { sessionRoutes } from './session-routes.ts';
import { sessionMigration } from './sessions.ts';

/** Who may see and do what: the owner, viewers, sessions and access keys, and the gates that ask for them. */
export const access: Feature = {
  name: 'access',
  group: 'keep',
  config: { access: AccessConfig },
  migrations: [accountMigration, sessionMigration, keyMigration],
  commands: accessCommands,
  setup(context) {
    const service = new AccessService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      gates: accessGates(service),
      routes: [...sessionRoutes(service), ...accountRoutes(service), ...keyRoutes(service)],
      metrics: [
        {
          name: 'access_failures_total',
          help: 'Wrong passwords, codes and claim codes since the start',
          type: 'counter',
          collect: () => [{ value: service.failures.total }],
        },
        {
          name: 'access_sessions',
          help: 'Sessions that are in force',
          type: 'gauge',
          collect: () => [{ value: service.sessions.list().length }],
        },
      ],
      provides: { access: service },
    };
  },
};
