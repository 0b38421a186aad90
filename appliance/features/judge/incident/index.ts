import type { Feature } from '../../../core/feature.ts';
import { incidentCommands } from './command.ts';
import { incidentEntities } from './entities.ts';
import { incidentMigrations } from './migrations.ts';
import { incidentRoutes } from './routes.ts';
import { IncidentService } from './service.ts';

/** Puts outages, degradations and gaps together into what a person reads. */
export const incident: Feature = {
  name: 'incident',
  group: 'judge',
  migrations: incidentMigrations,
  commands: incidentCommands,
  setup(context) {
    const service = new IncidentService(context);
    return {
      start: () => service.keeper.start(),
      stop: () => service.keeper.stop(),
      routes: incidentRoutes(context, service),
      entities: incidentEntities(service),
      metrics: [
        {
          name: 'incidents_open',
          help: 'Incidents that last',
          type: 'gauge',
          collect: () => [{ value: service.keeper.openCount }],
        },
      ],
      streams: ['incident.updated', 'incident.settled'],
      provides: { incident: service },
    };
  },
};
