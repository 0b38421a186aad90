import type { Feature } from '../../../core/feature.ts';
import { stateCommands } from './command.ts';
import { stateEntities } from './entities.ts';
import { eventMigrations } from './events.ts';
import { stateRoutes } from './routes.ts';
import { StateService } from './service.ts';

/** The state of every line now, in words, and the list of what happened. */
export const state: Feature = {
  name: 'state',
  group: 'judge',
  migrations: eventMigrations,
  commands: stateCommands,
  setup(context) {
    const service = new StateService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: stateRoutes(service),
      entities: stateEntities(context, service),
      metrics: [
        {
          name: 'line_up',
          help: '1 while the line answers, 0 while it does not; absent while it is unknown',
          type: 'gauge',
          labels: ['line'],
          collect: () =>
            service
              .status()
              .lines.flatMap((line) =>
                line.state === 'unknown'
                  ? []
                  : [{ labels: { line: line.name }, value: line.state === 'down' ? 0 : 1 }],
              ),
        },
      ],
      streams: ['state.changed', 'status.refreshed', 'event.recorded'],
      provides: { state: service },
    };
  },
};
